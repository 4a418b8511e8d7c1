#include "probe/loop_check.h"

#include <gtest/gtest.h>

#include "simulate/sim_random.h"
#include "tests/unit/probe/checker_rig.h"

namespace holdfast {
namespace {

using test::CheckerRig;

/// A LoopCheck of one upstream on virtual time, whose questions the test answers.
class LoopCheckTest : public testing::Test {
 protected:
  LoopCheckTest() { adopt(CheckerRig::upstream(0)); }

  void adopt(std::shared_ptr<const Upstream> upstream) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->upstreams = {std::move(upstream)};
    check.adopt(snapshot, now);
  }

  void run_for(Duration time) {
    for (const TimePoint end = now + time; now < end; now += 50ms)
      check.tick(now);
  }

  /// The answer to the question asked last.
  void answer(unsigned flags_and_rcode = 3) {
    const auto message =
        dns::test::MessageBuilder(1, static_cast<std::uint16_t>(dns::flag::qr | flags_and_rcode))
            .question("", dns::RrType::a)
            .build();
    transport.end_last({dns::test::as_bytes(message), {}, false}, now);
  }

  void come_round() {
    EXPECT_TRUE(marks.notice(transport.started.back().request.question.name.wire()));
  }

  [[nodiscard]] std::size_t asked() const { return transport.started.size(); }

  [[nodiscard]] bool loops() const { return check.loops(UpstreamId{0}); }

  sim::SeededRandom random{1};
  LoopMarks marks{random};
  test::ScriptedTransport transport;
  LoopCheck check{transport, marks};
  TimePoint now{1h};
};

TEST_F(LoopCheckTest, one_answer_that_did_not_come_round_is_enough) {
  run_for(1s);
  ASSERT_EQ(asked(), 1U);
  answer();
  run_for(1h);
  EXPECT_EQ(asked(), 1U);
  EXPECT_FALSE(loops());
}

TEST_F(LoopCheckTest, who_only_sends_it_back_is_asked_once_more_and_plainly) {
  const unsigned formerr = 1;
  const unsigned notimp = 4;
  for (const unsigned said : {unsigned{dns::flag::tc}, formerr, notimp}) {
    adopt(nullptr);
    adopt(CheckerRig::upstream(0));
    const std::size_t before = asked();
    run_for(1s);
    ASSERT_EQ(asked(), before + 1);
    EXPECT_FALSE(transport.started.back().request.over_tcp);
    answer(said);
    run_for(100ms);
    ASSERT_EQ(asked(), before + 2) << said;
    EXPECT_TRUE(transport.started.back().request.over_tcp);
    EXPECT_FALSE(transport.started.back().request.edns);
    answer(said);
    run_for(1h);
    EXPECT_EQ(asked(), before + 2) << "more cannot be done";
  }
}

TEST_F(LoopCheckTest, the_question_is_padded_where_others_are) {
  run_for(1s);
  ASSERT_EQ(asked(), 1U);
  EXPECT_TRUE(transport.started.back().request.edns) << "RFC 8467: padding lies in the OPT";
}

TEST_F(LoopCheckTest, a_chain_is_not_asked) {
  auto chain = std::make_shared<Upstream>(*CheckerRig::upstream(0));
  chain->chain = std::make_shared<const rpc::Chain>();
  adopt(chain);
  run_for(1min);
  EXPECT_EQ(asked(), 0U);
}

TEST_F(LoopCheckTest, who_does_not_answer_is_asked_again_ever_less_often) {
  run_for(15min);
  EXPECT_GE(asked(), 5U);
  EXPECT_LE(asked(), 8U);
  EXPECT_LE(asked() - transport.cancelled.size(), 1U);
  const auto names = [&](std::size_t i) { return transport.started[i].request.question.name; };
  EXPECT_FALSE(names(0) == names(1)) << "no cache on the way may answer";
  const std::size_t before = asked();
  while (asked() == before)
    run_for(50ms);
  answer();
  run_for(1h);
  EXPECT_EQ(asked(), before + 1);
  EXPECT_FALSE(loops());
}

TEST_F(LoopCheckTest, what_cannot_be_sent_is_sent_later) {
  transport.refuses = true;
  run_for(1s);
  transport.refuses = false;
  run_for(10s);
  EXPECT_EQ(asked(), 1U);
}

TEST_F(LoopCheckTest, a_question_that_comes_round_means_a_loop_until_one_does_not) {
  run_for(1s);
  come_round();
  run_for(100ms);
  EXPECT_TRUE(loops()) << "also before it is answered";
  run_for(LoopCheck::kWhileLooping);
  ASSERT_EQ(asked(), 2U);
  EXPECT_TRUE(loops()) << "asking is no acquittal";
  come_round();
  answer();
  EXPECT_TRUE(loops());
  run_for(LoopCheck::kWhileLooping + 1s);
  ASSERT_EQ(asked(), 3U);
  answer();
  EXPECT_FALSE(loops());
  run_for(1h);
  EXPECT_EQ(asked(), 3U);
}

TEST_F(LoopCheckTest, one_that_comes_round_late_counts_as_well) {
  run_for(1s);
  answer();
  EXPECT_FALSE(loops());
  come_round();
  run_for(100ms);
  EXPECT_TRUE(loops()) << "a forwarder that asks several takes the first answer";
}

TEST_F(LoopCheckTest, another_server_and_another_network_are_asked_anew) {
  run_for(1s);
  come_round();
  answer();
  ASSERT_TRUE(loops());
  adopt(CheckerRig::upstream(0));
  EXPECT_TRUE(loops()) << "a reload that leaves it alone changes nothing";
  adopt(CheckerRig::upstream(0, 5353));
  EXPECT_FALSE(loops());
  run_for(1s);
  ASSERT_EQ(asked(), 2U);
  answer();
  check.network_changed(now);
  run_for(1s);
  EXPECT_EQ(asked(), 3U);
  adopt(nullptr);
  EXPECT_EQ(transport.cancelled.size(), 1U);
  run_for(1h);
  EXPECT_EQ(asked(), 3U);
}

}  // namespace
}  // namespace holdfast
