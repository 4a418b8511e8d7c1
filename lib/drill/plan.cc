#include "drill/plan.h"

#include <algorithm>
#include <array>

#include "base/units.h"
#include "route/drill_reach.h"

namespace holdfast {
namespace {

constexpr std::array kModes{DrillMode::timeout,  DrillMode::servfail, DrillMode::refused,
                            DrillMode::nxdomain, DrillMode::empty,    DrillMode::slow,
                            DrillMode::loss};
static_assert(kModes.size() == kDrillModes);

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// The provider that `.` prefers.
std::string first_provider(const Snapshot& snapshot) {
  for (const Route& route : snapshot.routes.routes()) {
    if (route.label != "." || route.tiers.empty() || route.tiers.front().empty()) continue;
    const ProviderId id = snapshot.upstream(route.tiers.front().front()).provider;
    return snapshot.providers[static_cast<std::size_t>(id)];
  }
  return {};
}

/// Of a pack it may be nobody in particular; an outage of one's own is of whom it names.
std::string choose_whom(const DrillOrder& order, const Snapshot& snapshot, DrillPlan& plan) {
  const bool any = order.provider.empty() && !order.pack.empty();
  const auto wanted = split(any ? first_provider(snapshot) : order.provider);
  std::vector<std::string> known;
  for (const auto& upstream : snapshot.upstreams) {
    if (!upstream) continue;
    if (std::ranges::find(known, upstream->provider_name) == known.end()) {
      known.push_back(upstream->provider_name);
    }
    plan.everybody.push_back(upstream->id);
    if (std::ranges::find(wanted, upstream->provider_name) != wanted.end()) {
      plan.provider.push_back(upstream->id);
    }
  }
  if (wanted.empty()) return "a provider is needed: --provider; there are " + joined(known);
  for (const std::string& name : wanted) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return "no provider \"" + name + "\"; there are " + joined(known);
  }
  plan.order.provider = joined(wanted);
  return {};
}

std::string choose_steps(const DrillOrder& order, const std::vector<DrillPack>& packs,
                         DrillPlan& plan) {
  if (order.pack.empty()) {
    if (!order.mode) return "a mode is needed: --mode " + drill_modes() + "; or a pack: --pack";
    if (!order.length) return "a time is needed: --for, e.g. 5min";
    plan.length = *order.length;
    plan.steps = {{{}, plan.length, {}, {}, {*order.mode, {}, order.delay}, {}}};
    plan.steps.front().how.percent = static_cast<std::uint8_t>(order.percent);
    return {};
  }
  const auto pack = std::ranges::find(packs, order.pack, &DrillPack::name);
  if (pack == packs.end()) {
    std::vector<std::string> names;
    for (const DrillPack& one : packs)
      names.push_back(one.name);
    return "no pack \"" + order.pack + "\"; there are " + joined(names);
  }
  if (order.mode) return "--mode is the pack's own; give --pack or --mode";
  if (!pack->only_in_tests.empty()) return pack->name + ": " + pack->only_in_tests;
  plan.steps = pack->steps;
  plan.length = order.length.value_or(pack->length());
  const double scale = static_cast<double>(plan.length.count()) /
                       static_cast<double>(std::max<Duration::rep>(1, pack->length().count()));
  for (DrillStep& step : plan.steps) {
    for (Duration* time : {&step.begin, &step.end, &step.every, &step.length})
      *time = Duration(static_cast<Duration::rep>(static_cast<double>(time->count()) * scale));
  }
  plan.order.force = order.force || pack->leaves_nobody;
  return {};
}

std::string check_numbers(const DrillOrder& order, const DrillPlan& plan) {
  if (order.percent < 1 || order.percent > 100) return "--percent is from 1 to 100";
  if (!(order.abort_above > 0 && order.abort_above <= 100)) {
    return "--abort-above is a percentage above 0, up to 100";
  }
  if (plan.length < kShortestDrill || plan.length > kLongestDrill) {
    return "--for is from " + print_duration(kShortestDrill) + " to " +
           print_duration(kLongestDrill) + ": a drill must end while somebody looks";
  }
  if (order.delay <= Duration{} || order.delay > kLongestDrillDelay) {
    return "--delay is up to " + print_duration(kLongestDrillDelay);
  }
  return {};
}

DrillRoute what_is_left(const Route& route, const DrillPlan& plan, const Snapshot& snapshot) {
  DrillRoute told;
  told.label = route.label;
  told.private_view = route.visibility == Visibility::private_view;
  const DrillScope scope = plan.order.route ? drill_scope(*plan.order.route) : kEveryPublicRoute;
  told.reached = drill_reaches(scope, route);
  for (const Tier& tier : route.tiers) {
    for (const UpstreamId id : tier) {
      const bool hit = std::ranges::any_of(
          plan.steps, [&](const DrillStep& step) { return plan.at(id, step.begin).has_value(); });
      (hit ? told.spoiled : told.left).push_back(snapshot.upstream(id).name);
    }
  }
  return told;
}

/// Something of every exchange remains, or every exchange is only slower.
bool leaves_something(const DrillPlan& plan) {
  return std::ranges::all_of(plan.steps, [](const DrillStep& step) {
    return step.how.percent < 100 || step.how.mode == DrillMode::slow;
  });
}

/// A pack that leaves nobody is force enough for public routes: its name says what it is.
std::string check_routes(const Snapshot& snapshot, bool force, DrillVerdict& verdict) {
  DrillPlan& plan = verdict.plan;
  const auto& wanted = plan.order.route;
  bool known = !wanted, reached = false, breaks_private = false;
  std::vector<std::string> private_ones;
  for (const Route& route : snapshot.routes.routes()) {
    if (route.builtin || route.tiers.empty()) continue;
    known = known || route.label == *wanted;
    DrillRoute told = what_is_left(route, plan, snapshot);
    if (told.spoiled.empty()) continue;
    if (told.private_view && !told.reached) private_ones.push_back(told.label);
    reached = reached || told.reached;
    if (told.reached && told.left.empty()) {
      breaks_private = breaks_private || told.private_view;
      verdict.details.push_back(std::string(told.private_view ? "private route " : "route ") +
                                told.label + " has nobody left of " + joined(told.spoiled));
    }
    plan.routes.push_back(std::move(told));
  }
  if (!known) return "no route \"" + *wanted + "\" in the configuration";
  if (!reached && wanted) return "route " + *wanted + " has no upstream of " + plan.order.provider;
  if (!reached) {
    return plan.order.provider + " serves private routes only (" + joined(private_ones) +
           "); they are not touched unless named: --route";
  }
  const bool allowed = force || (plan.order.force && !breaks_private);
  if (verdict.details.empty() || allowed || leaves_something(plan)) return {};
  return "the drill would leave a route without anybody; --force starts it all the same";
}

}  // namespace

