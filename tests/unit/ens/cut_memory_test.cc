#include "ens/cut_memory.h"

#include <gtest/gtest.h>

namespace holdfast::ens {
namespace {

const Address kResolver = parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045").value();
constexpr TimePoint kStart{};

EncodedName name(std::string_view text) {
  return encode_name(text).value();
}

TEST(CutMemory, knows_the_cut_of_the_names_up_to_the_zone) {
  CutMemory memory;
  memory.learn_cut(name("a.www.dns.eth"), {kResolver, 6}, kStart);
  EXPECT_EQ(6U, memory.find_cut(name("a.www.dns.eth"), kStart)->zone_at);
  EXPECT_EQ(4U, memory.find_cut(name("www.dns.eth"), kStart)->zone_at);
  EXPECT_EQ(0U, memory.find_cut(name("dns.eth"), kStart)->zone_at);
  EXPECT_FALSE(memory.find_cut(name("eth"), kStart));
  EXPECT_FALSE(memory.find_cut(name("b.dns.eth"), kStart));
}

TEST(CutMemory, forgets_after_a_while_absence_sooner) {
  CutMemory memory;
  memory.learn_cut(name("dns.eth"), {kResolver, 0}, kStart);
  memory.learn_cut(name("none.eth"), {}, kStart);
  EXPECT_TRUE(memory.find_cut(name("none.eth"), kStart + 59s));
  EXPECT_FALSE(memory.find_cut(name("none.eth"), kStart + 60s));
  EXPECT_TRUE(memory.find_cut(name("dns.eth"), kStart + 299s));
  EXPECT_FALSE(memory.find_cut(name("dns.eth"), kStart + 300s));
}

TEST(CutMemory, that_nothing_is_there_says_nothing_of_other_names) {
  CutMemory memory;
  memory.learn_cut(name("a.none.eth"), {}, kStart);
  EXPECT_FALSE(memory.find_cut(name("none.eth"), kStart));
}

TEST(CutMemory, remembers_what_a_resolver_is) {
  CutMemory memory;
  EXPECT_FALSE(memory.find_extended(kResolver, kStart));
  memory.learn_extended(kResolver, true, kStart);
  EXPECT_EQ(true, memory.find_extended(kResolver, kStart + 59min));
  EXPECT_FALSE(memory.find_extended(kResolver, kStart + 1h));
}

TEST(CutMemory, is_bounded_and_the_oldest_leave) {
  CutMemory memory(3);
  for (int i = 0; i < 10; ++i)
    memory.learn_cut(name("n" + std::to_string(i) + ".eth"), {kResolver, 0}, kStart);
  EXPECT_EQ(3U, memory.size());
  EXPECT_FALSE(memory.find_cut(name("n6.eth"), kStart));
  EXPECT_TRUE(memory.find_cut(name("n9.eth"), kStart));
  // Learning something again makes no second entry.
  for (int i = 0; i < 10; ++i)
    memory.learn_cut(name("n9.eth"), {kResolver, 0}, kStart);
  EXPECT_TRUE(memory.find_cut(name("n7.eth"), kStart));
}

}  // namespace
}  // namespace holdfast::ens
