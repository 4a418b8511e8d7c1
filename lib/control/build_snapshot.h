// From a Config to the Snapshot in force: gives upstreams their ids (the same server keeps its id
// over a reload), adds the built-in private routes, resolves names of tiers. And the rules of a
// reload: what it may take away only with --force, and what needs a restart.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "resolver/snapshot.h"

namespace holdfast {

/// Precondition: the configuration has no errors. `previous` may be null (start).
[[nodiscard]] SnapshotPtr build_snapshot(const Config& config, const SnapshotPtr& previous);

/// Reasons why this reload is refused without --force: it lowers min_usable, takes a route's last
/// or second provider or all of them, drops a route with its own upstreams, turns `private` into
/// anything else, or has private names asked of another provider.
[[nodiscard]] std::vector<std::string> unsafe_changes(const Snapshot& now, const Snapshot& next);

/// Keys that differ and take effect only at a restart (`listen`, `workers`, …).
[[nodiscard]] std::vector<std::string> restart_keys(const Config& now, const Config& next);

}  // namespace holdfast
