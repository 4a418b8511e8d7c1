// Is a server that is found on this host holdfast itself?
#pragma once

#include "config/config.h"

namespace holdfast {

/// Does what is sent to port 53 of this address arrive where the configuration listens?
[[nodiscard]] bool is_listened_on(const IpAddress& address, const Config& config);

}  // namespace holdfast
