// What the url "auto" stands for: one upstream for each resolver that this host is told of. Which
// these are is net/host_resolvers.h's to say.
#pragma once

#include <span>

#include "config/config.h"

namespace holdfast {

/// The configuration with NAME-1, NAME-2, … (at most kMaxAutomatic) in the place of an upstream
/// NAME whose url is "auto", in its routes, too. Resolvers where the configuration listens are left
/// out. Where none is left there is NAME-1 without an address, which is down.
[[nodiscard]] Config with_resolvers(Config config, std::span<const IpAddress> resolvers);

}  // namespace holdfast
