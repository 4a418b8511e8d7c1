#include "daemon/timeline_writer.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "control/timeline_json.h"
#include "daemon/control_plane.h"
#include "daemon/log.h"
#include "upstream/outcome.h"

namespace holdfast {
namespace {

/// "25 % of 40 good, last probe timeout"
std::string evidence_of(const UpstreamStatus& status) {
  std::string text = "nothing measured";
  if (status.samples > 0) {
    text = fmt::format("{:.0f} % of {} good", 100 * status.good_ratio, status.samples);
  }
  if (status.last_probe_outcome) {
    text += fmt::format(", last probe {}", to_string(*status.last_probe_outcome));
  }
  return text;
}

void watch_forced(Service& service, const std::vector<UpstreamStatus>& all) {
  auto& known = service.seen.forced;
  for (const UpstreamStatus& status : all) {
    Forced& before = known.try_emplace(status.id, Forced::automatic).first->second;
    if (before == status.view.forced) continue;
    before = status.view.forced;
    record(service, {TimelineKind::state, status.name,
                     before == Forced::automatic ? "health decides again" : to_string(before),
                     fmt::format("is {} by health", to_string(status.view.state)), ""});
  }
}

void watch_takeover(Service& service) {
  const auto& drift = service.guard.drift();
  auto& known = service.seen.drift;
  if (drift == known) return;
  if (drift && !drift->empty()) {
    for (const std::string& line : *drift) {
      if (known && std::ranges::find(*known, line) != known->end()) continue;
      record(service,
             {TimelineKind::resolv_conf, "takeover", "changed by somebody else", line, ""});
    }
  } else if (known && !known->empty()) {
    record(service, {TimelineKind::resolv_conf, "takeover", "in order again", "", ""});
  }
  known = drift;
}

void watch_store(Service& service) {
  if (!service.store) return;
  const StoreCounters& counters = service.store->counters();
  StoreSeen& seen = service.seen.store;
  const bool up = counters.up.get() != 0;
  const std::uint64_t errors = counters.errors.get();
  const std::uint64_t set_aside = counters.set_aside.get();
  if (set_aside > seen.set_aside) {
    record(service, {TimelineKind::store, service.started_with.store.path,
                     "a damaged file was set aside", fmt::format("{} in all", set_aside), ""});
  }
  // Until it is up for the first time it opens; without an error that is no trouble.
  const bool trouble = !up && (seen.up || errors > seen.errors);
  if (trouble && !seen.trouble) {
    record(service, {TimelineKind::store, service.started_with.store.path,
                     "what is learnt does not get to the disk",
                     fmt::format("{} errors in all", errors), ""});
  } else if (up && seen.trouble) {
    record(service,
           {TimelineKind::store, service.started_with.store.path, "written again", "", ""});
  }
  seen = {up, (seen.trouble || trouble) && !up, errors, set_aside};
}

/// Nearly always nothing has changed since the last beat, and nothing need be looked at.
bool states_changed(Service& service) {
  std::vector<std::uint8_t> states(service.snapshot->upstreams.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    const HealthView view = service.board->read(static_cast<UpstreamId>(i));
    const unsigned forced = static_cast<unsigned>(view.forced) << 2U;
    const unsigned barred = view.barred ? 0x10U : 0U;
    states[i] = static_cast<std::uint8_t>(static_cast<unsigned>(view.state) | forced | barred);
  }
  const std::uint64_t generation = service.snapshot->generation;
  const bool changed = service.seen.generation != generation || service.seen.states != states;
  service.seen.generation = generation;
  service.seen.states = std::move(states);
  return changed;
}

}  // namespace

void record(Service& service, TimelineEvent event) {
  static std::array<LogSite, kTimelineKinds> sites;
  LogSite& site = sites[static_cast<std::size_t>(event.kind)];
  const TimelineRecord& kept =
      service.timeline.add(std::move(event), std::chrono::system_clock::now());
  if (log_enabled(LogLevel::info)) {
    log_limited(site, LogLevel::info, "timeline " + timeline_line(kept));
  }
}

void record_change(Service& service, const HealthEvent& change) {
  std::string evidence;
  for (const UpstreamStatus& status : service.plane->checker().status(change.at)) {
    if (status.id == change.id) evidence = evidence_of(status);
  }
  record(service, {TimelineKind::state, change.upstream,
                   fmt::format("{} -> {}: {}", to_string(change.from), to_string(change.to),
                               to_string(change.cause)),
                   std::move(evidence), ""});
}

void watch_routes(Service& service, TimePoint now) {
  if (!states_changed(service)) return;
  const std::vector<UpstreamStatus> all = service.plane->checker().status(now);
  watch_forced(service, all);
  std::vector<WatchedUpstream> looks(kMaxUpstreams);
  for (const UpstreamStatus& status : all)
    looks[index(status.id)] = {status.name, status.view, to_string(status.cause)};
  service.seen.routes.look(
      service.snapshot->routes.routes(), now, [&looks](UpstreamId id) { return looks[index(id)]; },
      [&service, now](TimelineEvent event) {
        const bool back = event.kind == TimelineKind::failback;
        if (back || event.kind == TimelineKind::failover) {
          service.drills.moved(event.subject, back, now);
        }
        record(service, std::move(event));
      });
}

void watch_rest(Service& service, TimePoint now) {
  if (!service.holds.empty() || !service.seen.holds.empty()) {
    service.seen.holds.look(
        service.holds.list(now), now,
        [&service](const dns::Question& question) { return service.holds.released(question); },
        [&service](TimelineEvent event) { record(service, std::move(event)); });
  }
  watch_takeover(service);
  watch_store(service);
}

}  // namespace holdfast
