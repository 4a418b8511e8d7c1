#include "probe/checker.h"

#include <algorithm>

#include "probe/schedule.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxEvents = 256;

/// What was read of one worker's sheet at the last tick.
struct Seen {
  std::uint64_t good = 0, bad = 0, retracted = 0, failed = 0, late = 0, unproven = 0, answers = 0,
                stalls = 0, failure_runs = 0;
  std::array<std::uint64_t, Histogram::kBuckets> rtt{};
};

std::uint64_t advance(std::uint64_t& seen, const Counter& counter) {
  const std::uint64_t value = counter.get();
  return value - std::exchange(seen, value);
}

void add_sheet(EvidenceDelta& delta, Seen& seen, const Evidence& sheet) {
  delta.good += advance(seen.good, sheet.good);
  delta.bad += advance(seen.bad, sheet.bad);
  delta.retracted += advance(seen.retracted, sheet.retracted);
  delta.failed += advance(seen.failed, sheet.failed);
  delta.late += advance(seen.late, sheet.late);
  delta.unproven += advance(seen.unproven, sheet.unproven);
  delta.answers += advance(seen.answers, sheet.answers);
  delta.stalls += advance(seen.stalls, sheet.stalls);
  delta.failure_runs += advance(seen.failure_runs, sheet.failure_runs);
  delta.last_answer = std::max(delta.last_answer, Evidence::load(sheet.last_answer));
  delta.oldest_unanswered =
      std::min(delta.oldest_unanswered, Evidence::load(sheet.oldest_unanswered));
  for (std::size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    const std::uint64_t count = sheet.rtt.count(bucket);
    delta.rtt[bucket] += static_cast<std::uint32_t>(count - std::exchange(seen.rtt[bucket], count));
  }
}

}  // namespace

/// One upstream under watch.
struct Checker::Watched {
  Watched(std::shared_ptr<const Upstream> spec, const FailoverPolicy& policy, TimePoint now)
      : upstream(std::move(spec)), health(policy, now), next_probe(now) {}

  std::shared_ptr<const Upstream> upstream;
  Health health;
  std::vector<Seen> seen;  // per worker
  Forced forced = Forced::automatic;
  TimePoint forced_until = kForever;
  TimePoint next_probe;
  TimePoint last_probe = kNever;
  std::optional<Outcome> last_outcome;
  unsigned probe_failures_running = 0;
  std::uint64_t probes = 0, probe_failures = 0;
  std::optional<Cause> hindrance;
};

Checker::Checker(Transport& transport, TimerQueue& timers, Random& random, HealthBoard& board,
                 UpstreamTraits& traits)
    : board_(board),
      traits_(traits),
      random_(random),
      prober_(transport, timers, traits,
              [this](const ProbeEnd& end, TimePoint now) { on_probe(end, now); }),
      watched_(kMaxUpstreams) {}

Checker::~Checker() = default;

void Checker::watch(const EvidenceBook& book) {
  books_.push_back(&book);
}

void Checker::adopt(SnapshotPtr snapshot, TimePoint now) {
  if (last_tick_ == kNever) last_tick_ = now;  // the first tick is due from here
  snapshot_ = std::move(snapshot);
  for (std::size_t i = 0; i < kMaxUpstreams; ++i) {
    auto& slot = watched_[i];
    const auto& spec = i < snapshot_->upstreams.size() ? snapshot_->upstreams[i] : nullptr;
    if (spec == nullptr) {
      prober_.cancel(static_cast<UpstreamId>(i));
      slot.reset();
      continue;
    }
    if (slot && slot->upstream->same_server(*spec)) {
      slot->upstream = spec;
      slot->health.set_policy(snapshot_->policy);
    } else {
      prober_.cancel(spec->id);
      traits_.reset(spec->id);
      slot = std::make_unique<Watched>(spec, snapshot_->policy, now);
    }
    slot->seen.resize(books_.size());
    (void)follow_hindrance(*slot, now);
    publish(*slot, now);
  }
}

void Checker::tick(TimePoint now) {
  last_tick_ = now;
  for (auto& slot : watched_) {
    if (!slot) continue;
    if (follow_hindrance(*slot, now)) judge(*slot, now);
    if (slot->forced_until <= now) force(slot->upstream->id, Forced::automatic, kForever, now);
    publish(*slot, now);
    start_due_probe(*slot, now);
  }
}

void Checker::judge(Watched& watched, TimePoint now) {
  collect(watched, now);
  note(watched, watched.health.tick(now));
  consider_down(watched, now);
}

