#include "rpc/inquiry.h"

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

using Asks = std::vector<std::size_t>;
using Status = ens::CallResult::Status;

CallEnd says(std::uint8_t what, bool reverted = false) {
  CallEnd end;
  end.data = {what};
  end.reverted = reverted;
  return end;
}

const Failure kSilence{Fault::timed_out, "no reply"};
const std::vector<Voice> kThree{{0, false, 0}, {1, false, 1}, {2, false, 2}};

TEST(Inquiry, TheFirstIsBelieved) {
  Inquiry inquiry(Mode::first, 1, kThree);
  EXPECT_EQ(inquiry.take_asks(), Asks{0});
  inquiry.on_failed(0, kSilence);
  EXPECT_EQ(inquiry.take_asks(), Asks{1});
  EXPECT_FALSE(inquiry.done());
  inquiry.on_said(1, says(7, true));
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().status, Status::reverted);
  EXPECT_EQ(inquiry.result().data, ens::Blob{7});
  EXPECT_EQ(inquiry.winners(), Asks{1});
}

TEST(Inquiry, ASlowOneGetsARival) {
  Inquiry inquiry(Mode::first, 1, kThree);
  (void)inquiry.take_asks();
  inquiry.on_slow();
  EXPECT_EQ(inquiry.take_asks(), Asks{1});
  inquiry.on_said(0, says(7));
  EXPECT_TRUE(inquiry.done());
}

TEST(Inquiry, AQuorumAgrees) {
  Inquiry inquiry(Mode::quorum, 2, kThree);
  EXPECT_EQ(inquiry.take_asks(), (Asks{0, 1}));
  inquiry.on_said(1, says(7));
  EXPECT_FALSE(inquiry.done());
  inquiry.on_said(0, says(7));
  ASSERT_TRUE(inquiry.done());
  EXPECT_TRUE(inquiry.take_asks().empty());
  EXPECT_TRUE(inquiry.dissenters().empty());
}

TEST(Inquiry, ALiarNeverWinsAgainstTwo) {
  Inquiry inquiry(Mode::quorum, 2, kThree);
  (void)inquiry.take_asks();
  inquiry.on_said(0, says(9));
  inquiry.on_said(1, says(7));
  EXPECT_EQ(inquiry.take_asks(), Asks{2});
  inquiry.on_said(2, says(7));
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().data, ens::Blob{7});
  EXPECT_EQ(inquiry.dissenters(), Asks{0});
}

TEST(Inquiry, TwoLiarsOfDifferentTalesGetNowhere) {
  Inquiry inquiry(Mode::quorum, 2, kThree);
  (void)inquiry.take_asks();
  inquiry.on_said(0, says(7));
  inquiry.on_said(1, says(8));
  (void)inquiry.take_asks();
  inquiry.on_said(2, says(7, true));  // the same bytes, reverted, are something else
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().status, Status::failed);
  EXPECT_EQ(inquiry.result().ede, dns::EdeCode::other);
}

TEST(Inquiry, OneIsNoQuorum) {
  Inquiry inquiry(Mode::quorum, 2, kThree);
  inquiry.on_failed(0, kSilence);
  inquiry.on_failed(1, kSilence);
  inquiry.on_said(2, says(7));
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().status, Status::failed);
  EXPECT_EQ(inquiry.result().ede, dns::EdeCode::network_error);
}

TEST(Inquiry, ATrustedOneIsEnoughAndOthersMustAgree) {
  const std::vector<Voice> order{{2, true, 2}, {0, false, 0}, {1, false, 1}};
  Inquiry alone(Mode::trusted, 2, order);
  EXPECT_EQ(alone.take_asks(), Asks{2});
  alone.on_slow();
  EXPECT_TRUE(alone.take_asks().empty()) << "names are not told to others for being slow";
  alone.on_said(2, says(7));
  EXPECT_TRUE(alone.done());

  Inquiry without(Mode::trusted, 2, order);
  (void)without.take_asks();
  without.on_failed(2, kSilence);
  EXPECT_EQ(without.take_asks(), (Asks{0, 1}));
  without.on_said(0, says(7));
  EXPECT_FALSE(without.done());
  without.on_said(1, says(7));
  EXPECT_TRUE(without.done());
}

TEST(Inquiry, EndpointsOfOneProviderAreOneVoice) {
  const std::vector<Voice> order{{0, false, 0}, {1, false, 0}, {2, false, 2}};
  Inquiry inquiry(Mode::quorum, 2, order);
  EXPECT_EQ(inquiry.take_asks(), (Asks{0, 1}));
  inquiry.on_said(0, says(9));
  inquiry.on_said(1, says(9));
  EXPECT_FALSE(inquiry.done()) << "nobody confirms himself";
  EXPECT_EQ(inquiry.take_asks(), Asks{2});
  inquiry.on_said(2, says(9));
  EXPECT_TRUE(inquiry.done());
  Inquiry lie(Mode::quorum, 2, order);
  (void)lie.take_asks();
  lie.on_said(0, says(9));
  lie.on_said(1, says(9));
  (void)lie.take_asks();
  lie.on_said(2, says(7));
  ASSERT_TRUE(lie.done());
  EXPECT_EQ(lie.result().status, Status::failed);
}

TEST(Inquiry, NobodyIsThere) {
  Inquiry nobody(Mode::quorum, 2, {});
  EXPECT_TRUE(nobody.done());
  Inquiry inquiry(Mode::first, 1, kThree);
  for (const std::size_t endpoint : {0U, 1U, 2U})
    inquiry.on_failed(endpoint, kSilence);
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().ede, dns::EdeCode::network_error);
  EXPECT_EQ(inquiry.result().text, "no RPC endpoint answers: timed_out");
  inquiry.on_said(0, says(7));  // too late, and not asked any more
  EXPECT_EQ(inquiry.result().status, Status::failed);
}

TEST(Inquiry, WhatIsTooLargeAtAllOfThemIsOnChain) {
  Inquiry inquiry(Mode::quorum, 2, kThree);
  for (const std::size_t endpoint : {0U, 1U, 2U})
    inquiry.on_failed(endpoint, {Fault::too_large, "more than 1 MiB"});
  ASSERT_TRUE(inquiry.done());
  EXPECT_EQ(inquiry.result().ede, dns::EdeCode::invalid_information);
  Inquiry mixed(Mode::quorum, 2, kThree);
  mixed.on_failed(0, {Fault::too_large, "more than 1 MiB"});
  mixed.on_failed(1, kSilence);
  mixed.on_failed(2, {Fault::too_large, "more than 1 MiB"});
  EXPECT_EQ(mixed.result().ede, dns::EdeCode::network_error);
}

}  // namespace
}  // namespace holdfast::rpc
