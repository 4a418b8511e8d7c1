// What upstreams were found to be able to do.
#include "upstream/traits.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Edns = UpstreamTraits::Edns;

TEST(UpstreamTraits, begin_unknown_and_hopeful) {
  const UpstreamTraits traits;
  for (std::size_t i = 0; i < kMaxUpstreams; ++i) {
    EXPECT_EQ(traits.edns(static_cast<UpstreamId>(i)), Edns::unknown);
    EXPECT_TRUE(traits.keeps_case(static_cast<UpstreamId>(i)));
  }
}

TEST(UpstreamTraits, are_each_upstreams_own_and_forgotten_on_reset) {
  constexpr UpstreamId one{1};
  constexpr UpstreamId last{kMaxUpstreams - 1};
  UpstreamTraits traits;
  traits.set_edns(one, Edns::off);
  traits.set_folds_case(last);
  EXPECT_EQ(traits.edns(one), Edns::off);
  EXPECT_TRUE(traits.keeps_case(one));
  EXPECT_EQ(traits.edns(last), Edns::unknown);
  EXPECT_FALSE(traits.keeps_case(last));

  traits.set_edns(last, Edns::works);
  traits.reset(last);
  EXPECT_EQ(traits.edns(last), Edns::unknown);
  EXPECT_TRUE(traits.keeps_case(last));
  EXPECT_EQ(traits.edns(one), Edns::off);
}

}  // namespace
}  // namespace holdfast
