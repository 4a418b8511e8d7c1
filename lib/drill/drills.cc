#include "drill/drills.h"

#include <utility>

#include "route/drill_reach.h"

namespace holdfast {

const DrillReport* Drills::start(DrillPlan plan, TimePoint now, WallTime wall, std::string& error) {
  if (const DrillReport* other = running()) {
    error = "drill " + std::to_string(other->id) + " runs: stop it first, or wait";
    return nullptr;
  }
  DrillRun::Start start;
  start.id = ++last_id_;
  start.now = now;
  start.wall = wall;
  if (!past_.empty()) {
    start.sample = past_.back().sample;
    start.before = {past_.back().at - past_.front().at,
                    past_.back().sample.since(past_.front().sample)};
  }
  const auto& route = plan.order.route;
  board_.begin(route ? drill_scope(*route) : kEveryPublicRoute, now + plan.length);
  start.plan = std::move(plan);
  runs_.emplace_back(std::move(start));
  if (runs_.size() > kReports) runs_.pop_front();
  ++counts_[static_cast<std::size_t>(DrillEnd::running)];
  write_board(now);
  return &runs_.back().report();
}

void Drills::write_board(TimePoint now) {
  const DrillRun& run = runs_.back();
  const DrillPlan& plan = run.report().plan;
  for (const UpstreamId id : plan.everybody)
    board_.spoil(id, plan.at(id, run.elapsed(now)));
}

void Drills::finish(Over over) {
  board_.quiet();
  const DrillReport& report = runs_.back().report();
  ++counts_[static_cast<std::size_t>(report.end)];
  over(report);
}

void Drills::follow(TimePoint now, Over over) {
  if (running() == nullptr) return;
  DrillRun& run = runs_.back();
  if (run.elapsed(now) >= run.report().plan.length && !past_.empty()) {
    if (run.tick(now, past_.back().sample)) return finish(over);
  }
  write_board(now);
}

void Drills::count(const DrillSample& sample, TimePoint now, Over over) {
  past_.push_back({now, sample});
  while (now - past_.front().at > DrillRun::kBefore)
    past_.pop_front();
  if (!runs_.empty() && runs_.back().tick(now, sample)) finish(over);
}

bool Drills::end(unsigned id, DrillEnd how, TimePoint now, Over over) {
  const DrillReport* report = running();
  if (report == nullptr || (id != 0 && report->id != id)) return false;
  runs_.back().end(how, "", now, past_.empty() ? DrillSample{} : past_.back().sample);
  finish(over);
  return true;
}

void Drills::moved(const std::string& route, bool back, TimePoint now) {
  if (!runs_.empty()) runs_.back().moved(route, back, now);
}

const DrillReport* Drills::running() const noexcept {
  return !runs_.empty() && runs_.back().running() ? &runs_.back().report() : nullptr;
}

std::vector<const DrillReport*> Drills::list() const {
  std::vector<const DrillReport*> all;
  for (auto it = runs_.rbegin(); it != runs_.rend(); ++it)
    all.push_back(&it->report());
  return all;
}

const DrillReport* Drills::find(unsigned id) const noexcept {
  if (id == 0) return runs_.empty() ? nullptr : &runs_.back().report();
  for (const DrillRun& run : runs_) {
    if (run.report().id == id) return &run.report();
  }
  return nullptr;
}

}  // namespace holdfast
