// Transport: the seam between deciding and sending. Everything above it is plain C++ on virtual
// time; below it are sockets (lib/net) or a simulated network (tests). One Transport belongs to one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.h"
#include "dns/question.h"
#include "dns/wire_reader.h"
#include "upstream/chain_trail.h"
#include "upstream/outcome.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Names a running exchange within its Transport (slot and generation).
enum class ExchangeId : std::uint64_t {};

/// One question to one upstream.
struct ExchangeRequest {
  dns::Question question;  // its case does not matter: the transport chooses what goes out
  bool over_tcp = false;   // TCP although the upstream's kind is udp (after truncation, wrong case)
  bool edns = true;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  bool random_case = true;  // 0x20; ignored (off) over TCP
  /// Where an upstream of class ens notes what it does; null: nobody wants to know. It is written
  /// to as long as the exchange runs.
  std::shared_ptr<ChainTrail> trail;
};

/// How an exchange ended, as far as the wire tells. With a message, `failure` is meaningless and
/// the message has passed dns::check_reply (id, QR, question and, with random_case, case); what it
/// says is for classify(). Without one, `failure` is a transport outcome: connection_refused,
/// unreachable, closed, no_socket, wrong_case, no_cookie, spoofed, formerr_edns (FORMERR, where the
/// cookie may be the reason), malformed (unframeable stream), or one of TLS's.
struct ExchangeEnd {
  dns::Bytes message;  // valid during the call only; empty: see failure
  Outcome failure = Outcome::closed;
  bool over_tcp = false;  // what it came over
};

/// What Transport::start() came to: the exchange that runs now, or why none does.
class ExchangeStart {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return id;`
  ExchangeStart(ExchangeId id) noexcept : id_(id) {}

  // NOLINTNEXTLINE(google-explicit-constructor): `return Outcome::throttled;`
  ExchangeStart(Outcome why_not) noexcept : why_not_(why_not) {}

  explicit operator bool() const noexcept { return id_.has_value(); }

  /// Precondition: there is one.
  [[nodiscard]] ExchangeId operator*() const noexcept { return *id_; }

  /// no_socket or throttled. Precondition: there is none.
  [[nodiscard]] Outcome why_not() const noexcept { return why_not_; }

 private:
  std::optional<ExchangeId> id_;
  Outcome why_not_ = Outcome::no_socket;
};

/// Told when an exchange ends. The one upward call that networks make.
class ExchangeSink {
 public:
  /// Exactly once for each started exchange that was not cancelled; never from inside start() or
  /// cancel().
  virtual void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept = 0;

 protected:
  ~ExchangeSink() = default;
};

class Transport {
 public:
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Sends the question. `token` comes back in on_exchange. No timer runs here: whoever started an
  /// exchange cancels it when waiting has no more sense. Where nothing could be sent: throttled if
  /// the packet budget of the upstream's provider is used up, else no_socket (no socket, no slot,
  /// address unknown).
  [[nodiscard]] virtual ExchangeStart start(const Upstream& upstream,
                                            const ExchangeRequest& request, ExchangeSink& sink,
                                            std::uint64_t token, TimePoint now) noexcept = 0;

  /// Whether the packet budget of the upstream's provider bears a question that can be done
  /// without: a hedge, a rival in a race. It keeps a reserve for those that cannot.
  [[nodiscard]] virtual bool spares(const Upstream& upstream, TimePoint now) noexcept = 0;

  /// Ends the exchange without a call back; replies that still come are counted and dropped. A
  /// stale id is ignored.
  virtual void cancel(ExchangeId id) noexcept = 0;

 protected:
  Transport() = default;
};

}  // namespace holdfast