/// False while the upstream cannot be asked. What it did before says nothing once it can.
bool Checker::follow_hindrance(Watched& watched, TimePoint now) {
  const auto hindrance = hindrance_ ? hindrance_(*watched.upstream) : std::nullopt;
  const auto before = std::exchange(watched.hindrance, hindrance);
  if (before == hindrance) return !hindrance;
  if (hindrance) {
    prober_.cancel(watched.upstream->id);
    note(watched, watched.health.eject(*hindrance, now));
    watched.next_probe = kForever;
  } else {
    (void)gather(watched);
    const Cause over = before == Cause::loop ? Cause::loop_over : Cause::address_found;
    note(watched, watched.health.forget(over, now));
    watched.next_probe = now;
  }
  return !hindrance;
}

EvidenceDelta Checker::gather(Watched& watched) {
  EvidenceDelta delta;
  for (std::size_t i = 0; i < books_.size(); ++i) {
    const Evidence* sheet = books_[i]->find(watched.upstream->id);
    if (sheet != nullptr) add_sheet(delta, watched.seen[i], *sheet);
  }
  return delta;
}

void Checker::collect(Watched& watched, TimePoint now) {
  note(watched, watched.health.observe(gather(watched), now));
}

void Checker::consider_down(Watched& watched, TimePoint now) {
  const Ejection wanted = watched.health.wants_down(now);
  if (wanted == Ejection::none) return;
  if (wanted == Ejection::hard) {
    note(watched, watched.health.eject(Cause::silent, now));
  } else if (may_eject_softly(watched, now)) {
    last_soft_ejection_ = now;
    last_soft_provider_ = watched.upstream->provider;
    note(watched, watched.health.eject(Cause::low_ratio, now));
  } else {
    return;
  }
  watched.probe_failures_running = 0;
  plan_probe(watched, now);
}

/// Floors: no route falls below its min_usable on soft evidence, and providers leave one at a time.
bool Checker::may_eject_softly(const Watched& watched, TimePoint now) const {
  const bool same_provider = last_soft_provider_ == watched.upstream->provider;
  const bool lately = last_soft_ejection_ != kNever &&
                      now - last_soft_ejection_ < snapshot_->policy.ejection_interval;
  if (lately && !same_provider) return false;
  return std::ranges::none_of(snapshot_->routes.routes(), [&](const Route& route) {
    const bool member = std::ranges::any_of(route.tiers, [&](const Tier& tier) {
      return std::ranges::find(tier, watched.upstream->id) != tier.end();
    });
    return member && usable_count(route) < route.min_usable + 1;
  });
}

unsigned Checker::usable_count(const Route& route) const {
  unsigned count = 0;
  for (const Tier& tier : route.tiers) {
    for (const UpstreamId id : tier) {
      const Watched* w = watched(id);
      count += w != nullptr && view(*w, last_tick_).usable() ? 1U : 0U;
    }
  }
  return count;
}

bool Checker::some_route_has_nobody(UpstreamId id) const {
  return std::ranges::any_of(snapshot_->routes.routes(), [&](const Route& route) {
    const bool member = std::ranges::any_of(
        route.tiers, [&](const Tier& tier) { return std::ranges::find(tier, id) != tier.end(); });
    return member && usable_count(route) == 0;
  });
}

HealthView Checker::view(const Watched& watched, TimePoint now) const {
  HealthView view = watched.health.view(now);
  view.forced = watched.forced;
  view.barred = watched.hindrance == Cause::loop;
  return view;
}

void Checker::publish(Watched& watched, TimePoint now) {
  board_.publish(watched.upstream->id, view(watched, now));
}

void Checker::note(Watched& watched, const std::optional<Transition>& transition) {
  if (!transition) return;
  // A short stall that is over is no news to questions that failed; everything else is.
  const bool stall_over =
      transition->from == HealthState::suspect && transition->to == HealthState::up;
  const bool into_doubt = transition->to == HealthState::suspect;
  if (!stall_over && !into_doubt) board_.advance_epoch();
  events_.push_back({transition->at, watched.upstream->id, watched.upstream->name, transition->from,
                     transition->to, transition->cause});
  if (events_.size() > kMaxEvents) events_.pop_front();
  if (transition->to == HealthState::suspect) watched.next_probe = transition->at;
}

/// Is somebody waiting for a probe's word? Not more often than one is worth: a broken name may want
/// one at every query.
bool Checker::probe_asked_for(const Watched& watched, TimePoint now) const {
  const bool lately =
      watched.last_probe != kNever && now - watched.last_probe < snapshot_->policy.probe_suspect;
  return watched.health.probe_wanted() && !lately;
}

