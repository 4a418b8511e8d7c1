// One probe: how it travels, what is tried twice, how it ends.
#include "probe/prober.h"

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"
#include "tests/unit/resolver/scripted_transport.h"

namespace holdfast {
namespace {

using dns::test::MessageBuilder;
using dns::test::Raw;
using Edns = UpstreamTraits::Edns;

constexpr UpstreamId kOne{1};
constexpr unsigned kReply = dns::flag::qr | dns::flag::ra;

constexpr TimePoint at(Duration d) {
  return TimePoint(d);
}

std::shared_ptr<const Upstream> upstream(UpstreamId id = kOne) {
  Upstream made;
  made.id = id;
  made.probe.question = {dns::Name(), dns::RrType::ns};
  return std::make_shared<const Upstream>(made);
}

Raw reply(unsigned flags = 0, bool opt = true) {
  MessageBuilder builder(1, kReply | flags);
  builder.question("", dns::RrType::ns);
  if (opt) builder.opt(dns::test::opt());
  return builder.build();
}

struct Rig {
  void end(const Raw& message, TimePoint now) {
    const auto& last = transport.started.back();
    transport.end_last({dns::test::as_bytes(message), Outcome::closed, last.request.over_tcp}, now);
  }

  void fail(Outcome outcome, TimePoint now) { transport.end_last({{}, outcome, false}, now); }

  [[nodiscard]] const ExchangeRequest& asked() const { return transport.started.back().request; }

  test::ScriptedTransport transport;
  TimerQueue timers;
  UpstreamTraits traits;
  std::vector<ProbeEnd> ends;
  Prober prober{transport, timers, traits,
                [this](const ProbeEnd& end, TimePoint) { ends.push_back(end); }};
};

TEST(Prober, asks_the_upstreams_question_and_reports_its_round_trip) {
  Rig rig;
  EXPECT_TRUE(rig.prober.probe(upstream(), 1s, at(10s)));
  EXPECT_TRUE(rig.prober.in_flight(kOne));
  ASSERT_EQ(rig.transport.started.size(), 1U);
  EXPECT_EQ(rig.asked().question.type, dns::RrType::ns);
  EXPECT_TRUE(rig.asked().edns);
  EXPECT_TRUE(rig.asked().random_case);
  EXPECT_FALSE(rig.asked().over_tcp);
  rig.end(reply(), at(10'020ms));
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_TRUE(rig.ends[0].success());
  EXPECT_EQ(rig.ends[0].id, kOne);
  EXPECT_EQ(rig.ends[0].rtt, 20ms);
  EXPECT_EQ(rig.ends[0].sent_at, at(10s));
  EXPECT_FALSE(rig.prober.in_flight(kOne));
  EXPECT_EQ(rig.timers.size(), 0U);
  EXPECT_EQ(rig.traits.edns(kOne), Edns::works);
}

TEST(Prober, has_one_probe_in_flight_per_upstream) {
  Rig rig;
  EXPECT_TRUE(rig.prober.probe(upstream(), 1s, at(0s)));
  EXPECT_FALSE(rig.prober.probe(upstream(), 1s, at(0s)));
  EXPECT_TRUE(rig.prober.probe(upstream(UpstreamId{2}), 1s, at(0s)));
  EXPECT_EQ(rig.transport.started.size(), 2U);
  EXPECT_TRUE(rig.ends.empty());
}

TEST(Prober, success_is_an_answer_of_a_working_resolver) {
  struct Row {
    unsigned rcode;
    Outcome outcome;
    bool success;
  };

  const Row rows[] = {{0, Outcome::positive, true},
                      {3, Outcome::nxdomain, true},
                      {2, Outcome::servfail, false},
                      {5, Outcome::refused, false},
                      {9, Outcome::other_rcode, false}};
  for (const Row& row : rows) {
    Rig rig;
    (void)rig.prober.probe(upstream(), 1s, at(0s));
    rig.end(reply(row.rcode), at(5ms));
    ASSERT_EQ(rig.ends.size(), 1U);
    EXPECT_EQ(rig.ends[0].outcome, row.outcome);
    EXPECT_EQ(rig.ends[0].success(), row.success);
  }
}

TEST(Prober, what_the_network_says_ends_it_at_once) {
  for (const Outcome outcome :
       {Outcome::connection_refused, Outcome::unreachable, Outcome::closed, Outcome::malformed}) {
    Rig rig;
    (void)rig.prober.probe(upstream(), 1s, at(0s));
    rig.fail(outcome, at(5ms));
    ASSERT_EQ(rig.ends.size(), 1U) << to_string(outcome);
    EXPECT_EQ(rig.ends[0].outcome, outcome);
  }
}

TEST(Prober, silence_is_tried_once_more_without_edns_while_edns_is_unproven) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.timers.expire(at(1s));
  EXPECT_TRUE(rig.ends.empty());
  ASSERT_EQ(rig.transport.started.size(), 2U);
  EXPECT_EQ(rig.transport.cancelled, std::vector{ExchangeId{1}});
  EXPECT_FALSE(rig.asked().edns);
  rig.timers.expire(at(2s));
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_EQ(rig.ends[0].outcome, Outcome::timeout);
  EXPECT_EQ(rig.ends[0].sent_at, at(0s));  // silent since the first
  EXPECT_EQ(rig.traits.edns(kOne), Edns::unknown);
}

TEST(Prober, an_answer_to_the_plain_second_try_teaches_that_edns_is_off) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.timers.expire(at(1s));
  rig.end(reply(0, false), at(1010ms));
  EXPECT_TRUE(rig.ends.empty());  // it may have been chance
  EXPECT_TRUE(rig.asked().edns);
  rig.timers.expire(at(2010ms));
  EXPECT_FALSE(rig.asked().edns);
  rig.end(reply(0, false), at(2020ms));
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_TRUE(rig.ends[0].success());
  EXPECT_EQ(rig.traits.edns(kOne), Edns::off);
  // It may learn: every so many probes it is asked with EDNS again.
  unsigned with_edns = 0;
  for (int i = 1; i <= 40; ++i) {
    (void)rig.prober.probe(upstream(), 1s, at(std::chrono::seconds(5 * i)));
    with_edns += rig.asked().edns ? 1U : 0U;
    if (rig.asked().edns) rig.timers.expire(at(std::chrono::seconds(5 * i + 1)));
    EXPECT_FALSE(rig.asked().edns);
    rig.end(reply(0, false), at(std::chrono::seconds(5 * i + 1) + 10ms));
    EXPECT_EQ(rig.traits.edns(kOne), Edns::off);
  }
  EXPECT_EQ(with_edns, 10U);
}

TEST(Prober, with_edns_known_one_silence_is_enough) {
  for (const Edns known : {Edns::works, Edns::off}) {
    Rig rig;
    rig.traits.set_edns(kOne, known);
    (void)rig.prober.probe(upstream(), 1s, at(0s));
    rig.timers.expire(at(999ms));
    EXPECT_TRUE(rig.ends.empty());
    rig.timers.expire(at(1s));
    ASSERT_EQ(rig.ends.size(), 1U);
    EXPECT_EQ(rig.ends[0].outcome, Outcome::timeout);
    EXPECT_FALSE(rig.prober.in_flight(kOne));
    EXPECT_EQ(rig.transport.started.size(), 1U);
  }
}

TEST(Prober, truncation_and_wrong_case_go_over_tcp) {
  Rig cut;
  (void)cut.prober.probe(upstream(), 1s, at(0s));
  cut.end(reply(dns::flag::tc), at(5ms));
  EXPECT_TRUE(cut.ends.empty());
  EXPECT_TRUE(cut.asked().over_tcp);
  cut.end(reply(), at(15ms));
  ASSERT_EQ(cut.ends.size(), 1U);
  EXPECT_TRUE(cut.ends[0].success());

  Rig folded;
  (void)folded.prober.probe(upstream(), 1s, at(0s));
  folded.fail(Outcome::wrong_case, at(5ms));
  EXPECT_TRUE(folded.asked().over_tcp);
  EXPECT_FALSE(folded.traits.keeps_case(kOne));
  folded.end(reply(), at(9ms));
  (void)folded.prober.probe(upstream(), 1s, at(1s));
  EXPECT_FALSE(folded.asked().random_case);
}

TEST(Prober, an_unwelcome_cookie_is_renewed_once_and_then_left_out) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.fail(Outcome::bad_cookie, at(5ms));
  EXPECT_TRUE(rig.ends.empty());
  EXPECT_FALSE(rig.asked().over_tcp);
  EXPECT_TRUE(rig.asked().edns);
  rig.fail(Outcome::bad_cookie, at(9ms));
  EXPECT_TRUE(rig.asked().over_tcp);
  rig.end(reply(), at(15ms));
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_TRUE(rig.ends[0].success());
  EXPECT_EQ(rig.transport.started.size(), 3U);
}

TEST(Prober, what_is_not_believed_over_udp_is_asked_over_tcp) {
  for (const Outcome outcome : {Outcome::no_cookie, Outcome::spoofed}) {
    Rig rig;
    (void)rig.prober.probe(upstream(), 1s, at(0s));
    rig.fail(outcome, at(5ms));
    EXPECT_TRUE(rig.asked().over_tcp);
    rig.end(reply(), at(9ms));
    ASSERT_EQ(rig.ends.size(), 1U);
    EXPECT_TRUE(rig.ends[0].success());
  }
}

TEST(Prober, a_server_that_cannot_edns_is_asked_plainly) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.end(reply(1, false), at(5ms));
  EXPECT_FALSE(rig.asked().edns);
  rig.end(reply(1, false), at(9ms));  // nor does it help
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_EQ(rig.ends[0].outcome, Outcome::formerr);
}