const char* to_string(DrillMode mode) noexcept {
  switch (mode) {
    case DrillMode::timeout:
      return "timeout";
    case DrillMode::servfail:
      return "servfail";
    case DrillMode::refused:
      return "refused";
    case DrillMode::nxdomain:
      return "nxdomain";
    case DrillMode::empty:
      return "empty";
    case DrillMode::slow:
      return "slow";
    case DrillMode::loss:
      return "loss";
  }
  return "?";
}

std::optional<DrillMode> parse_drill_mode(std::string_view text) noexcept {
  for (const DrillMode mode : kModes) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

std::string drill_modes() {
  std::vector<std::string> words;
  for (const DrillMode mode : kModes)
    words.emplace_back(to_string(mode));
  return joined(words);
}

bool DrillStep::runs(Duration since_start) const noexcept {
  if (since_start < begin || since_start >= end) return false;
  return every <= Duration{} || (since_start - begin) % every < length;
}

Duration DrillPack::length() const noexcept {
  Duration last{};
  for (const DrillStep& step : steps)
    last = std::max(last, step.end);
  return last;
}

std::optional<Spoiling> DrillPlan::at(UpstreamId id, Duration since_start) const noexcept {
  for (const DrillStep& step : steps) {
    const auto& whom = step.whom == DrillStep::Whom::everybody ? everybody : provider;
    if (step.runs(since_start) && std::ranges::find(whom, id) != whom.end()) return step.how;
  }
  return std::nullopt;
}

DrillVerdict plan_drill(const DrillOrder& order, const std::vector<DrillPack>& packs,
                        const Snapshot& snapshot) {
  DrillVerdict verdict;
  DrillPlan& plan = verdict.plan;
  plan.order = order;
  verdict.error = choose_steps(order, packs, plan);
  if (verdict.error.empty()) verdict.error = check_numbers(order, plan);
  if (verdict.error.empty()) verdict.error = choose_whom(order, snapshot, plan);
  if (verdict.error.empty()) verdict.error = check_routes(snapshot, order.force, verdict);
  return verdict;
}

}  // namespace holdfast
