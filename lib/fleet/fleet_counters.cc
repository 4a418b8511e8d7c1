#include "fleet/fleet_counters.h"

namespace holdfast {

const char* to_string(NotPublished why) noexcept {
  switch (why) {
    case NotPublished::disconnected:
      return "disconnected";
    case NotPublished::busy:
      return "busy";
    case NotPublished::rate:
      return "rate";
    case NotPublished::repeated:
      return "repeated";
    case NotPublished::refused:
      return "refused";
  }
  return "?";
}

const char* to_string(FleetRead result) noexcept {
  switch (result) {
    case FleetRead::hit:
      return "hit";
    case FleetRead::miss:
      return "miss";
    case FleetRead::late:
      return "late";
    case FleetRead::rejected:
      return "rejected";
    case FleetRead::failed:
      return "failed";
  }
  return "?";
}

const char* to_string(LinkFault fault) noexcept {
  switch (fault) {
    case LinkFault::address:
      return "address";
    case LinkFault::connect:
      return "connect";
    case LinkFault::tls:
      return "tls";
    case LinkFault::login:
      return "login";
    case LinkFault::protocol:
      return "protocol";
    case LinkFault::silent:
      return "silent";
    case LinkFault::closed:
      return "closed";
  }
  return "?";
}

}  // namespace holdfast