void Checker::start_due_probe(Watched& watched, TimePoint now) {
  if (watched.hindrance) return;
  const bool due = now >= watched.next_probe || probe_asked_for(watched, now);
  if (!due || prober_.in_flight(watched.upstream->id)) return;
  const bool ens = watched.upstream->upstream_class == UpstreamClass::ens;
  const Duration timeout =
      ens ? snapshot_->policy.exchange_timeout_ens : snapshot_->policy.exchange_timeout;
  // While real queries succeed there is nothing a probe could add.
  const TimePoint accepted = watched.health.last_accepted();
  const bool quiet = watched.health.state() == HealthState::up && !watched.health.probe_wanted() &&
                     accepted != kNever && now - accepted < watched.upstream->probe.interval;
  if (quiet) {
    plan_probe(watched, accepted);
    return;
  }
  watched.health.probe_started();
  watched.next_probe = kForever;
  ++watched.probes;
  prober_.probe(watched.upstream, timeout, now);
}

void Checker::on_probe(const ProbeEnd& end, TimePoint now) {
  Watched* w = watched(end.id);
  if (w == nullptr) return;
  w->last_probe = now;
  w->last_outcome = end.outcome;
  collect(*w, now);  // what real queries say counts up to this moment
  if (end.success()) {
    w->probe_failures_running = 0;
    note(*w, w->health.probe_answered(end.rtt, now));
  } else if (row(end.outcome).origin != Origin::local) {
    ++w->probe_failures;
    ++w->probe_failures_running;
    note(*w, w->health.probe_failed(is_silence(end.outcome), end.sent_at, now));
  }
  plan_probe(*w, now);
  publish(*w, now);
}

void Checker::plan_probe(Watched& watched, TimePoint now) {
  ProbeSituation situation;
  situation.state = watched.health.state();
  situation.failures_running = watched.probe_failures_running;
  situation.successes_running = watched.health.successes_running();
  situation.route_has_no_usable = some_route_has_nobody(watched.upstream->id);
  situation.interval = watched.upstream->probe.interval;
  watched.next_probe = now + next_probe_after(situation, snapshot_->policy, random_);
}

void Checker::force(UpstreamId id, Forced forced, TimePoint until, TimePoint now) {
  Watched* w = watched(id);
  if (w == nullptr) return;
  if (w->forced != forced) board_.advance_epoch();
  w->forced = forced;
  w->forced_until = forced == Forced::automatic ? kForever : until;
  publish(*w, now);
}

void Checker::restore(std::string_view upstream, HealthState saved, Duration age, TimePoint now) {
  if (age > snapshot_->policy.saved_state_max_age) return;
  for (auto& slot : watched_) {
    if (!slot || slot->upstream->name != upstream) continue;
    const Health& health = slot->health;
    const bool unknown = health.state() == HealthState::up && health.cause() == Cause::start &&
                         health.samples() == 0 && !slot->last_outcome;
    if (!unknown) continue;
    note(*slot, slot->health.restore(saved, now));
    publish(*slot, now);
  }
}

void Checker::network_changed(TimePoint now) {
  for (auto& slot : watched_) {
    if (!slot || slot->hindrance) continue;
    prober_.cancel(slot->upstream->id);
    traits_.reset(slot->upstream->id);
    slot->health.forget(Cause::network_change, now);
    slot->next_probe = now;
    publish(*slot, now);
  }
  board_.advance_epoch();
}

std::vector<UpstreamStatus> Checker::status(TimePoint now) const {
  std::vector<UpstreamStatus> all;
  for (const auto& slot : watched_) {
    if (!slot) continue;
    all.push_back({slot->upstream->id, slot->upstream->name, slot->upstream->provider_name,
                   view(*slot, now), slot->health.since(), slot->health.cause(),
                   slot->health.good_ratio(), static_cast<unsigned>(slot->health.samples()),
                   slot->last_probe, slot->last_outcome, slot->next_probe, slot->forced_until});
  }
  return all;
}

std::vector<HealthEvent> Checker::take_events() {
  std::vector<HealthEvent> taken(events_.begin(), events_.end());
  events_.clear();
  return taken;
}

std::uint64_t Checker::probes_sent(UpstreamId id) const {
  const Watched* w = watched(id);
  return w == nullptr ? 0 : w->probes;
}

std::uint64_t Checker::probes_failed(UpstreamId id) const {
  const Watched* w = watched(id);
  return w == nullptr ? 0 : w->probe_failures;
}

}  // namespace holdfast
