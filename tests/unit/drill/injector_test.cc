#include "drill/injector.h"

#include <gtest/gtest.h>

#include "dns/message_view.h"
#include "simulate/sim_random.h"
#include "tests/unit/drill/drill_rig.h"
#include "tests/unit/resolver/scripted_transport.h"
#include "upstream/classify.h"

namespace holdfast {
namespace {

using test::kAlpha;
using test::kCloud;

struct Heard final : ExchangeSink {
  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override {
    tokens.push_back(token);
    message.assign(end.message.begin(), end.message.end());
    failure = end.failure;
    over_tcp = end.over_tcp;
    at = now;
  }

  std::vector<std::uint64_t> tokens;
  std::vector<std::uint8_t> message;
  Outcome failure = Outcome::closed;
  bool over_tcp = false;
  TimePoint at{};
};

class InjectorTest : public testing::Test {
 protected:
  void drill(DrillMode mode, std::uint8_t percent = 100, DrillScope scope = kEveryPublicRoute) {
    board_.begin(scope, now_ + 10s);
    board_.spoil(kCloud, Spoiling{mode, percent, 500ms});
  }

  ExchangeStart ask(const std::string& name, UpstreamId whom = kCloud, bool over_tcp = false) {
    ExchangeRequest request;
    request.question = {dns::Name::parse(name).value(), dns::RrType::a, dns::RrClass::in};
    request.over_tcp = over_tcp;
    return injector_.start(snapshot_->upstream(whom), request, heard_, 7, now_);
  }

  void pass(Duration time) {
    now_ += time;
    timers_.expire(now_);
  }

  Outcome outcome() const {
    return classify(dns::MessageView::parse(heard_.message), true, heard_.over_tcp).outcome;
  }

  std::shared_ptr<const Snapshot> snapshot_ = test::drill_snapshot();
  test::ScriptedTransport transport_;
  TimerQueue timers_;
  sim::SeededRandom random_{1};
  DrillBoard board_;
  Injector injector_{{transport_, timers_, random_, board_}, snapshot_};
  Heard heard_;
  TimePoint now_{100s};
};

TEST_F(InjectorTest, without_a_drill_everything_goes_through) {
  const auto id = ask("www.example");
  ASSERT_TRUE(id);
  EXPECT_EQ(transport_.started.size(), 1U);
  EXPECT_EQ(transport_.started[0].sink, &heard_);
  injector_.cancel(*id);
  EXPECT_EQ(transport_.cancelled.size(), 1U);
  EXPECT_EQ(board_.seen(), 0U);
}

TEST_F(InjectorTest, replies_are_invented_and_pass_for_an_upstreams) {
  // That an answer is empty is seen once it is normalised.
  for (const auto& [mode, expected] : {std::pair{DrillMode::servfail, Outcome::servfail},
                                       std::pair{DrillMode::refused, Outcome::refused},
                                       std::pair{DrillMode::nxdomain, Outcome::nxdomain},
                                       std::pair{DrillMode::empty, Outcome::positive}}) {
    drill(mode);
    ASSERT_TRUE(ask("www.example"));
    EXPECT_TRUE(transport_.started.empty());
    pass(Injector::kReplyAfter);
    EXPECT_EQ(outcome(), expected) << to_string(expected);
    const auto reply = dns::MessageView::parse(heard_.message);
    EXPECT_TRUE(reply.edns());              // nobody learns that the upstream does none
    EXPECT_EQ(reply.header().nscount, 0U);  // no SOA: nobody keeps a denial
    EXPECT_EQ(heard_.tokens.back(), 7U);
  }
  EXPECT_EQ(board_.seen(), 4U);
  EXPECT_EQ(board_.spoiled(), 4U);
}

TEST_F(InjectorTest, silence_lasts_until_it_is_cancelled) {
  drill(DrillMode::timeout);
  const auto id = ask("www.example");
  ASSERT_TRUE(id);
  pass(1h);
  EXPECT_TRUE(heard_.tokens.empty());
  injector_.cancel(*id);
  injector_.cancel(*id);  // a stale id is ignored
  EXPECT_TRUE(transport_.cancelled.empty());
}

TEST_F(InjectorTest, slowness_is_added_to_the_upstreams_own) {
  drill(DrillMode::slow);
  ASSERT_TRUE(ask("www.example"));
  ASSERT_EQ(transport_.started.size(), 1U);
  pass(20ms);
  const std::vector<std::uint8_t> message{1, 2, 3};
  transport_.end_last({message, Outcome::closed, false}, now_);
  pass(499ms);
  EXPECT_TRUE(heard_.tokens.empty());
  pass(1ms);
  EXPECT_EQ(heard_.message, message);
}

TEST_F(InjectorTest, what_is_held_back_can_be_cancelled_at_any_time) {
  drill(DrillMode::slow);
  const auto sent = ask("www.example");
  injector_.cancel(*sent);
  EXPECT_EQ(transport_.cancelled.size(), 1U);
  const auto held = ask("www.example");
  transport_.end_last({{}, Outcome::closed, false}, now_);
  injector_.cancel(*held);
  pass(1s);
  EXPECT_TRUE(heard_.tokens.empty());
  EXPECT_EQ(timers_.size(), 0U);
}

TEST_F(InjectorTest, loss_is_silence_over_udp_and_a_pause_over_tcp) {
  drill(DrillMode::loss);
  ASSERT_TRUE(ask("www.example"));
  EXPECT_TRUE(transport_.started.empty());
  ASSERT_TRUE(ask("www.example", kCloud, true));
  ASSERT_EQ(transport_.started.size(), 1U);
  transport_.end_last({{}, Outcome::closed, true}, now_);
  pass(Injector::kRetransmission);
  EXPECT_EQ(heard_.tokens.size(), 1U);
  EXPECT_TRUE(heard_.over_tcp);
}

TEST_F(InjectorTest, a_percentage_spoils_that_share) {
  drill(DrillMode::timeout, 30);
  for (int i = 0; i < 2000; ++i)
    (void)ask("n" + std::to_string(i) + ".example");
  EXPECT_NEAR(static_cast<double>(board_.spoiled()), 600, 80);
  EXPECT_EQ(transport_.started.size() + board_.spoiled(), 2000U);
}

TEST_F(InjectorTest, private_names_are_left_alone_unless_their_route_is_named) {
  drill(DrillMode::timeout);
  (void)ask("db.corp.internal");
  EXPECT_EQ(transport_.started.size(), 1U);
  EXPECT_EQ(board_.seen(), 0U);
  drill(DrillMode::timeout, 100, drill_scope("corp.internal"));
  (void)ask("db.corp.internal");
  EXPECT_EQ(transport_.started.size(), 1U);
  (void)ask("www.example");
  EXPECT_EQ(transport_.started.size(), 2U);
}

TEST_F(InjectorTest, others_are_left_alone_and_so_is_everybody_once_the_time_is_over) {
  drill(DrillMode::timeout);
  (void)ask("www.example", kAlpha);
  EXPECT_EQ(transport_.started.size(), 1U);
  now_ += 10s;  // nobody has told the board
  (void)ask("www.example");
  EXPECT_EQ(transport_.started.size(), 2U);
}

TEST_F(InjectorTest, what_cannot_be_sent_is_told_as_ever) {
  drill(DrillMode::slow);
  transport_.refuses = true;
  transport_.why_not = Outcome::throttled;
  const auto start = ask("www.example");
  ASSERT_FALSE(start);
  EXPECT_EQ(start.why_not(), Outcome::throttled);
}

}  // namespace
}  // namespace holdfast
