// What a reload may take away only with --force, and what it cannot change at all.

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "control/build_snapshot.h"

namespace holdfast {
namespace {

std::set<std::string> upstreams_of(const Route* route, const Snapshot& snapshot) {
  std::set<std::string> names;
  if (route == nullptr) return names;
  for (const Tier& tier : route->tiers) {
    for (const UpstreamId id : tier) {
      names.insert(snapshot.upstream(id).name);
    }
  }
  return names;
}

std::set<std::string> providers_of(const Route* route, const Snapshot& snapshot) {
  std::set<std::string> names;
  if (route == nullptr) return names;
  for (const Tier& tier : route->tiers) {
    for (const UpstreamId id : tier) {
      names.insert(snapshot.upstream(id).provider_name);
    }
  }
  return names;
}

std::string name_of(const Route& route) {
  return (route.builtin ? "built-in route \"" : "route \"") + route.label + '"';
}

std::string list(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) {
    out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

std::set<std::string> minus(const std::set<std::string>& from, const std::set<std::string>& what) {
  std::set<std::string> left;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(),
                      std::inserter(left, left.end()));
  return left;
}

/// Compares two snapshots zone by zone: what a name met before and what it would meet.
class UnsafeChanges {
 public:
  UnsafeChanges(const Snapshot& now, const Snapshot& next) : now_(now), next_(next) {}

  std::vector<std::string> run() {
    check_global_floor();
    for (const Route& route : now_.routes.routes()) {
      const Route* after = next_.routes.find(route.zone.wire());
      const bool dropped = after == nullptr || !(after->zone == route.zone);
      if (dropped && after != nullptr && check_privacy(route, *after, route.label)) continue;
      if (dropped && check_dropped(route, after)) continue;
      if (after == nullptr) continue;
      if (!dropped && check_privacy(route, *after, route.label)) continue;
      check_floor(route, *after);
      check_providers(route, *after);
    }
    for (const Route& route : next_.routes.routes()) {
      check_carved_out(route);
    }
    report_builtin();
    return std::move(reasons_);
  }

 private:
  void check_global_floor() {
    if (next_.policy.min_usable >= now_.policy.min_usable) return;
    reasons_.push_back("lowers safety.min_usable from " + whole(now_.policy.min_usable) + " to " +
                       whole(next_.policy.min_usable));
  }

  /// Routes that only follow safety.min_usable are told by check_global_floor().
  void check_floor(const Route& before, const Route& after) {
    const bool follows = before.min_usable <= static_cast<unsigned>(now_.policy.min_usable);
    if (follows || after.min_usable >= before.min_usable) return;
    reasons_.push_back("lowers min_usable of " + name_of(before) + " from " +
                       std::to_string(before.min_usable) + " to " +
                       std::to_string(after.min_usable));
  }

  bool check_privacy(const Route& before, const Route& after, const std::string& zone) {
    const bool kept = before.visibility != Visibility::private_view ||
                      after.visibility == Visibility::private_view;
    if (kept) return false;
    reasons_.push_back("names of \"" + zone + "\", now private, would become " +
                       to_string(after.visibility) + " by " + name_of(after));
    return true;
  }

  /// Dropping a route is harmless only if the one that takes its names asks the same servers.
  bool check_dropped(const Route& before, const Route* after) {
    const auto lost = minus(upstreams_of(&before, now_), upstreams_of(after, next_));
    if (lost.empty() && after != nullptr) return false;
    reasons_.push_back(
        "drops " + name_of(before) + "; its names would " +
        (after == nullptr ? "have no route" : "take " + name_of(*after)) +
        (lost.empty() || after == nullptr ? "" : ", which does not ask " + list(lost)));
    return true;
  }

  void check_providers(const Route& before, const Route& after) {
    const auto had = providers_of(&before, now_);
    const auto has = providers_of(&after, next_);
    if (check_newcomers(before, after, before.label)) return;
    const bool replaced = !had.empty() && minus(had, has) == had;
    const bool fewer = has.size() < had.size() && has.size() < 2;
    if (!replaced && !fewer) return;
    if (before.builtin && after.builtin) {
      builtin_lost_.push_back(before.label);
      return;
    }
    if (has.empty() || !replaced) {
      reasons_.push_back(
          "leaves " + name_of(before) + " with " +
          (has.empty() ? std::string("no provider") : "one provider (" + list(has) + ')') +
          " instead of " + std::to_string(had.size()) + " (" + list(had) + ')');
      return;
    }
    reasons_.push_back("leaves " + name_of(before) + " with none of its providers (" + list(had) +
                       "), others instead (" + list(has) + ')');
  }

