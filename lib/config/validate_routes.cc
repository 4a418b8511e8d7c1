#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/suggest.h"
#include "config/validate.h"
#include "route/selector.h"

namespace holdfast {
namespace {

/// The routes' rules share the list of upstreams and what of it was used.
class RouteRules {
 public:
  RouteRules(const Config& config, const Node& root, Report& report)
      : config_(config), root_(root), report_(report) {}

  void run();

 private:
  void check_zone(std::size_t i, const Node& node);
  void check_tiers(const RouteConfig& route, const Node& tiers);
  void check_name(const Node& node, std::set<std::string_view>& seen);
  void check_size(const RouteConfig& route, const Node& node);
  void check_floor(const RouteConfig& route, const Node& node);
  void check_view(const RouteConfig& route, const Node& node);
  void check_providers(const RouteConfig& route, const Node& node);
  void check_unused();

  [[nodiscard]] const UpstreamConfig* find(std::string_view name) const;
  [[nodiscard]] bool has_class(const RouteConfig& route, UpstreamClass wanted) const;
  /// True if every name in its tiers is an upstream.
  [[nodiscard]] bool complete(const RouteConfig& route) const;

  const Config& config_;
  const Node& root_;
  Report& report_;
  std::set<std::string_view> used_;
  std::unordered_multimap<std::uint64_t, std::size_t> zones_;  // hash of the name → route
};

const UpstreamConfig* RouteRules::find(std::string_view name) const {
  const auto& all = config_.upstreams;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const UpstreamConfig& u) { return u.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool RouteRules::has_class(const RouteConfig& route, UpstreamClass wanted) const {
  for (const auto& tier : route.tiers) {
    for (const auto& name : tier) {
      const UpstreamConfig* upstream = find(name);
      if (upstream != nullptr && upstream->upstream_class == wanted) return true;
    }
  }
  return false;
}

bool RouteRules::complete(const RouteConfig& route) const {
  bool any = false;
  for (const auto& tier : route.tiers) {
    for (const auto& name : tier) {
      if (find(name) == nullptr) return false;
      any = true;
    }
  }
  return any;
}

void RouteRules::check_zone(std::size_t i, const Node& node) {
  const Node* zone = node.find("zone");
  if (zone == nullptr || report_.flagged(*zone)) return;
  const dns::Name& name = config_.routes[i].zone;
  const std::uint64_t hash = dns::hash_name(name.wire());
  const auto [from, to] = zones_.equal_range(hash);
  const auto same = std::find_if(
      from, to, [&](const auto& entry) { return config_.routes[entry.second].zone == name; });
  if (same == to) {
    zones_.emplace(hash, i);
    return;
  }
  const Node& other = root_.find("routes")->children[same->second];
  report_.error(*zone, "found " + zone->shown() + ", which the route " + other.pointer + " of " +
                           other.file + " has too; expected one route per zone");
}

void RouteRules::check_name(const Node& node, std::set<std::string_view>& seen) {
  if (!node.is(Node::Kind::string)) return;
  const UpstreamConfig* upstream = find(node.text);
  if (upstream == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& other : config_.upstreams) {
      names.push_back(other.name);
    }
    report_.error(
        node, "found " + node.shown() + ", which is no upstream" + suggestion(node.text, names));
  } else if (!seen.insert(upstream->name).second) {
    report_.error(node, "found " + node.shown() + " twice; expected each upstream once in a route");
  } else {
    used_.insert(upstream->name);
  }
}

void RouteRules::check_size(const RouteConfig& route, const Node& tiers) {
  std::size_t count = 0;
  for (const auto& tier : route.tiers) {
    for (const auto& name : tier) {
      const UpstreamConfig* upstream = find(name);
      count += upstream != nullptr && upstream->automatic ? kMaxAutomatic : 1;
    }
  }
  if (count <= kMaxCandidates) return;
  report_.error(tiers, "found " + std::to_string(count) + " upstreams; expected at most " +
                           std::to_string(kMaxCandidates) + " in one route (\"auto\" may become " +
                           std::to_string(kMaxAutomatic) + ")");
}

void RouteRules::check_tiers(const RouteConfig& route, const Node& tiers) {
  std::set<std::string_view> seen;
  for (std::size_t t = 0; t < route.tiers.size() && t < tiers.children.size(); ++t) {
    for (const Node& node : tiers.children[t].children) {
      check_name(node, seen);
    }
  }
}

void RouteRules::check_floor(const RouteConfig& route, const Node& node) {
  std::size_t count = 0;
  for (const auto& tier : route.tiers) {
    count += tier.size();
  }
  const auto floor = static_cast<unsigned>(config_.policy.min_usable);
  const Node* own = node.find("min_usable");
  if (own != nullptr && route.min_usable) {
    if (*route.min_usable < floor) {
      report_.wrong_value(*own, "at least " + std::to_string(floor) +
                                    ", as safety.min_usable says; a route may only raise it");
    } else if (*route.min_usable > count) {
      report_.wrong_value(
          *own, "at most " + std::to_string(count) + ", the number of the route's upstreams");
    }
  } else if (own == nullptr && count < floor && complete(route)) {
    report_.warning(node, "its upstreams are fewer (" + std::to_string(count) +
                              ") than safety.min_usable (" + std::to_string(floor) +
                              "): the route is always in panic");
  }
}

void RouteRules::check_view(const RouteConfig& route, const Node& node) {
  const Node* allow = node.find("allow_public_answers");
  const bool split = route.visibility == Visibility::split_view;
  if (allow != nullptr && route.allow_public_answers && !split) {
    report_.error(*allow, "found true; expected only with \"visibility\": \"split-view\"");
  }
  if (split && complete(route) && !has_class(route, UpstreamClass::cloud)) {
    report_.error(
        *node.find("visibility"),
        "found \"split-view\" without an upstream of class \"cloud\"; expected one, since "
        "only the cloud knows the inner view");
  }
  if (split && complete(route) && !route.allow_public_answers &&
      has_class(route, UpstreamClass::external)) {
    report_.warning(node,
                    "its external upstreams are never asked; \"allow_public_answers\": true "
                    "would make them the last resort");
  }
}

void RouteRules::check_providers(const RouteConfig& route, const Node& node) {
  if (route.visibility != Visibility::public_view || !complete(route)) return;
  std::set<std::string_view> providers;
  for (const auto& tier : route.tiers) {
    for (const auto& name : tier) {
      const UpstreamConfig& upstream = *find(name);
      if (!upstream.chain) providers.insert(upstream.provider);
      // A chain is as many providers as its endpoints have.
      for (std::size_t i = 0; upstream.chain && i < upstream.chain->endpoints.size(); ++i)
        providers.insert(upstream.chain->endpoints[i].provider);
    }
  }
  if (providers.size() == 1) {
    report_.warning(node, "all upstreams are of one provider (\"" +
                              std::string(*providers.begin()) +
                              "\"): its outage is the route's outage; expected two or more");
  }
}

void RouteRules::check_unused() {
  const Node* upstreams = root_.find("upstreams");
  if (upstreams == nullptr) return;
  for (const Node& node : upstreams->children) {
    if (!used_.contains(node.key) && !report_.flagged(node)) {
      report_.warning(node, "no route names this upstream; it is never asked");
    }
  }
}

void RouteRules::run() {
  const Node* routes = root_.find("routes");
  if (routes == nullptr || routes->children.size() != config_.routes.size()) return;
  bool has_root = false;
  for (std::size_t i = 0; i < config_.routes.size(); ++i) {
    const Node& node = routes->children[i];
    const RouteConfig& route = config_.routes[i];
    const Node* zone = node.find("zone");
    if (zone != nullptr && !report_.flagged(*zone) && route.zone.is_root()) has_root = true;
    check_zone(i, node);
    if (const Node* tiers = node.find("tiers"); tiers != nullptr && tiers->is(Node::Kind::array)) {
      check_tiers(route, *tiers);
      check_size(route, *tiers);
    }
    check_floor(route, node);
    check_view(route, node);
    check_providers(route, node);
  }
  if (!has_root && !routes->children.empty()) {
    report_.warning(*routes, "no route for \".\": names of other zones are refused");
  }
  check_unused();
}

}  // namespace

void validate_routes(const Config& config, const Node& root, Report& report) {
  RouteRules(config, root, report).run();
}

}  // namespace holdfast
