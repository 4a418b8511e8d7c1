#include "timeline/route_watch.h"

#include <utility>

#include "base/units.h"
#include "route/selector.h"

namespace holdfast {
namespace {

/// "vpc is down (silent)"
std::string condition_of(const WatchedUpstream& upstream) {
  std::string text = upstream.name + " is " + to_string(upstream.view.effective());
  if (upstream.view.forced != Forced::automatic) return text + " (forced)";
  return upstream.cause.empty() ? text : text + " (" + upstream.cause + ")";
}

/// In tenths of a second: nobody reads more.
std::string short_span(Duration d) {
  return print_duration(std::chrono::duration_cast<std::chrono::milliseconds>(d) / 100 * 100);
}

}  // namespace

std::optional<RouteWatch::Place> RouteWatch::place_of(const Route& route, Look look) {
  std::optional<Place> best;
  Standing best_standing = Standing::never;
  for (std::size_t tier = 0; tier < route.tiers.size(); ++tier) {
    for (const UpstreamId id : route.tiers[tier]) {
      const Standing standing = standing_of(look(id).view, false);
      if (standing >= best_standing) continue;
      best_standing = standing;
      best = Place{tier, route.policy == Policy::ordered ? id : route.tiers[tier].front()};
    }
  }
  return best;
}

/// "tier 2 (quad9)"
std::string RouteWatch::text_of(const Route& route, const Place& place, Look look) {
  std::string names;
  if (route.policy == Policy::ordered) {
    names = look(place.upstream).name;
  } else {
    for (const UpstreamId id : route.tiers[place.tier])
      names += (names.empty() ? "" : ", ") + look(id).name;
  }
  return "tier " + std::to_string(place.tier + 1) + " (" + names + ")";
}

void RouteWatch::judge_place(const Route& route, Seen& seen, TimePoint now, Look look, Tell tell) {
  const std::optional<Place> place = place_of(route, look);
  const Place wanted{0, seen.preference};
  const bool nobody = !place;
  if (nobody == seen.nobody && (nobody || *place == seen.at)) return;
  const WatchedUpstream preferred = look(wanted.upstream);
  if (nobody) {
    if (std::exchange(seen.preferred, false)) seen.left = now;
    tell({TimelineKind::failover, route.label, condition_of(preferred), "nobody is left", ""});
  } else if (*place == wanted) {
    seen.preferred = true;
    tell({TimelineKind::failback, route.label, condition_of(preferred),
          "after " + short_span(now - seen.left), ""});
  } else {
    const std::string from = seen.nobody ? "nobody" : text_of(route, seen.at, look);
    if (std::exchange(seen.preferred, false)) seen.left = now;
    tell({TimelineKind::failover, route.label, condition_of(preferred),
          from + " -> " + text_of(route, *place, look), ""});
  }
  seen.nobody = nobody;
  if (place) seen.at = *place;
}

void RouteWatch::judge_panic(const Route& route, Seen& seen, Look look, Tell tell) {
  unsigned usable = 0;
  for (const Tier& tier : route.tiers) {
    for (const UpstreamId id : tier)
      usable += look(id).view.usable() ? 1U : 0U;
  }
  const bool panic = usable < route.min_usable;
  if (std::exchange(seen.panic, panic) == panic) return;
  tell({TimelineKind::panic, route.label, panic ? "below its floor" : "over",
        std::to_string(usable) + " usable of at least " + std::to_string(route.min_usable), ""});
}

void RouteWatch::look(const std::vector<Route>& routes, TimePoint now, Look look, Tell tell) {
  ++round_;
  for (const Route& route : routes) {
    if (route.builtin || route.tiers.empty() || route.tiers.front().empty()) continue;
    auto [it, fresh] = seen_.try_emplace(route.label);
    Seen& seen = it->second;
    const UpstreamId preference = route.tiers.front().front();
    if (fresh || seen.preference != preference) seen = {preference, {0, preference}};
    seen.round = round_;
    if (seen.at.tier >= route.tiers.size()) seen.at.tier = 0;  // a reload made it shorter
    judge_place(route, seen, now, look, tell);
    judge_panic(route, seen, look, tell);
  }
  std::erase_if(seen_, [this](const auto& entry) { return entry.second.round != round_; });
}

}  // namespace holdfast
