// Looking at this host before its name resolution is taken over.
#pragma once

#include <string>
#include <vector>

#include "host/picture.h"

namespace holdfast::ctl {

/// `listeners` are holdfastd's; `container_address` is to be given to dockerd, "" for none. Runs
/// systemctl to learn what is active. Changes nothing.
[[nodiscard]] host::HostPicture look_at_host(std::vector<std::string> listeners,
                                             const std::string& container_address);

/// What programs read as /etc/resolv.conf, wherever it leads; "" if it cannot be read.
[[nodiscard]] std::string resolv_conf_in_use();

}  // namespace holdfast::ctl
