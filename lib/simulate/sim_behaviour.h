// Behaviour: what a simulated upstream does with a question. A value; a story changes it whenever
// it likes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/name.h"
#include "dns/types.h"

namespace holdfast::sim {

/// The main thing it does.
enum class Act : std::uint8_t {
  answers,
  silent,
  servfail,
  refused,
  nxdomain,
  nodata,
  notimp,
  formerr,             // whatever the question
  yxdomain,            // an rcode that no resolver should send
  refers,              // a referral: it does not resolve for us
  garbage,             // records that are not there
  foreign,             // records that belong to another name
  refuses_connection,  // the port is closed
  unreachable,
  distrusted,   // its certificate is refused
  closes,       // the connection is closed without an answer
  cannot_send,  // the transport finds no socket
};

struct Behaviour {
  Act act = Act::answers;
  Duration latency{10'000'000};
  Duration pause{};          // from when this begins: what comes meanwhile is answered after it
  TimePoint paused_until{};  // when that is
  unsigned loss_percent = 0;
  std::uint32_t ttl = 300;
  std::optional<dns::EdeCode> ede;
  std::optional<IpAddress> address;  // in answers to A or AAAA, instead of the upstream's own
  unsigned addresses = 1;            // so many
  std::optional<dns::Name> alias;    // answers a CNAME to this name, and nothing about it …
  bool knows_target = false;         // … but an address
  bool denies_target = false;        // … but that it does not exist
  bool formerr_to_edns = false;      // FORMERR without OPT where the query has one
  bool silent_to_edns = false;
  bool truncates = false;  // TC over UDP
  bool tcp_silent = false;
  bool bad_cookie = false;      // BADCOOKIE over UDP
  bool forgets_cookie = false;  // replies over UDP lack the cookie that is expected
  unsigned strays = 0;      // so many datagrams that answer nothing come before its reply over UDP
  bool folds_case = false;  // the question comes back in lower case
  bool authentic = false;   // AD
  bool without_soa = false;
  std::optional<std::uint32_t> signed_until;  // answers to DO carry an RRSIG that ends then
};

/// What one upstream does, and what it does with certain names.
struct ServerScript {
  Behaviour usual;
  std::map<std::string, Behaviour> by_name;  // lower-case presentation form; "*.zone": all below

  [[nodiscard]] const Behaviour& towards(const dns::Name& name) const {
    if (by_name.empty()) return usual;
    dns::Name part = name.lowered();
    auto found = by_name.find(part.to_string());
    while (found == by_name.end() && !part.is_root()) {
      part = part.parent();
      found = by_name.find("*." + part.to_string());
    }
    return found != by_name.end() ? found->second : usual;
  }
};

}  // namespace holdfast::sim
