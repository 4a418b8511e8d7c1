#include "audit/subject.h"

#include <algorithm>

namespace holdfast::audit {

Subject::Subject(const Config& config, const Node& root)
    : config_(config), root_(root), domains_(config) {}

const Node& Subject::below(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* at = &node;
  for (const std::string_view key : path) {
    const Node* child = at->find(key);
    if (child == nullptr) break;
    at = child;
  }
  return *at;
}

const Node& Subject::at(std::initializer_list<std::string_view> path) const {
  return below(root_, path);
}

const Node& Subject::item(std::string_view list, std::size_t i) const {
  const Node& node = at({list});
  return node.is(Node::Kind::array) && i < node.children.size() ? node.children[i] : node;
}

const Node& Subject::place_of(const UpstreamConfig& upstream) const {
  return at({"upstreams", upstream.found_for.empty() ? upstream.name : upstream.found_for});
}

const Node& Subject::place_of(const RouteConfig& route) const {
  return item("routes", static_cast<std::size_t>(&route - config_.routes.data()));
}

const UpstreamConfig& Subject::upstream(std::string_view name) const {
  return *std::ranges::find(config_.upstreams, name, &UpstreamConfig::name);
}

std::vector<const UpstreamConfig*> Subject::upstreams_of(const RouteConfig& route) const {
  std::vector<const UpstreamConfig*> all;
  for (const auto& tier : route.tiers) {
    for (const std::string& name : tier)
      all.push_back(&upstream(name));
  }
  return all;
}

std::vector<const UpstreamConfig*> Subject::answering(const RouteConfig& route) const {
  auto all = upstreams_of(route);
  if (route.visibility == Visibility::split_view && !route.allow_public_answers) {
    std::erase_if(all, [](const auto* u) { return u->upstream_class != UpstreamClass::cloud; });
  }
  return all;
}

std::vector<const RouteConfig*> Subject::routes_of(const UpstreamConfig& upstream) const {
  std::vector<const RouteConfig*> routes;
  for (const RouteConfig& route : config_.routes) {
    const bool named = std::ranges::any_of(route.tiers, [&upstream](const auto& tier) {
      return std::ranges::find(tier, upstream.name) != tier.end();
    });
    if (named) routes.push_back(&route);
  }
  return routes;
}

std::string listing(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += quoted(names[i]);
  }
  return text;
}

}  // namespace holdfast::audit
