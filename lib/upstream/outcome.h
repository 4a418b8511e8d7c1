// Outcome: how an exchange ended, a closed enum, and the one table that says what each means: what
// the lookup does next, whose side the failure is on, and what it is called in logs and metrics.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

enum class Outcome : std::uint8_t {
  // answers
  positive,
  nodata,
  nxdomain,
  // the server answered, and not with an answer
  servfail,
  refused,
  notimp,
  formerr,
  formerr_edns,
  other_rcode,
  // nothing came, or the network said no
  timeout,
  connection_refused,
  unreachable,
  closed,
  tls_stalled,  // the server fell silent in the handshake
  tls_failed,   // no TLS came about: version, alert, nonsense, an end
  certificate,  // the server's is refused
  pin,          // it is good, and none of those pinned
  no_socket,
  throttled,  // over the provider's packet budget: not sent
  // something came that is no answer
  malformed,
  wrong_case,
  no_cookie,   // of an upstream that is known to give cookies (RFC 7873 5.3)
  bad_cookie,  // it wants another cookie, which came with this
  spoofed,     // somebody guesses: too much came that answers nothing
  truncated,
  lame,          // a referral: this server does not resolve for us
  http_status,   // the web server in front of the resolver refuses
  http_content,  // what it gives is no DNS message, or larger than one
};
inline constexpr std::size_t kOutcomes = 28;

/// What the lookup does with it.
enum class Disposition : std::uint8_t {
  accept,         // it is the answer
  next_upstream,  // ask another one, another provider first
  retry_tcp,      // ask the same one over TCP
  retry_plain,    // ask the same one without EDNS
  retry_cookie,   // ask the same one once more, with the cookie it gave; then over TCP
};

/// Which side of the wire a failure speaks of.
enum class Origin : std::uint8_t { none, remote, local };

struct OutcomeRow {
  Outcome outcome;
  Disposition disposition;
  Origin origin;
  bool failure;       // evidence against the upstream, if blame is proven
  const char* label;  // metric label and log word
};

/// The row of an outcome. Never fails.
[[nodiscard]] const OutcomeRow& row(Outcome outcome) noexcept;

[[nodiscard]] inline const char* to_string(Outcome outcome) noexcept {
  return row(outcome).label;
}

[[nodiscard]] inline bool is_answer(Outcome o) noexcept {
  return o <= Outcome::nxdomain;
}

[[nodiscard]] inline bool is_negative(Outcome o) noexcept {
  return o == Outcome::nodata || o == Outcome::nxdomain;
}

/// Did nothing come that a resolver said?
[[nodiscard]] constexpr bool is_silence(Outcome o) noexcept {
  return Outcome::timeout <= o && o <= Outcome::pin;
}

/// Did the network, or TLS, turn us away from one address? Another of the upstream's may do better.
[[nodiscard]] constexpr bool is_turned_away(Outcome o) noexcept {
  return o == Outcome::connection_refused || o == Outcome::unreachable ||
         (Outcome::tls_stalled <= o && o <= Outcome::pin);
}

}  // namespace holdfast
