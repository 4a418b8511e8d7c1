// Rules between values: what a Config may not be although each value alone is legal. Speaks only of
// values that were read well, so that one mistake is listed once.
#pragma once

#include "config/config.h"
#include "config/node.h"
#include "config/report.h"

namespace holdfast {

/// `config` must be what parse_document() made of `root`.
void validate(const Config& config, const Node& root, Report& report);

// --- the parts, each in a file of its own

/// Deadlines, windows and thresholds against each other; TTL bounds.
void validate_policy(const Config& config, const Node& root, Report& report);
/// Routes: zones, names in tiers, floors, views; upstreams and providers left unused or alone.
void validate_routes(const Config& config, const Node& root, Report& report);
/// Addresses: listeners, ACL, http, upstreams, and holdfast asking itself.
void validate_network(const Config& config, const Node& root, Report& report);
/// Whether the files of authorities that upstreams name can be used.
void validate_tls(const Config& config, const Node& root, const CaCheck& check, Report& report);
/// Upstreams of class ens: endpoints, quorum, and the zones that may be asked there.
void validate_chains(const Config& config, const Node& root, Report& report);
/// The fleet's server and login; which routes share.
void validate_fleet(const Config& config, const Node& root, Report& report);

}  // namespace holdfast
