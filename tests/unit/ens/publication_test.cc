#include "ens/publication.h"

#include <gtest/gtest.h>

#include "ens/abi.h"
#include "ens/contracts.h"
#include "ens/rrset.h"

namespace holdfast::ens {
namespace {

PublishedSet set_of(std::string_view owner, std::size_t records, std::size_t bytes = 4) {
  PublishedSet set;
  set.owner = encode_name(owner).value();
  set.type = bytes == 4 ? dns::RrType::a : dns::RrType::txt;
  set.ttl = 0x01020304;
  for (std::size_t i = 0; i < records; ++i) {
    Blob rdata(bytes, static_cast<std::uint8_t>(i + 1));
    if (bytes != 4) rdata[0] = static_cast<std::uint8_t>(bytes - 1);
    set.rdatas.push_back(std::move(rdata));
  }
  return set;
}

Blob data_of(const PublishCall& call, const Node& node) {
  EXPECT_EQ(function::set_dns_records, selector_of(call.data));
  AbiReader reader(Bytes(call.data).subspan(kSelectorBytes));
  EXPECT_EQ(node, reader.word());
  const Bytes data = reader.bytes();
  EXPECT_TRUE(reader.ok());
  return {data.begin(), data.end()};
}

TEST(Publication, records_stand_in_wire_format) {
  const Blob wire = set_of("www.example.com", 1).wire();
  EXPECT_EQ(
      "0x03777777076578616d706c6503636f6d00"
      "0001"
      "0001"
      "01020304"
      "0004"
      "01010101",
      to_hex(wire));
}

TEST(Publication, is_what_the_bridge_reads) {
  const auto set = set_of("www.example.com", 3);
  const auto calls = plan_publication(namehash("example.eth"), {set}, {});
  ASSERT_EQ(1U, calls.size());
  const auto read = read_rrset(data_of(calls[0], namehash("example.eth")), set.owner,
                               dns::RrType::a, {0, 0xffffffff});
  ASSERT_TRUE(read);
  EXPECT_EQ(3U, read->rdatas.size());
  EXPECT_EQ(0x01020304U, read->ttl);
}

TEST(Publication, is_split_between_sets_and_never_within_one) {
  std::vector<PublishedSet> sets;
  for (int i = 0; i < 40; ++i)
    sets.push_back(set_of("n" + std::to_string(i) + ".example.com", 5, 100));
  const PublishLimits limits{2'000'000, 96'000};
  const Node node = namehash("example.eth");
  const auto calls = plan_publication(node, sets, limits);
  EXPECT_GT(calls.size(), 5U);
  std::size_t count = 0, records = 0;
  for (const PublishCall& call : calls) {
    EXPECT_LE(call.gas, limits.gas);
    count += call.sets;
    records += call.records;
    EXPECT_EQ(call.records, call.sets * 5);
  }
  EXPECT_EQ(40U, count);
  EXPECT_EQ(200U, records);
}

TEST(Publication, is_split_by_size_too) {
  std::vector<PublishedSet> sets;
  for (int i = 0; i < 10; ++i)
    sets.push_back(set_of("n" + std::to_string(i) + ".example.com", 2, 200));
  for (const auto& call : plan_publication({}, sets, {1'000'000'000, 2'000}))
    EXPECT_LE(call.data.size(), 2'000U);
}

TEST(Publication, a_set_above_the_limits_has_a_call_of_its_own) {
  const auto calls = plan_publication(
      {},
      {set_of("a.example.com", 1), set_of("b.example.com", 40, 200), set_of("c.example.com", 1)},
      {500'000, 96'000});
  ASSERT_EQ(3U, calls.size());
  EXPECT_GT(calls[1].gas, 500'000U);
}

TEST(Publication, sets_of_one_owner_stand_together) {
  auto text = set_of("a.example.com", 1, 20);
  const auto calls =
      plan_publication({}, {set_of("a.example.com", 1), set_of("b.example.com", 1), text}, {});
  ASSERT_EQ(1U, calls.size());
  const Blob data = data_of(calls[0], {});
  const Blob first = set_of("a.example.com", 1).wire(), second = text.wire();
  EXPECT_TRUE(std::equal(first.begin(), first.end(), data.begin()));
  EXPECT_TRUE(std::equal(second.begin(), second.end(),
                         data.begin() + static_cast<std::ptrdiff_t>(first.size())));
}

TEST(Publication, nothing_is_no_transaction) {
  EXPECT_TRUE(plan_publication({}, {}, {}).empty());
}

TEST(Publication, clearance_is_one_small_call) {
  const auto call = clearance(namehash("example.eth"));
  EXPECT_EQ(function::clear_dns_zone, selector_of(call.data));
  EXPECT_EQ(kSelectorBytes + kWordBytes, call.data.size());
  EXPECT_GT(call.gas, 40'000U);
}

}  // namespace
}  // namespace holdfast::ens
