// A configuration's chains, for commands that ask them without the daemon.
#pragma once

#include <string>
#include <variant>

#include "config/load.h"

namespace holdfast::ctl {

/// The configuration at `path`, its endpoints' secrets read; or what is wrong, every mistake a
/// line.
[[nodiscard]] std::variant<Config, std::string> load_with_secrets(const std::string& path);

/// The upstream of class ens that is called `name`; with "" the only one, or the first that
/// `zone`'s route names. A line that says what is wrong if there is none.
[[nodiscard]] std::variant<UpstreamConfig, std::string> choose_chain(const Config& config,
                                                                     const std::string& name,
                                                                     const dns::Name* zone);

}  // namespace holdfast::ctl
