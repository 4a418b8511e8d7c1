#include "control/hold_watch.h"

#include <chrono>

#include "base/units.h"

namespace holdfast {
namespace {

std::string seconds_text(Duration d) {
  return print_duration(std::chrono::duration_cast<std::chrono::seconds>(d));
}

TimelineEvent more(std::size_t count, const char* what) {
  return {TimelineKind::hold, std::to_string(count) + " more", what, "see holdfastctl holds", ""};
}

}  // namespace

void HoldWatch::look(const std::vector<Hold>& holds, TimePoint now, Released released, Tell tell) {
  ++round_;
  std::size_t begun = 0, over = 0;
  for (const Hold& hold : holds) {
    auto [it, fresh] = known_.try_emplace(hold.question.to_string(), Known{hold, round_});
    it->second.round = round_;
    if (!fresh || ++begun > kMostRecords) continue;
    tell({TimelineKind::hold, hold.route, std::string(why_held(hold.why)), hold.says + " denies it",
          it->first});
  }
  std::erase_if(known_, [&](const auto& entry) {
    const auto& [name, known] = entry;
    if (known.round == round_) return false;
    if (++over <= kMostRecords) {
      const bool given_in = released(known.hold.question);
      tell({TimelineKind::hold, known.hold.route,
            given_in ? "released by the operator" : "no longer held",
            "held for " + seconds_text(now - known.hold.since), name});
    }
    return true;
  });
  if (begun > kMostRecords) tell(more(begun - kMostRecords, "held"));
  if (over > kMostRecords) tell(more(over - kMostRecords, "no longer held"));
}

}  // namespace holdfast
