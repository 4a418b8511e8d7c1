#include "drill/drill_run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace holdfast {
namespace {

std::string percent_text(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

}  // namespace

DrillSample DrillSample::since(const DrillSample& earlier) const noexcept {
  DrillSample made = *this;
  made.queries -= earlier.queries;
  made.answered -= earlier.answered;
  made.failed -= earlier.failed;
  made.stale -= earlier.stale;
  made.exchanges -= earlier.exchanges;
  made.seen -= earlier.seen;
  made.spoiled -= earlier.spoiled;
  for (std::size_t i = 0; i < lookups.size(); ++i)
    made.lookups[i] -= earlier.lookups[i];
  return made;
}

std::optional<Duration> DrillPhase::percentile(double share) const noexcept {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counted.lookups)
    all += count;
  if (all == 0) return std::nullopt;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all)));
  std::uint64_t passed = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < counted.lookups.size(); ++bucket) {
    passed += counted.lookups[bucket];
    if (passed >= wanted) break;
  }
  return Histogram::upper_bound(bucket);
}

const char* to_string(DrillEnd end) noexcept {
  switch (end) {
    case DrillEnd::running:
      return "running";
    case DrillEnd::time_over:
      return "ended";
    case DrillEnd::stopped:
      return "stopped";
    case DrillEnd::aborted:
      return "aborted";
    case DrillEnd::reload:
      return "reload";
  }
  return "?";
}

DrillRun::DrillRun(Start start)
    : started_(start.now), ended_(kForever), at_start_(start.sample), at_end_(start.sample) {
  report_.id = start.id;
  report_.plan = std::move(start.plan);
  report_.started = start.wall;
  report_.ends = start.wall + std::chrono::duration_cast<WallTime::duration>(report_.plan.length);
  report_.before = start.before;
  for (const DrillRoute& route : report_.plan.routes) {
    if (route.reached) report_.moves.push_back({route.label, {}, {}});
  }
  window_.push_back({start.now, start.sample});
}

bool DrillRun::tick(TimePoint now, const DrillSample& sample) {
  if (running()) {
    report_.during = {now - started_, sample.since(at_start_)};
    if (now - started_ >= report_.plan.length) {
      end(DrillEnd::time_over, "", now, sample);
      return true;
    }
    std::string why = too_many_failures(now, sample);
    if (why.empty()) return false;
    end(DrillEnd::aborted, std::move(why), now, sample);
    return true;
  }
  if (report_.final) return false;
  report_.after = {now - ended_, sample.since(at_end_)};
  const bool over = now - ended_ >= kAfterMost || (now - ended_ >= kAfter && all_are_back());
  report_.final = over;
  return false;
}

std::string DrillRun::too_many_failures(TimePoint now, const DrillSample& sample) {
  window_.push_back({now, sample});
  while (window_.size() > 1 && now - window_[1].at >= kWindow)
    window_.pop_front();
  const DrillSample lately = sample.since(window_.front().sample);
  const std::uint64_t all = lately.answered + lately.failed;
  if (lately.failed < kLeastFailures) return {};
  const double share = static_cast<double>(lately.failed) / static_cast<double>(all);
  if (100 * share <= report_.plan.order.abort_above) return {};
  return percent_text(share) + " of clients' queries failed, " + std::to_string(lately.failed) +
         " of " + std::to_string(all);
}

bool DrillRun::all_are_back() const noexcept {
  return std::ranges::all_of(report_.moves,
                             [](const DrillMove& move) { return !move.failover || move.failback; });
}

void DrillRun::end(DrillEnd how, std::string why, TimePoint now, const DrillSample& sample) {
  if (!running()) return;
  report_.end = how;
  report_.why = std::move(why);
  report_.during = {now - started_, sample.since(at_start_)};
  report_.ends =
      report_.started + std::chrono::duration_cast<WallTime::duration>(report_.during.length);
  ended_ = now;
  at_end_ = sample;
}

void DrillRun::moved(const std::string& route, bool back, TimePoint now) {
  if (report_.final) return;
  for (DrillMove& move : report_.moves) {
    if (move.route != route) continue;
    if (!back && running() && !move.failover) move.failover = now - started_;
    // It may come back before the end, in a pack whose outage comes and goes: the last one counts.
    if (back && move.failover) move.failback = std::max(Duration{}, now - std::min(ended_, now));
    if (!back) move.failback.reset();
  }
}

}  // namespace holdfast
