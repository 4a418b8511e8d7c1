// From the merged tree to a Config: keys, types and ranges of single values. What concerns several
// values is validate.h.
#pragma once

#include "config/config.h"
#include "config/node.h"
#include "config/object_reader.h"
#include "config/report.h"

namespace holdfast {

/// Reads everything; what is wrong is reported and keeps its default. `upstreams`, `routes` and
/// their tiers keep their positions, so that item i of the Config is item i of the tree.
[[nodiscard]] Config parse_document(const Node& root, Report& report);

// --- the sections, each in a file of its own

/// One member of `upstreams`.
[[nodiscard]] UpstreamConfig parse_upstream(const Node& node, Report& report);
/// The rest of TLS beside an upstream's url: `ca_file` and `pins`.
void parse_tls(ObjectReader& upstream, UpstreamConfig& out);
/// The keys of an upstream of class ens.
[[nodiscard]] rpc::Chain parse_chain(ObjectReader& upstream);
/// One item of `routes`.
[[nodiscard]] RouteConfig parse_route(const Node& node, Report& report);
/// `safety`, `failover` and `health`: every field of FailoverPolicy.
void parse_policy(ObjectReader& root, FailoverPolicy& policy);
/// `limits`.
void parse_limits(const Node& node, Report& report, Limits& limits);
/// `fleet`.
void parse_fleet(const Node& node, Report& report, std::optional<FleetConfig>& out);

}  // namespace holdfast
