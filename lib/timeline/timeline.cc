#include "timeline/timeline.h"

#include <utility>

namespace holdfast {
namespace {

constexpr std::array kKinds{TimelineKind::state,  TimelineKind::failover,    TimelineKind::failback,
                            TimelineKind::panic,  TimelineKind::hold,        TimelineKind::drill,
                            TimelineKind::reload, TimelineKind::resolv_conf, TimelineKind::store};
static_assert(kKinds.size() == kTimelineKinds);

/// Cuts before a character that would not be whole.
void cut(std::string& text) {
  if (text.size() <= Timeline::kLongestText) return;
  std::size_t end = Timeline::kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  text.resize(end);
}

}  // namespace

const char* to_string(TimelineKind kind) noexcept {
  switch (kind) {
    case TimelineKind::state:
      return "state";
    case TimelineKind::failover:
      return "failover";
    case TimelineKind::failback:
      return "failback";
    case TimelineKind::panic:
      return "panic";
    case TimelineKind::hold:
      return "hold";
    case TimelineKind::drill:
      return "drill";
    case TimelineKind::reload:
      return "reload";
    case TimelineKind::resolv_conf:
      return "resolv_conf";
    case TimelineKind::store:
      return "store";
  }
  return "?";
}

std::optional<TimelineKind> parse_timeline_kind(std::string_view text) noexcept {
  for (const TimelineKind kind : kKinds) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::string timeline_kinds() {
  std::string words;
  for (const TimelineKind kind : kKinds)
    words += (words.empty() ? "" : ", ") + std::string(to_string(kind));
  return words;
}

const TimelineRecord& Timeline::add(TimelineEvent event, WallTime at) {
  for (std::string* text : {&event.subject, &event.cause, &event.evidence, &event.name})
    cut(*text);
  ++counts_[static_cast<std::size_t>(event.kind)];
  records_.push_back({++seq_, at, std::move(event)});
  if (records_.size() > kMost) records_.pop_front();
  return records_.back();
}

std::vector<TimelineRecord> Timeline::select(const Wanted& wanted) const {
  std::vector<TimelineRecord> found;
  for (auto it = records_.rbegin(); it != records_.rend() && found.size() < wanted.most; ++it) {
    if (it->seq <= wanted.after) break;
    if (wanted.kind && it->event.kind != *wanted.kind) continue;
    if (wanted.since && it->at < *wanted.since) continue;
    found.push_back(*it);
  }
  return found;
}

}  // namespace holdfast
