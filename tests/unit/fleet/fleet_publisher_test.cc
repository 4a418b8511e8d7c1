// Which answers are worth a packet to the fleet's server.
#include "fleet/fleet_publisher.h"

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

class FleetPublisherTest : public testing::Test {
 protected:
  void publish(const std::vector<std::uint8_t>& record, Duration after = {}) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(after);
    publisher.publish(record, &session, kWall + seconds, kStart + after);
  }

  [[nodiscard]] std::uint64_t not_published(NotPublished why) const {
    return counters.not_published[why].get();
  }

  FleetKeys both = keys(kKey + "\n" + kOldKey);
  FleetCounters counters;
  FleetPublisher publisher{both, {"ring", 10, 72h}, counters};
  ReadySession session;
};

TEST_F(FleetPublisherTest, sends_what_the_first_key_seals_for_as_long_as_it_may_be_served) {
  const Asked asked("www.example");
  publish(record_of(asked));
  const std::string sent = text_of(session.take_output());
  const std::string name = both.name_of(asked.key(), "ring", 0);
  std::vector<std::uint8_t> value;
  seal(both, name, kWall + 300s + 72h, record_of(asked), value);
  EXPECT_NE(sent.find(bulk("SET") + bulk(name) + bulk(text_of(value)) + bulk("PX") +
                      bulk(std::to_string((300 + 72 * 3600) * 1000))),
            std::string::npos)
      << sent;
  EXPECT_EQ(counters.published.get(), 1U);
}

TEST_F(FleetPublisherTest, does_not_repeat_itself) {
  const Asked asked("www.example");
  publish(record_of(asked));
  publish(record_of(asked, kWall + 5s), 5s);
  publish(record_of(asked, kWall + 29s), 29s);
  EXPECT_EQ(counters.published.get(), 1U);
  EXPECT_EQ(not_published(NotPublished::repeated), 2U);
  publish(record_of(asked, kWall + 31s), 31s);
  EXPECT_EQ(counters.published.get(), 2U);
  publish(record_of(asked, kWall + 90s, 242s), 90s);
  EXPECT_EQ(counters.published.get(), 2U) << "the same end: an upstream's cache counts down";
  publish(record_of(Asked("other.example"), kWall + 90s), 90s);
  EXPECT_EQ(counters.published.get(), 3U);
}

TEST_F(FleetPublisherTest, another_session_is_told_anew) {
  publish(record_of(Asked("www.example")));
  publisher.forget();
  publish(record_of(Asked("www.example")));
  EXPECT_EQ(counters.published.get(), 2U);
}

TEST_F(FleetPublisherTest, keeps_to_its_rate) {
  for (int i = 0; i < 100; ++i)
    publish(record_of(Asked(std::to_string(i) + ".example")));
  EXPECT_EQ(counters.published.get(), 10U * FleetPublisher::kBurst);
  EXPECT_EQ(not_published(NotPublished::rate), 50U);
  for (int i = 0; i < 100; ++i)
    publish(record_of(Asked(std::to_string(i) + ".example.org"), kWall + 1s), 1s);
  EXPECT_EQ(counters.published.get(), 60U);
}

TEST_F(FleetPublisherTest, negative_answers_and_what_is_no_record_stay_here) {
  publish(record_of(Asked("www.example"), kWall, 300s, dns::AnswerKind::nodata));
  publish({1, 2, 3});
  EXPECT_TRUE(session.take_output().empty());
}

TEST_F(FleetPublisherTest, without_a_session_or_room_it_counts) {
  publisher.publish(record_of(Asked("www.example")), nullptr, kWall, kStart);
  EXPECT_EQ(not_published(NotPublished::disconnected), 1U);
  while (session.has_room())
    session.ping(kStart);
  publish(record_of(Asked("www.example")));
  EXPECT_EQ(not_published(NotPublished::busy), 1U);
  EXPECT_EQ(counters.published.get(), 0U);
}

TEST_F(FleetPublisherTest, an_answer_that_was_over_long_ago_is_kept_a_moment) {
  publish(record_of(Asked("www.example"), kWall - 9999h));
  EXPECT_NE(text_of(session.take_output()).find(bulk("PX") + bulk("1000")), std::string::npos);
}

}  // namespace
}  // namespace holdfast::test
