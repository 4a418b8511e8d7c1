#include "ens/gateway_round.h"

#include <gtest/gtest.h>

#include "tests/support/ens_batch.h"

namespace holdfast::ens {
namespace {

using Status = GatewayReply::Status;

Blob blob(std::string_view text) {
  return {text.begin(), text.end()};
}

GatewayQuestion ask(std::vector<std::string> urls, std::string_view data = "q") {
  return {Address{}, std::move(urls), blob(data)};
}

GatewayQuestion batch(const std::vector<GatewayQuestion>& questions) {
  return {Address{}, {"https://other", "x-batch-gateway:true"}, ens_lab::batch_call(questions)};
}

GatewayReply says(std::string_view data) {
  return {Status::data, 200, blob(data)};
}

/// A round with a budget of its own.
struct Rig {
  GatewayPolicy policy;
  GatewayBudget budget{16, 32};
  GatewayRound round;

  explicit Rig(GatewayQuestion question) : round(std::move(question), policy, budget) {}

  /// Answers whatever is asked next; its URL.
  std::string answer(GatewayReply reply) {
    const auto request = round.next();
    if (!request) return "nothing asked";
    round.on_reply(request->slot, std::move(reply));
    return request->request.url;
  }
};

TEST(GatewayRound, one_question_one_answer) {
  Rig rig(ask({"https://a/{data}"}));
  EXPECT_FALSE(rig.round.done());
  EXPECT_EQ("https://a/0x71", rig.answer(says("yes")));
  ASSERT_TRUE(rig.round.done());
  EXPECT_EQ("", rig.round.failure());
  EXPECT_EQ(blob("yes"), rig.round.response());
}

TEST(GatewayRound, what_fails_leads_to_the_next_url) {
  for (const Status status : {Status::unreachable, Status::timed_out, Status::too_large,
                              Status::malformed, Status::refused, Status::prohibited}) {
    Rig rig(ask({"https://a", "https://b"}));
    EXPECT_EQ("https://a", rig.answer({status, 0, {}}));
    EXPECT_EQ("https://b", rig.answer(says("yes")));
    EXPECT_EQ(blob("yes"), rig.round.response());
  }
  Rig rig(ask({"https://a", "https://b"}));
  EXPECT_EQ("https://a", rig.answer({Status::http_error, 502, {}}));
  EXPECT_EQ("https://b", rig.answer({Status::http_error, 503, {}}));
  EXPECT_EQ("gateway says HTTP 503", rig.round.failure());
}

TEST(GatewayRound, a_client_error_ends_it) {
  Rig rig(ask({"https://a", "https://b"}));
  (void)rig.answer({Status::http_error, 404, {}});
  EXPECT_EQ("gateway says HTTP 404", rig.round.failure());
  EXPECT_FALSE(rig.round.next());
}

TEST(GatewayRound, a_client_error_leads_to_the_next_url_if_the_operator_says_so) {
  Rig rig(ask({"https://a", "https://b"}));
  rig.policy.next_after_client_error = true;
  EXPECT_EQ("https://a", rig.answer({Status::http_error, 404, {}}));
  EXPECT_EQ("https://b", rig.answer(says("yes")));
  EXPECT_EQ(blob("yes"), rig.round.response());
}

TEST(GatewayRound, a_url_that_would_be_too_long_is_passed_over) {
  GatewayQuestion question = ask({"https://a/{data}", "https://b"});
  question.data.resize(std::size_t{64} * 1024);
  Rig rig(question);
  EXPECT_EQ("https://b", rig.answer(says("yes")));
  question.urls.pop_back();
  Rig none(question);
  EXPECT_EQ("nothing asked", none.answer(says("yes")));
  EXPECT_EQ("gateway's URL may not be fetched", none.round.failure());
}

TEST(GatewayRound, tells_prohibited_ones_apart) {
  Rig rig(ask({"https://a"}));
  (void)rig.answer({Status::prohibited, 0, {}});
  EXPECT_TRUE(rig.round.prohibited());
  EXPECT_FALSE(rig.round.failure().empty());
}

TEST(GatewayRound, without_a_url_it_fails) {
  EXPECT_EQ("no gateway is named", Rig(ask({})).round.failure());
}

TEST(GatewayRound, responses_have_a_limit) {
  Rig rig(ask({"https://a"}));
  (void)rig.answer(says(std::string(256 * 1024 + 1, 'x')));
  EXPECT_EQ("gateway's response is too large", rig.round.failure());
}

TEST(GatewayRound, a_batch_is_done_here) {
  Rig rig(batch({ask({"https://a"}), ask({"https://b"})}));
  EXPECT_EQ("https://a", rig.answer(says("A")));
  EXPECT_FALSE(rig.round.done());
  EXPECT_EQ("https://b", rig.answer(says("B")));
  ASSERT_TRUE(rig.round.done());
  EXPECT_EQ(batch_response({blob("A"), blob("B")}), rig.round.response());
}

TEST(GatewayRound, answers_of_a_batch_may_come_in_any_order) {
  Rig rig(batch({ask({"https://a"}), ask({"https://b"})}));
  const auto first = rig.round.next();
  const auto second = rig.round.next();
  rig.round.on_reply(second->slot, says("B"));
  rig.round.on_reply(first->slot, says("A"));
  EXPECT_EQ(batch_response({blob("A"), blob("B")}), rig.round.response());
}

TEST(GatewayRound, so_many_are_asked_at_once) {
  Rig rig(batch(std::vector<GatewayQuestion>(6, ask({"https://a"}))));
  std::vector<GatewayRound::Slot> slots;
  while (const auto request = rig.round.next())
    slots.push_back(request->slot);
  EXPECT_EQ(4U, slots.size());
  rig.round.on_reply(slots.back(), says("x"));
  EXPECT_TRUE(rig.round.next());
  EXPECT_FALSE(rig.round.next());
}

TEST(GatewayRound, batches_in_batches_are_done_up_to_a_depth) {
  GatewayQuestion question = ask({"https://a"});
  for (int depth = 0; depth < 4; ++depth)
    question = batch({question});
  Rig fits(question);
  (void)fits.answer(says("x"));
  EXPECT_TRUE(fits.round.done());
  EXPECT_EQ("", fits.round.failure());
  EXPECT_EQ("batches in batches", Rig(batch({question})).round.failure());
}

TEST(GatewayRound, an_empty_batch_is_done_at_once) {
  Rig rig(batch({}));
  ASSERT_TRUE(rig.round.done());
  EXPECT_EQ(batch_response({}), rig.round.response());
}

TEST(GatewayRound, questions_and_requests_are_counted) {
  EXPECT_NE("", Rig(batch(std::vector<GatewayQuestion>(17, ask({"https://a"})))).round.failure());
  Rig rig(ask(std::vector<std::string>(10, "https://a")));
  rig.budget.requests = 3;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ("https://a", rig.answer({Status::unreachable, 0, {}}));
  EXPECT_FALSE(rig.round.next());
  EXPECT_EQ("too many requests to gateways", rig.round.failure());
}

TEST(GatewayRound, what_comes_after_the_end_changes_nothing) {
  Rig rig(batch({ask({"https://a"}), ask({"https://b"})}));
  const auto first = rig.round.next();
  const auto second = rig.round.next();
  rig.round.on_reply(first->slot, {Status::http_error, 404, {}});
  rig.round.on_reply(second->slot, says("B"));
  EXPECT_EQ("gateway says HTTP 404", rig.round.failure());
}

}  // namespace
}  // namespace holdfast::ens
