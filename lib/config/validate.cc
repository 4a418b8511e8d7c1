#include "config/validate.h"

namespace holdfast {

void validate(const Config& config, const Node& root, Report& report) {
  if (!root.is(Node::Kind::object)) return;
  validate_policy(config, root, report);
  validate_network(config, root, report);
  validate_routes(config, root, report);
  validate_fleet(config, root, report);
}

}  // namespace holdfast
