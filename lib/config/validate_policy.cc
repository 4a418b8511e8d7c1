#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <string_view>

#include "base/units.h"
#include "config/policy_ranges.h"
#include "config/validate.h"
#include "upstream/policy.h"

namespace holdfast {
namespace {

/// One field may not be more (or not as much) as another.
struct Order {
  std::string_view small;
  std::string_view large;
  bool strict;
};

constexpr std::array<Order, 10> kOrders{{
    {"exchange_timeout", "lookup_deadline", true},
    {"exchange_timeout_fast", "exchange_timeout", false},
    {"stale_after", "lookup_deadline", true},
    {"hedge_min", "hedge_max", false},
    {"hedge_max", "lookup_deadline", true},
    {"negative_grace", "lookup_deadline", true},
    {"failure_backoff", "failure_backoff_max", false},
    {"min_samples", "window", false},
    {"down_below", "suspect_below", false},
    {"probe_down_first", "probe_down_max", false},
}};

struct Value {
  double number = 0;
  std::string shown;
  std::string path;            // "failover.lookup_deadline"
  const Node* node = nullptr;  // where it was set; nullptr: the default
};

const PolicyField& field_of(std::string_view name) {
  const auto& fields = policy_fields();
  return std::find_if(fields.begin(), fields.end(),
                      [name](const auto& f) { return f.name == name; })
      ->field;
}

Value value_of(std::string_view name, const FailoverPolicy& policy, const Node& root) {
  Value out;
  const auto& ranges = policy_ranges();
  const auto range = std::find_if(ranges.begin(), ranges.end(),
                                  [name](const PolicyRange& r) { return r.name == name; });
  out.path = std::string(range->section) + '.' + std::string(name);
  if (const Node* section = root.find(range->section)) out.node = section->find(name);

  const PolicyField& field = field_of(name);
  if (const auto* time = std::get_if<Duration FailoverPolicy::*>(&field)) {
    out.number = static_cast<double>((policy.**time).count());
    out.shown = print_duration(policy.**time);
  } else {
    out.number = policy.*std::get<double FailoverPolicy::*>(field);
    std::ostringstream text;
    text << out.number;
    out.shown = text.str();
  }
  if (out.node == nullptr) out.shown += ", the default";
  return out;
}

void check_order(const Order& order, const FailoverPolicy& policy, const Node& root,
                 Report& report) {
  const Value small = value_of(order.small, policy, root);
  const Value large = value_of(order.large, policy, root);
  if (small.node == nullptr && large.node == nullptr) return;
  if (small.number < large.number || (!order.strict && small.number == large.number)) return;
  for (const Node* node : {small.node, large.node}) {
    if (node != nullptr && report.flagged(*node)) return;
  }
  const std::string_view or_equal = order.strict ? "" : " or equal to";
  if (small.node != nullptr) {
    report.wrong_value(*small.node, "less than" + std::string(or_equal) + ' ' + large.path + " (" +
                                        large.shown + ')');
  } else {
    report.wrong_value(*large.node, "more than" + std::string(or_equal) + ' ' + small.path + " (" +
                                        small.shown + ')');
  }
}

void check_ttl(const TtlBounds& ttl, const Node& root, Report& report) {
  const Node* section = root.find("ttl");
  const Node* min = section == nullptr ? nullptr : section->find("min");
  if (min == nullptr || report.flagged(*min)) return;
  for (const auto& [key, bound] : {std::pair<std::string_view, Duration>{"max", ttl.max},
                                   {"negative_max", ttl.negative_max}}) {
    if (ttl.min > bound) {
      report.wrong_value(*min, "less than or equal to ttl." + std::string(key) + " (" +
                                   print_duration(bound) + ')');
    }
  }
}

}  // namespace

void validate_policy(const Config& config, const Node& root, Report& report) {
  for (const Order& order : kOrders) {
    check_order(order, config.policy, root, report);
  }
  check_ttl(config.ttl, root, report);
}

}  // namespace holdfast
