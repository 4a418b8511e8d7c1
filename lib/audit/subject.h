// Subject: the configuration that is audited: its values, the tree they were read from, and what
// rules ask of both.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "audit/domains.h"
#include "config/config.h"
#include "config/node.h"

namespace holdfast::audit {

class Subject {
 public:
  /// `root` is the tree that `config` was made of; in `config` an upstream with the url "auto" may
  /// have been replaced by what it stands for. Both must outlive this.
  Subject(const Config& config, const Node& root);

  [[nodiscard]] const Config& config() const noexcept { return config_; }

  [[nodiscard]] const Domains& domains() const noexcept { return domains_; }

  /// Where the configuration has this: the node at the end of the path, or the last one on it that
  /// there is.
  [[nodiscard]] const Node& at(std::initializer_list<std::string_view> path) const;
  /// The same below another node.
  [[nodiscard]] static const Node& below(const Node& node,
                                         std::initializer_list<std::string_view> path);
  /// Item `i` of a list; the list's own place if it is a default.
  [[nodiscard]] const Node& item(std::string_view list, std::size_t i) const;

  [[nodiscard]] const Node& place_of(const UpstreamConfig& upstream) const;
  [[nodiscard]] const Node& place_of(const RouteConfig& route) const;

  /// Precondition: there is one; a configuration without errors names no other.
  [[nodiscard]] const UpstreamConfig& upstream(std::string_view name) const;
  /// Those that the route names, tier by tier.
  [[nodiscard]] std::vector<const UpstreamConfig*> upstreams_of(const RouteConfig& route) const;
  /// Those of them that may answer a name nobody holds: of a split view without
  /// `allow_public_answers` only the first tier's kin, class cloud.
  [[nodiscard]] std::vector<const UpstreamConfig*> answering(const RouteConfig& route) const;
  /// Routes that name it.
  [[nodiscard]] std::vector<const RouteConfig*> routes_of(const UpstreamConfig& upstream) const;

 private:
  const Config& config_;
  const Node& root_;
  Domains domains_;
};

/// Names in quotes, with commas and an "and".
[[nodiscard]] std::string listing(const std::vector<std::string>& names);

}  // namespace holdfast::audit
