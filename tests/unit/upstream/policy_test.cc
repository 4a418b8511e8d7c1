// The list of policy fields: complete, in order, each under a name of its own.
#include "upstream/policy.h"

#include <cstddef>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// Where the field lies within the policy.
std::ptrdiff_t offset_of(const FailoverPolicy& policy, const PolicyField& field) {
  const auto* begin = reinterpret_cast<const char*>(&policy);
  return std::visit(
      [&](auto member) { return reinterpret_cast<const char*>(&(policy.*member)) - begin; }, field);
}

TEST(PolicyFields, cover_every_byte_of_the_policy_in_its_order) {
  static_assert(sizeof(Duration) == sizeof(double), "each field is eight bytes");
  const FailoverPolicy policy;
  std::ptrdiff_t expected = 0;
  for (const NamedPolicyField& field : policy_fields()) {
    EXPECT_EQ(offset_of(policy, field.field), expected) << field.name;
    expected += static_cast<std::ptrdiff_t>(sizeof(double));
  }
  EXPECT_EQ(expected, static_cast<std::ptrdiff_t>(sizeof(FailoverPolicy)));
}

TEST(PolicyFields, have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const NamedPolicyField& field : policy_fields()) {
    EXPECT_FALSE(field.name.empty());
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
  }
}

TEST(PolicyFields, have_positive_defaults) {
  const FailoverPolicy policy;
  for (const NamedPolicyField& named : policy_fields()) {
    if (const auto* time = std::get_if<Duration FailoverPolicy::*>(&named.field)) {
      EXPECT_GT(policy.**time, Duration::zero()) << named.name;
    } else {
      EXPECT_GT(policy.*std::get<double FailoverPolicy::*>(named.field), 0) << named.name;
    }
  }
}

/// The ladder's steps in the order in which a lookup climbs them.
TEST(FailoverPolicy, has_a_ladder_that_ends_before_stub_resolvers_give_up) {
  const FailoverPolicy policy;
  const Duration steps[] = {policy.hedge_min,
                            policy.hedge_max,
                            policy.exchange_timeout_fast,
                            policy.exchange_timeout,
                            policy.stale_after,
                            policy.exchange_timeout_ens,
                            policy.lookup_deadline,
                            5s};
  for (std::size_t i = 1; i < std::size(steps); ++i)
    EXPECT_LT(steps[i - 1], steps[i]) << i;
}

}  // namespace
}  // namespace holdfast
