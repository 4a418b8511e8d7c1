#include "timeline/timeline.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr WallTime kStart{std::chrono::seconds(1'777'890'030)};

TimelineEvent event(TimelineKind kind, std::string subject = "vpc") {
  return {kind, std::move(subject), "cause", "evidence", ""};
}

TEST(Timeline, numbers_and_keeps_what_happened_the_latest_first) {
  Timeline timeline;
  EXPECT_EQ(timeline.add(event(TimelineKind::state), kStart).seq, 1U);
  EXPECT_EQ(timeline.add(event(TimelineKind::failover, "."), kStart + std::chrono::seconds(1)).seq,
            2U);
  const auto all = timeline.select({});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].event.subject, ".");
  EXPECT_EQ(all[1].event.subject, "vpc");
  EXPECT_EQ(timeline.dropped(), 0U);
}

TEST(Timeline, is_bounded_and_counts_what_went) {
  Timeline timeline;
  for (std::size_t i = 0; i < Timeline::kMost + 7; ++i)
    timeline.add(event(i == 0 ? TimelineKind::reload : TimelineKind::state), kStart);
  EXPECT_EQ(timeline.select({}).size(), Timeline::kMost);
  EXPECT_EQ(timeline.dropped(), 7U);
  EXPECT_EQ(timeline.select({}).back().seq, 8U);
  EXPECT_EQ(timeline.counts()[static_cast<std::size_t>(TimelineKind::reload)], 1U);
  EXPECT_EQ(timeline.counts()[static_cast<std::size_t>(TimelineKind::state)], Timeline::kMost + 6);
}

TEST(Timeline, selects_by_kind_time_and_number) {
  Timeline timeline;
  for (int i = 0; i < 10; ++i) {
    timeline.add(event(i % 2 == 0 ? TimelineKind::state : TimelineKind::hold),
                 kStart + std::chrono::seconds(i));
  }
  Timeline::Wanted holds;
  holds.kind = TimelineKind::hold;
  EXPECT_EQ(timeline.select(holds).size(), 5U);
  Timeline::Wanted late;
  late.since = kStart + std::chrono::seconds(7);
  EXPECT_EQ(timeline.select(late).size(), 3U);
  Timeline::Wanted after;
  after.after = 8;
  ASSERT_EQ(timeline.select(after).size(), 2U);
  EXPECT_EQ(timeline.select(after).front().seq, 10U);
  Timeline::Wanted few;
  few.most = 4;
  EXPECT_EQ(timeline.select(few).size(), 4U);
}

TEST(Timeline, cuts_long_texts_between_characters) {
  Timeline timeline;
  TimelineEvent long_one = event(TimelineKind::store, std::string(300, 'a'));
  long_one.evidence = std::string(254, 'b') + "\xC3\xA9";
  const TimelineRecord& kept = timeline.add(std::move(long_one), kStart);
  EXPECT_EQ(kept.event.subject.size(), Timeline::kLongestText);
  EXPECT_EQ(kept.event.evidence, std::string(254, 'b'));
}

TEST(Timeline, kinds_are_read_as_they_are_written) {
  for (std::size_t i = 0; i < kTimelineKinds; ++i) {
    const auto kind = static_cast<TimelineKind>(i);
    EXPECT_EQ(parse_timeline_kind(to_string(kind)), kind);
    EXPECT_NE(timeline_kinds().find(to_string(kind)), std::string::npos);
  }
  EXPECT_FALSE(parse_timeline_kind("nothing"));
}

}  // namespace
}  // namespace holdfast
