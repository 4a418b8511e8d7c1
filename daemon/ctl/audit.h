// holdfastctl audit, holdfastd --audit: what is weak in a configuration, and what its routes do in
// the loss of each provider. Of a file here, without a daemon; of what is in force with its help.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/load.h"

namespace holdfast::ctl {

/// What was asked for.
struct Audit {
  std::string file;  // "": what is in force
  bool simulate = false;
  bool json = false;
  bool colour = false;
};

/// The exit statuses of an audit: 0 to 2 are its verdict.
inline constexpr int kAuditUnreachable = 3;  // the daemon could not be asked, or refused
inline constexpr int kAuditBadFile = 4;      // the configuration cannot be read, or has mistakes

/// Writes the audit to `out`; why there is none to `err` (with json: to `out`). `check` is given to
/// load_config().
[[nodiscard]] int run_audit(const Audit& wanted, const std::string& socket, const CaCheck& check,
                            std::ostream& out, std::ostream& err);

/// The audit as a reply: see docs/AUDIT.md. `loaded` without errors; `resolvers` are what the url
/// "auto" stands for, none: that is not known here.
[[nodiscard]] nlohmann::ordered_json audit_json(const LoadedConfig& loaded, const std::string& path,
                                                const std::vector<IpAddress>& resolvers);

}  // namespace holdfast::ctl
