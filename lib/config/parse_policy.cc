#include <algorithm>
#include <string>

#include "config/parse.h"
#include "config/policy_ranges.h"
#include "config/read.h"

namespace holdfast {
namespace {

void read_field(const Node& node, const PolicyRange& range, Report& report,
                FailoverPolicy& policy) {
  const auto& fields = policy_fields();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&range](const auto& f) { return f.name == range.name; });
  if (found == fields.end()) return;
  if (const auto* time = std::get_if<Duration FailoverPolicy::*>(&found->field)) {
    read_duration(node, {range.least, range.most}, report, policy.**time);
    return;
  }
  double& out = policy.*std::get<double FailoverPolicy::*>(found->field);
  if (range.whole) {
    read_integer(node,
                 {static_cast<std::int64_t>(range.least_number),
                  static_cast<std::int64_t>(range.most_number)},
                 report, out);
  } else {
    read_number(node, {range.least_number, range.most_number}, report, out);
  }
}

/// Reads the fields of one section. A field of another section is told where it belongs.
void parse_section(const Node& node, std::string_view section, Report& report,
                   FailoverPolicy& policy) {
  ObjectReader reader(node, report);
  for (const PolicyRange& range : policy_ranges()) {
    const std::string where(range.section);
    if (range.section == section) {
      if (const Node* n = reader.find(range.name)) read_field(*n, range, report, policy);
    } else if (const Node* n = node.find(range.name)) {
      report.error(*n, "unknown key here; it belongs into \"" + where + '"');
      static_cast<void>(reader.find(range.name));
    }
  }
  reader.finish();
}

}  // namespace

void parse_policy(ObjectReader& root, FailoverPolicy& policy) {
  Report& report = root.report();
  constexpr std::string_view kFloors = R"({"min_usable": 1, "ejection_interval": "5s"})";
  if (const Node* safety = root.require("safety", kFloors)) {
    parse_section(*safety, "safety", report, policy);
    for (const std::string_view key : {"min_usable", "ejection_interval"}) {
      if (safety->is(Node::Kind::object) && safety->find(key) == nullptr) {
        report.error(
            *safety, key,
            "missing; floors have no silent default; expected as in " + std::string(kFloors));
      }
    }
  }
  for (const std::string_view section : {"failover", "health"}) {
    if (const Node* node = root.find(section)) parse_section(*node, section, report, policy);
  }
}

}  // namespace holdfast
