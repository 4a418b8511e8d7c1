// CookieJar: DNS cookies (RFC 7873, RFC 9018) towards one upstream, of one thread: the client
// cookie it is shown, and the server cookie it gave. Says what a reply's cookie proves; what to do
// about a reply that proves nothing is the lookup's. No sockets.
#pragma once

#include <array>
#include <cstdint>

#include "base/endpoint.h"
#include "base/random.h"
#include "base/time.h"
#include "dns/edns.h"

namespace holdfast {

using ClientCookie = std::array<std::uint8_t, dns::kClientCookieBytes>;

/// What the cookie of a reply says.
enum class CookieProof : std::uint8_t {
  ours,        // the one that was sent: nobody off the path has made this up
  unexpected,  // there is none, and none is missed
  missing,     // there is none, although this upstream gives them
  forged,      // another one than was sent
  refused,     // FORMERR from an upstream that has never given one: the cookie may be why
};

class CookieJar {
 public:
  /// A client cookie is shown to one server from one address (RFC 7873 5, RFC 9018 3), and no
  /// longer than this (RFC 7873 7.1 wants a new secret within 26 hours).
  static constexpr Duration kClientLife = 24h;
  /// So many replies without a cookie in the life of one are not forged, each had the right id,
  /// port and case: the upstream gives them no more, or not everywhere …
  static constexpr unsigned kMaxMissing = 16;
  /// … and for so long none is missed. One that refuses cookies is offered none for as long.
  static constexpr Duration kLenient = 1h;

  /// Queries go to `server`, and from `source`, as of now. A new pair gets a client cookie of its
  /// own; a new server is one that nothing is known of.
  void use(const Endpoint& server, const IpAddress& source, Random& random, TimePoint now) noexcept;

  /// What a query from `source` carries: the client cookie and, if there is one, the server's.
  /// Empty: no cookie. Valid until the next call.
  [[nodiscard]] dns::Bytes show(const IpAddress& source, Random& random, TimePoint now) noexcept;

  /// Looks at the reply to a query that carried `sent`, and keeps the server cookie it has.
  [[nodiscard]] CookieProof check(dns::Bytes reply, const ClientCookie& sent,
                                  TimePoint now) noexcept;

  /// Is a reply without a cookie one too few?
  [[nodiscard]] bool expects_cookies(TimePoint now) const noexcept {
    return known_ && now >= lenient_until_;
  }

 private:
  void renew(Random& random, TimePoint now) noexcept;
  void learn(dns::Bytes cookie) noexcept;
  [[nodiscard]] CookieProof without(dns::Bytes reply, TimePoint now) noexcept;
  [[nodiscard]] bool is_current(const ClientCookie& sent) const noexcept;

  Endpoint server_;
  IpAddress source_;
  std::array<std::uint8_t, dns::kMaxCookieBytes> cookie_{};
  std::size_t size_ = 0;  // 0: nothing was asked yet
  TimePoint since_{};
  TimePoint refused_until_ = kNever, lenient_until_ = kNever;
  bool known_ = false;    // it has given a server cookie
  unsigned missing_ = 0;  // replies without
};

/// The client's part. Precondition: `cookie` has one.
[[nodiscard]] ClientCookie client_part(dns::Bytes cookie) noexcept;

}  // namespace holdfast
