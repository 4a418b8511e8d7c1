// Who may talk to the HTTP port: only clients that named it by a loopback literal or localhost.
// That keeps web pages from reaching it by a name that they make resolve to 127.0.0.1 (DNS
// rebinding).
#pragma once

#include <string_view>

namespace holdfast {

/// True for 127.0.0.0/8, [::1] and localhost, with or without a port. `host` is the value of a Host
/// header; an empty one is refused.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace holdfast
