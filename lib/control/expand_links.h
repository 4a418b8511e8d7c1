// Routes for the domains of this host's links (upstream/link_domain.h): what a VPN says of its
// names holds here as it does in systemd-resolved and NetworkManager.
#pragma once

#include <span>

#include "config/config.h"
#include "upstream/link_domain.h"

namespace holdfast {

/// The configuration with a private route for each of these domains that it has no route for, to
/// upstreams "link:INTERFACE-1", "-2", … of the provider "link:INTERFACE". Servers where the
/// configuration listens are left out, and so is what finds no room among kMaxUpstreams / 2
/// upstreams. As it is if its `link_routes` is off.
[[nodiscard]] Config with_link_domains(Config config, std::span<const LinkDomain> domains);

}  // namespace holdfast
