// Injector: the Transport before a thread's Transport; it spoils the exchanges that a drill speaks
// of and hands on all others. The only place where drills touch anything.
#pragma once

#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "base/timer_queue.h"
#include "resolver/snapshot.h"
#include "resolver/transport.h"
#include "upstream/drill_board.h"

namespace holdfast {

/// What an Injector works with; all outlive it.
struct InjectorParts {
  Transport& transport;
  TimerQueue& timers;
  Random& random;
  DrillBoard& board;
};

class Injector final : public Transport, private TimerClient, private ExchangeSink {
 public:
  static constexpr std::size_t kMostPending = 30'000;
  /// How soon an invented reply comes: as from a near server.
  static constexpr Duration kReplyAfter = 2ms;
  /// What a lost packet costs a connection: the least time-out of TCP's retransmission (RFC 6298).
  static constexpr Duration kRetransmission = 200ms;

  Injector(const InjectorParts& parts, SnapshotPtr snapshot);
  ~Injector() override;

  /// The configuration whose routes decide what a drill reaches.
  void adopt(SnapshotPtr snapshot) noexcept { snapshot_ = std::move(snapshot); }

  [[nodiscard]] ExchangeStart start(const Upstream& upstream, const ExchangeRequest& request,
                                    ExchangeSink& sink, std::uint64_t token,
                                    TimePoint now) noexcept override;
  [[nodiscard]] bool spares(const Upstream& upstream, TimePoint now) noexcept override;
  void cancel(ExchangeId id) noexcept override;

 private:
  /// An exchange of ours: silent, answered by us, or sent and held back.
  struct Pending {
    Pending(ExchangeSink& to, std::uint64_t its) : sink(&to), token(its) {}

    ExchangeSink* sink;
    std::uint64_t token;
    std::optional<ExchangeId> inner;
    Duration delay{};
    TimerId timer;
    std::vector<std::uint8_t> message;
    Outcome failure = Outcome::closed;
    bool over_tcp = false;
  };

  [[nodiscard]] std::optional<Spoiling> spoiling_of(const Upstream& upstream,
                                                    const ExchangeRequest& request,
                                                    TimePoint now) noexcept;
  [[nodiscard]] ExchangeStart hold_back(SlabHandle handle, const Upstream& upstream,
                                        const ExchangeRequest& request, Duration delay,
                                        TimePoint now) noexcept;
  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

  InjectorParts parts_;
  SnapshotPtr snapshot_;
  Slab<Pending> pending_;
};

/// A reply that passes for one of a server: no records; without an SOA, so that nobody keeps a
/// denial (RFC 2308 5).
[[nodiscard]] std::vector<std::uint8_t> invented_reply(const ExchangeRequest& request,
                                                       DrillMode mode);

}  // namespace holdfast
