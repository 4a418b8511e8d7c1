// Reading: what comes is put into the cache if it can be believed, and whoever asked is told once.
#include "fleet/fleet_reads.h"

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

class FleetReadsTest : public testing::Test {
 protected:
  void ask(const Asked& asked, std::uint64_t number = 1) {
    const FleetQuestion question{
        {asked.name, asked.type, asked.rr_class}, asked.dnssec_ok, asked.checking_disabled};
    reads.begin(question, {3, number}, &session, kStart);
  }

  void reply(const std::string& text) {
    (void)session.take(bytes_of(text), kStart, [this](const RedisAnswer& answer) {
      reads.on_reply(answer.tag, answer.reply, kWall + 400s, kStart);
    });
  }

  [[nodiscard]] std::string value_of(const Asked& asked, const FleetKeys& by) const {
    std::vector<std::uint8_t> value;
    seal(by, by.name_of(asked.key(), "ring", 0), kWall + 300s + 72h, record_of(asked), value);
    return bulk(text_of(value));
  }

  FleetKeys both = keys(kKey + "\n" + kOldKey);
  FleetCounters counters;
  Cache cache{std::size_t{4} << 20U, 1};
  std::vector<std::pair<std::uint64_t, FleetRead>> finished;
  FleetReads reads{both,
                   {"ring", 10, 72h},
                   cache,
                   counters,
                   [this](const FleetTicket& ticket, FleetRead result) {
                     EXPECT_EQ(ticket.port, 3U);
                     finished.emplace_back(ticket.number, result);
                   }};
  ReadySession session;
};

using Finished = std::vector<std::pair<std::uint64_t, FleetRead>>;

TEST_F(FleetReadsTest, asks_under_the_name_of_each_key) {
  const Asked asked("www.example");
  ask(asked);
  const std::string sent = text_of(session.take_output());
  EXPECT_NE(sent.find(both.name_of(asked.key(), "ring", 0)), std::string::npos);
  EXPECT_NE(sent.find(both.name_of(asked.key(), "ring", 1)), std::string::npos);
}

TEST_F(FleetReadsTest, what_is_found_is_in_the_cache_as_old_as_it_is) {
  const Asked asked("www.example");
  ask(asked);
  reply(value_of(asked, both));
  EXPECT_TRUE(finished.empty()) << "the other key's name may hold something yet";
  reply(bulk(""));
  EXPECT_EQ(finished, (Finished{{1, FleetRead::hit}}));
  Seen seen;
  EXPECT_TRUE(cache.find_stale(asked.key(), kStart, 72h, seen));
  EXPECT_EQ(seen.left, -100s);
}

TEST_F(FleetReadsTest, the_old_key_is_still_believed) {
  const Asked asked("www.example");
  ask(asked);
  reply(bulk("") + value_of(asked, keys(kOldKey)));
  EXPECT_EQ(finished, (Finished{{1, FleetRead::hit}}));
}

TEST_F(FleetReadsTest, tells_why_there_is_nothing) {
  ask(Asked("miss.example"), 1);
  reply(bulk("") + "$-1\r\n");
  ask(Asked("forged.example"), 2);
  reply(bulk(std::string(200, 'x')) + bulk(""));
  ask(Asked("wrong.example"), 3);
  reply("-WRONGTYPE no string\r\n" + bulk(""));
  ask(Asked("swapped.example"), 4);
  reply(value_of(Asked("other.example"), both) + bulk(""));
  EXPECT_EQ(finished, (Finished{{1, FleetRead::miss},
                                {2, FleetRead::rejected},
                                {3, FleetRead::failed},
                                {4, FleetRead::rejected}}));
  EXPECT_EQ(counters.rejected[ValueFault::forged].get(), 2U);
  EXPECT_EQ(cache.stats().entries, 0U);
}

TEST_F(FleetReadsTest, a_lost_session_ends_all_of_them) {
  ask(Asked("a.example"), 1);
  ask(Asked("b.example"), 2);
  reply(bulk(""));
  reads.fail_all();
  EXPECT_EQ(finished, (Finished{{1, FleetRead::failed}, {2, FleetRead::failed}}));
  reply(bulk(""));
  EXPECT_EQ(finished.size(), 2U) << "what still comes is for nobody";
}

TEST_F(FleetReadsTest, without_a_session_or_room_the_answer_is_there_at_once) {
  reads.begin({{test::name("a.example")}}, {3, 9}, nullptr, kStart);
  EXPECT_EQ(finished, (Finished{{9, FleetRead::failed}}));
  for (std::uint64_t i = 0; i < FleetReads::kMost; ++i)
    ask(Asked("b.example"), i);
  EXPECT_EQ(finished.size(), 1U);
  ask(Asked("c.example"), 10);
  EXPECT_EQ(finished.back(), (std::pair{std::uint64_t{10}, FleetRead::failed}));
}

}  // namespace
}  // namespace holdfast::test
