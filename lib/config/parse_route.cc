#include <optional>

#include "config/parse.h"
#include "config/read.h"
#include "ens/normalise.h"

namespace holdfast {
namespace {

std::vector<std::string> parse_tier(const Node& node, Report& report) {
  std::vector<std::string> tier;
  if (!expect_array(node, "the name of an upstream", report)) return tier;
  if (node.children.empty()) report.wrong_value(node, "at least one upstream in a tier");
  for (const Node& item : node.children) {
    // A place is kept also for what is no name: positions are what rules go by later.
    expect_string(item, "the name of an upstream", report);
    tier.push_back(item.text);
  }
  return tier;
}

void parse_tiers(const Node* node, Report& report, std::vector<std::vector<std::string>>& out) {
  constexpr std::string_view kWhat = R"(a tier: an array of names, as in [["vpc"], ["quad9"]])";
  if (node == nullptr || !expect_array(*node, kWhat, report)) return;
  if (node->children.empty()) report.wrong_value(*node, "at least one tier");
  for (const Node& item : node->children) {
    out.push_back(parse_tier(item, report));
  }
}

/// "off", or an object.
void parse_last_good(const Node* node, Report& report, LastGoodPolicy& out) {
  if (node == nullptr) return;
  if (node->is(Node::Kind::string)) {
    out.guards = node->text != "off";
    if (out.guards) {
      report.wrong_value(*node,
                         "\"off\", or an object such as {\"on_agreement\": \"hold\"}; "
                         "without lkg the usual guard is on");
    }
    return;
  }
  ObjectReader reader(*node, report);
  if (const Node* n = reader.find("on_agreement")) {
    read_choice<bool>(*n, {{"believe", false}, {"hold", true}}, report, out.despite_agreement);
  }
  if (const Node* n = reader.find("hold")) {
    Duration hold{-1};
    read_duration(*n, kHoldRange, report, hold);
    if (hold >= Duration::zero()) out.hold = hold;
  }
  reader.finish();
}

/// Under which name the zone's copy is on chain.
void parse_ens_name(const Node& node, Report& report, std::string& out) {
  constexpr std::string_view kWhat = "a name of ENS such as \"example.eth\"";
  ObjectReader reader(node, report);
  const Node* name = reader.is_object() ? reader.require("name", kWhat) : nullptr;
  if (name != nullptr && expect_string(*name, kWhat, report)) {
    const auto normal = ens::normalise_name(name->text);
    if (normal && !normal->empty()) {
      out = *normal;
    } else {
      report.wrong_value(*name, kWhat);
    }
  }
  reader.finish();
}

}  // namespace

RouteConfig parse_route(const Node& node, Report& report) {
  RouteConfig out;
  ObjectReader reader(node, report);
  if (const Node* n = reader.require("zone", "a domain name, or \".\" for all")) {
    read_domain_name(*n, report, out.zone);
  }
  out.label = out.zone.lowered().to_string();
  parse_tiers(reader.require("tiers", "arrays of upstreams' names"), report, out.tiers);
  if (const Node* n = reader.find("policy")) {
    read_choice<Policy>(
        *n, {{"ordered", Policy::ordered}, {"fastest", Policy::fastest}, {"race", Policy::race}},
        report, out.policy);
  }
  if (const Node* n = reader.find("visibility")) {
    read_choice<Visibility>(*n,
                            {{"public", Visibility::public_view},
                             {"private", Visibility::private_view},
                             {"split-view", Visibility::split_view}},
                            report, out.visibility);
  }
  if (const Node* n = reader.find("hedge")) {
    read_choice<HedgeReach>(*n, {{"tier", HedgeReach::tier}, {"route", HedgeReach::route}}, report,
                            out.hedge);
  }
  if (const Node* n = reader.find("min_usable")) {
    std::int64_t value = 0;
    if (read_whole(*n, {1, kMaxUpstreams}, report, value)) {
      out.min_usable = static_cast<unsigned>(value);
    }
  }
  if (const Node* n = reader.find("allow_public_answers")) {
    read_bool(*n, report, out.allow_public_answers);
  }
  if (const Node* n = reader.find("trust_unvalidated"))
    read_bool(*n, report, out.trust_unvalidated);
  if (const Node* n = reader.find("stale")) {
    Duration cap{-1};
    read_duration(*n, kStaleRange, report, cap);
    if (cap >= Duration::zero()) out.stale = cap;
  }
  parse_last_good(reader.find("lkg"), report, out.last_good);
  if (const Node* n = reader.find("share")) read_bool(*n, report, out.share);
  if (const Node* n = reader.find("ens")) parse_ens_name(*n, report, out.ens_name);
  reader.finish();
  return out;
}

}  // namespace holdfast
