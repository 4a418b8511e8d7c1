// Proof, not opinion: the configuration is put through the loss of each provider and of each pair
// of them (losses.h), by the real resolver on virtual time (rehearsal.h), and what its routes did
// is told.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "audit/finding.h"
#include "audit/losses.h"
#include "audit/rehearsal.h"

namespace holdfast::audit {

/// A route that did not answer everything in an outage.
struct Failed {
  std::vector<std::string> lost;
  How how = How::silent;
  bool pair = false;
  std::string route;       // its zone
  std::size_t others = 0;  // routes that differ in nothing but their zone
  std::string file, pointer;
  bool somebody_left = false;  // an upstream that could have answered
  bool inside = false;         // a view that no other provider has: private, or split
  Performance performance;
  Severity severity = Severity::note;
};

struct Simulation {
  std::size_t routes = 0, played = 0, domains = 0, losses = 0;
  std::size_t routes_left_out = 0, pairs_left_out = 0;
  Duration virtual_time{};
  std::vector<Failed> failed;
};

/// `config` without errors, `root` the tree it was made of. Takes some ten milliseconds for each
/// loss; touches nothing.
[[nodiscard]] Simulation simulate_losses(const Config& config, const Node& root);

/// 2 with an error among what failed, 1 with a warning, else 0.
[[nodiscard]] int verdict(const Simulation& simulation) noexcept;

}  // namespace holdfast::audit