  /// Who is asked about private names may be fewer than before, never somebody else. Built-in zones
  /// without upstreams are no secret of anybody's: the first cloud upstream may have them.
  bool check_newcomers(const Route& before, const Route& after, const std::string& zone) {
    if (before.visibility != Visibility::private_view) return false;
    const auto had = providers_of(&before, now_);
    const auto added = minus(providers_of(&after, next_), had);
    if (added.empty() || (before.builtin && had.empty())) return false;
    if (before.builtin && after.builtin) {
      builtin_newcomers_.insert(added.begin(), added.end());
      return true;
    }
    reasons_.push_back("names of \"" + zone + "\", private to " +
                       (had.empty() ? "nobody" : list(had)) + ", would be asked of " + list(added) +
                       " by " + name_of(after));
    return true;
  }

  /// A new route inside a private zone that is not private itself, or asks others.
  void check_carved_out(const Route& route) {
    const Route* before = now_.routes.find(route.zone.wire());
    if (before == nullptr || before->zone == route.zone) return;
    if (check_privacy(*before, route, route.label)) return;
    check_newcomers(*before, route, route.label);
  }

  /// The built-in zones share their upstreams: one reason for all of them.
  void report_builtin() {
    if (!builtin_newcomers_.empty()) {
      reasons_.push_back("names of the built-in private routes would be asked of " +
                         list(builtin_newcomers_) +
                         ": the route \".\" would have another provider of class cloud");
    }
    if (builtin_lost_.empty()) return;
    reasons_.push_back("takes providers from the built-in private routes (" +
                       builtin_lost_.front() + " and " + std::to_string(builtin_lost_.size() - 1) +
                       " more): the route \".\" would have fewer providers of class cloud");
  }

  static std::string whole(double value) { return std::to_string(static_cast<unsigned>(value)); }

  const Snapshot& now_;
  const Snapshot& next_;
  std::vector<std::string> reasons_;
  std::vector<std::string> builtin_lost_;
  std::set<std::string> builtin_newcomers_;
};

std::string show(const std::vector<Endpoint>& endpoints) {
  std::string out;
  for (const Endpoint& endpoint : endpoints) {
    out += (out.empty() ? "" : ", ") + endpoint.to_string();
  }
  return out;
}

std::string show(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->to_string() : "off";
}

/// Paths, not what is in them.
std::string show(const std::optional<FleetConfig>& fleet) {
  if (!fleet) return "off";
  std::string out = fleet->url();
  for (const IpAddress& address : fleet->addresses)
    out += " at " + address.to_string();
  const std::pair<const char*, const std::string*> texts[] = {
      {"key_file", &fleet->key_file}, {"username", &fleet->username},
      {"ca_file", &fleet->ca_file},   {"password_file", &fleet->password_file},
      {"prefix", &fleet->prefix},
  };
  for (const auto& [key, text] : texts)
    out += text->empty() ? "" : std::string(", ") + key + ' ' + *text;
  return out + ", max_per_second " + std::to_string(fleet->max_per_second);
}

}  // namespace

std::vector<std::string> unsafe_changes(const Snapshot& now, const Snapshot& next) {
  return UnsafeChanges(now, next).run();
}

std::vector<std::string> restart_keys(const Config& now, const Config& next) {
  std::vector<std::string> out;
  const auto compare = [&out](std::string_view key, const std::string& before,
                              const std::string& after) {
    if (before == after) return;
    out.push_back(std::string(key) + ": " + before + " stays in force until a restart, then " +
                  after);
  };
  compare("listen", show(now.listen), show(next.listen));
  compare("workers", std::to_string(now.workers), std::to_string(next.workers));
  compare("cache.max_bytes", print_size(now.cache_max_bytes), print_size(next.cache_max_bytes));
  const auto path = [](const Config& config) {
    return config.store.path.empty() ? std::string("memory only") : config.store.path;
  };
  compare("store.path", path(now), path(next));
  compare("store.max_bytes", print_size(now.store.max_bytes), print_size(next.store.max_bytes));
  compare("http", show(now.http), show(next.http));
  compare("control", now.control, next.control);
  compare("fleet", show(now.fleet), show(next.fleet));
  compare("limits.lookups", std::to_string(now.limits.lookups),
          std::to_string(next.limits.lookups));
  compare("limits.waiters", std::to_string(now.limits.waiters),
          std::to_string(next.limits.waiters));
  return out;
}

}  // namespace holdfast
