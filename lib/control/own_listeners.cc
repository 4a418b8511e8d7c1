#include "control/own_listeners.h"

#include <algorithm>

namespace holdfast {

bool is_listened_on(const IpAddress& address, const Config& config) {
  constexpr std::uint16_t kPort = 53;
  return std::ranges::any_of(config.listen, [&](const Endpoint& listen) {
    const IpAddress at = listen.address.unmapped();
    const bool everywhere =
        at.is_unspecified() && at.family == address.family && address.is_loopback();
    return listen.port == kPort && (at == address || everywhere);
  });
}

}  // namespace holdfast
