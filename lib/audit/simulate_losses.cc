#include "audit/simulate_losses.h"

#include <algorithm>

#include "control/build_snapshot.h"

namespace holdfast::audit {
namespace {

/// The longest of the outages that holdfast was built for took hours.
constexpr Duration kBridged = 2h;

/// The clients of the simulation are on loopback.
SnapshotPtr snapshot_of(Config config) {
  config.acl = {parse_prefix("127.0.0.0/8").value()};
  return build_snapshot(config, nullptr);
}

bool is_whole(const Performance& p) {
  return !p.stops && p.gap == Duration::zero();
}

Severity severity_of(const Failed& failed) {
  const Performance& p = failed.performance;
  if (!p.stops) return Severity::warning;
  if (failed.pair) return failed.somebody_left ? Severity::warning : Severity::note;
  // What nobody else knows is bridged by what is held, or by nothing.
  if (failed.inside && !failed.somebody_left && p.held >= kBridged) return Severity::note;
  return Severity::error;
}

Failed describe(const Subject& subject, const Role& role, const Loss& loss,
                const Performance& performance) {
  const RouteConfig& route = subject.config().routes[role.route];
  Failed out;
  out.lost = loss.names;
  out.how = loss.how;
  out.pair = loss.pair;
  out.route = printable(route.label);
  out.others = role.others;
  out.file = subject.place_of(route).file;
  out.pointer = subject.place_of(route).pointer;
  out.inside = route.visibility != Visibility::public_view && !route.allow_public_answers;
  out.somebody_left = std::ranges::any_of(subject.answering(route), [&](const auto* upstream) {
    return subject.domains().answers_without(*upstream, loss.parties);
  });
  out.performance = performance;
  out.severity = severity_of(out);
  return out;
}

/// What silence does, SERVFAIL need not be told to do, too; what one provider does, no pair.
bool is_told(const std::vector<Failed>& told, const Failed& next) {
  if (!next.performance.stops || (next.how == How::silent && !next.pair)) return false;
  return std::ranges::any_of(told, [&next](const Failed& f) {
    return f.how == How::silent && !f.pair && f.performance.stops && f.pointer == next.pointer &&
           f.file == next.file && std::ranges::find(next.lost, f.lost.front()) != next.lost.end();
  });
}

}  // namespace

Simulation simulate_losses(const Config& config, const Node& root) {
  const Subject subject(config, root);
  const SnapshotPtr snapshot = snapshot_of(config);
  const Casting casting = cast(subject);
  Simulation out;
  out.routes = config.routes.size();
  out.played = casting.roles.size();
  out.domains = subject.domains().names().size();
  out.losses = casting.losses.size();
  out.routes_left_out = casting.routes_left_out;
  out.pairs_left_out = casting.pairs_left_out;
  for (const Loss& loss : casting.losses) {
    const Rehearsed rehearsed = rehearse(subject, snapshot, casting, loss);
    out.virtual_time += rehearsed.virtual_time;
    for (std::size_t i = 0; i < casting.roles.size(); ++i) {
      if (is_whole(rehearsed.routes[i])) continue;
      Failed failed = describe(subject, casting.roles[i], loss, rehearsed.routes[i]);
      if (!is_told(out.failed, failed)) out.failed.push_back(std::move(failed));
    }
  }
  std::ranges::stable_sort(out.failed, std::ranges::greater{}, &Failed::severity);
  return out;
}

int verdict(const Simulation& simulation) noexcept {
  if (simulation.failed.empty()) return 0;
  const Severity worst = simulation.failed.front().severity;
  return worst == Severity::error ? 2 : worst == Severity::warning ? 1 : 0;
}

}  // namespace holdfast::audit
