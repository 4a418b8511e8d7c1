#include "config/validate.h"

namespace holdfast {
namespace {

void check_query_log(const Config& config, const Node& root, Report& report) {
  if (!config.query_log.enabled || config.log_level >= LogLevel::info) return;
  if (const Node* log = root.find("query_log")) {
    report.warning(*log,
                   "writes nothing: its lines are of level info, and log.level is above; "
                   "expected log.level \"info\" or \"debug\"");
  }
}

}  // namespace

void validate(const Config& config, const Node& root, Report& report) {
  if (!root.is(Node::Kind::object)) return;
  validate_policy(config, root, report);
  validate_network(config, root, report);
  validate_routes(config, root, report);
  validate_chains(config, root, report);
  validate_fleet(config, root, report);
  check_query_log(config, root, report);
}

}  // namespace holdfast