TEST(Prober, reports_what_could_not_be_sent) {
  Rig rig;
  rig.transport.refuses = true;
  EXPECT_FALSE(rig.prober.probe(upstream(), 1s, at(0s)));
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_EQ(rig.ends[0].outcome, Outcome::no_socket);
  EXPECT_FALSE(rig.prober.in_flight(kOne));
  rig.transport.why_not = Outcome::throttled;
  EXPECT_FALSE(rig.prober.probe(upstream(), 1s, at(1s)));
  EXPECT_EQ(rig.ends[1].outcome, Outcome::throttled);
}

TEST(Prober, a_second_half_that_could_not_be_sent_is_no_failure_of_the_server) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.transport.refuses = true;
  rig.transport.why_not = Outcome::throttled;
  rig.end(reply(1, false), at(5ms));  // FORMERR to EDNS: asked again, were there room
  ASSERT_EQ(rig.ends.size(), 1U);
  EXPECT_EQ(rig.ends[0].outcome, Outcome::throttled);
}

TEST(Prober, forgets_a_cancelled_probe) {
  Rig rig;
  (void)rig.prober.probe(upstream(), 1s, at(0s));
  rig.prober.cancel(kOne);
  rig.prober.cancel(kOne);
  EXPECT_EQ(rig.transport.cancelled, std::vector{ExchangeId{1}});
  EXPECT_EQ(rig.timers.size(), 0U);
  EXPECT_TRUE(rig.ends.empty());
  EXPECT_TRUE(rig.prober.probe(upstream(), 1s, at(1s)));
}

}  // namespace
}  // namespace holdfast
