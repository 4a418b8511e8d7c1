#include "upstream/loop_marks.h"

#include <gtest/gtest.h>

#include "simulate/sim_random.h"

namespace holdfast {
namespace {

constexpr UpstreamId kId{7};

dns::Name zone(const char* text) {
  return dns::Name::parse(text).value();
}

TEST(LoopMarks, notices_its_own_questions_whatever_their_case) {
  sim::SeededRandom random(1);
  LoopMarks marks(random);
  EXPECT_EQ(marks.came_round(kId), 0U);
  const auto first = marks.question(kId, 1, zone("."));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->name.label_count(), 1U);
  EXPECT_TRUE(marks.notice(first->name.wire()));
  EXPECT_EQ(marks.came_round(kId), 1U);
  auto later = marks.question(kId, 0xfedcba98, zone("corp.internal"));
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->name.is_subdomain_of(zone("corp.internal")));
  later->name.randomise_case(random);
  EXPECT_TRUE(marks.notice(later->name.wire()));
  EXPECT_EQ(marks.came_round(kId), 0xfedcba98U);
  EXPECT_EQ(marks.came_round(UpstreamId{0}), 0U);
}

TEST(LoopMarks, does_not_take_others_questions_for_its_own) {
  sim::SeededRandom random(1);
  LoopMarks marks(random);
  LoopMarks neighbour(random);
  const auto theirs = neighbour.question(kId, 1, zone("."));
  EXPECT_FALSE(marks.notice(theirs->name.wire()));
  const std::string ours = marks.question(kId, 1, zone("."))->name.to_string();
  for (std::size_t i = 0; i + 1 < ours.size(); ++i) {
    std::string other = ours;
    other[i] = other[i] == 'z' ? 'y' : 'z';
    EXPECT_FALSE(marks.notice(zone(other.c_str()).wire())) << other;
  }
  for (const char* name : {".", "www.example.org", "holdfast-loop-"})
    EXPECT_FALSE(marks.notice(zone(name).wire())) << name;
  EXPECT_EQ(marks.came_round(kId), 0U);
}

TEST(LoopMarks, knows_the_sign_that_arrived_last) {
  sim::SeededRandom random(1);
  LoopMarks marks(random);
  const auto first = marks.new_sign();
  const auto second = marks.new_sign();
  EXPECT_TRUE(first.is_subdomain_of(zone("test")));
  EXPECT_FALSE(marks.has_arrived(first) || marks.has_arrived(second));
  auto asked = first;
  asked.randomise_case(random);
  EXPECT_TRUE(marks.notice(asked.wire()));
  EXPECT_TRUE(marks.has_arrived(first));
  EXPECT_FALSE(marks.has_arrived(second));
  EXPECT_TRUE(marks.notice(second.wire()));
  EXPECT_FALSE(marks.has_arrived(first));
  EXPECT_FALSE(marks.has_arrived(zone("www.example.org")));
  EXPECT_EQ(marks.came_round(UpstreamId{kMaxUpstreams - 1}), 0U) << "no upstream leads back here";
  const auto upstreams = marks.question(kId, 1, zone("test"));
  EXPECT_TRUE(marks.notice(upstreams->name.wire()));
  EXPECT_FALSE(marks.has_arrived(upstreams->name)) << "no program of this host asked it";
}

TEST(LoopMarks, has_none_where_no_name_fits) {
  sim::SeededRandom random(1);
  const LoopMarks marks(random);
  std::string deep;
  for (int i = 0; i < 5; ++i)
    deep += std::string(40, 'a') + ".";
  EXPECT_FALSE(marks.question(kId, 1, zone(deep.c_str())));
}

}  // namespace
}  // namespace holdfast
