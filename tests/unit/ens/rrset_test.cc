#include "ens/rrset.h"

#include <gtest/gtest.h>

#include "dns/name.h"
#include "ens/hex.h"

namespace holdfast::ens {
namespace {

using dns::RrType;

Blob name(std::string_view text) {
  const auto parsed = dns::Name::parse(text).value();
  return {parsed.wire().begin(), parsed.wire().end()};
}

struct Stored {
  std::string owner = "a.raw.eth";
  RrType type = RrType::a;
  std::uint16_t rr_class = 1;
  std::uint32_t ttl = 300;
  Blob rdata{192, 0, 2, 1};
};

Blob wire(const Stored& record) {
  Blob out = name(record.owner);
  std::array<std::uint8_t, 10> fixed{};
  dns::WireWriter writer(fixed);
  writer.u16(static_cast<std::uint16_t>(record.type));
  writer.u16(record.rr_class);
  writer.u32(record.ttl);
  writer.u16(static_cast<std::uint16_t>(record.rdata.size()));
  out.insert(out.end(), fixed.begin(), fixed.end());
  out.insert(out.end(), record.rdata.begin(), record.rdata.end());
  return out;
}

Blob operator+(Blob a, const Blob& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::optional<RrSet> read(const Blob& stored, RrType type = RrType::a) {
  return read_rrset(stored, name("a.raw.eth"), type, {});
}

TEST(RrSet, is_read_as_it_is_stored) {
  const auto set = read(wire({}) + wire({.rdata = {192, 0, 2, 2}}));
  ASSERT_TRUE(set);
  EXPECT_EQ(300U, set->ttl);
  EXPECT_EQ((std::vector<Blob>{{192, 0, 2, 1}, {192, 0, 2, 2}}), set->rdatas);
  EXPECT_TRUE(read({})->empty());
}

TEST(RrSet, what_was_not_asked_is_dropped) {
  EXPECT_TRUE(read(wire({.owner = "victim.example"}))->empty());
  EXPECT_TRUE(read(wire({.rr_class = 3}))->empty());
  EXPECT_TRUE(read(wire({.type = RrType::aaaa, .rdata = Blob(16, 1)}))->empty());
  EXPECT_EQ(1U, read(wire({.owner = "victim.example"}) + wire({}))->rdatas.size());
}

TEST(RrSet, owners_are_compared_without_case_and_duplicates_stay_once) {
  EXPECT_EQ(1U, read(wire({.owner = "A.RAW.eth"}) + wire({}))->rdatas.size());
}

TEST(RrSet, has_one_ttl_within_limits) {
  EXPECT_EQ(60U, read(wire({}) + wire({.ttl = 60, .rdata = {1, 2, 3, 4}}))->ttl);
  EXPECT_EQ(0U, read(wire({.ttl = 0x80000000}))->ttl);
  EXPECT_EQ(86400U, read(wire({.ttl = 31536000}))->ttl);
  const TtlLimits least{30, 100};
  EXPECT_EQ(30U, read_rrset(wire({.ttl = 1}), name("a.raw.eth"), RrType::a, least)->ttl);
  EXPECT_EQ(100U, read_rrset(wire({}), name("a.raw.eth"), RrType::a, least)->ttl);
}

TEST(RrSet, a_malformed_record_spoils_the_set) {
  const Blob good = wire({});
  EXPECT_FALSE(read(Blob(good.begin(), good.end() - 2)));                       // short rdata
  EXPECT_FALSE(read(good + Blob{1, 2, 3}));                                     // rubbish behind
  EXPECT_FALSE(read(good + Blob(good.begin(), good.begin() + 15)));             // short header
  EXPECT_FALSE(read(wire({.rdata = {192, 0, 2, 1, 0}})));                       // no address
  EXPECT_FALSE(read(Blob{0xc0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4}));  // a pointer
  EXPECT_FALSE(read(wire({.type = RrType::txt, .rdata = {}}), RrType::txt));
  EXPECT_FALSE(read(wire({.type = RrType::txt, .rdata = {5, 'a'}}), RrType::txt));
  EXPECT_FALSE(read(wire({.type = RrType::mx, .rdata = {0, 1, 0xc0, 12}}), RrType::mx));
}

TEST(RrSet, names_in_rdata_are_plain) {
  // The target would point into the record's own owner name.
  const Blob pointing =
      wire({.owner = "b.raw.eth"}) + wire({.type = RrType::cname, .rdata = {1, 'x', 0xc0, 12}});
  EXPECT_FALSE(read(pointing, RrType::cname));
  EXPECT_TRUE(read(wire({.type = RrType::cname, .rdata = name("b.eth")}), RrType::cname));
}

TEST(RrSet, there_is_one_cname) {
  EXPECT_FALSE(read(wire({.type = RrType::cname, .rdata = name("b.eth")}) +
                        wire({.type = RrType::cname, .rdata = name("c.eth")}),
                    RrType::cname));
}

TEST(RrSet, types_nobody_knows_are_bytes) {
  const RrType unknown{65280};
  EXPECT_EQ(Blob({0xde, 0xad}),
            read(wire({.type = unknown, .rdata = {0xde, 0xad}}), unknown)->rdatas.front());
}

TEST(RrSet, is_no_larger_than_a_message) {
  Blob many;
  for (std::uint8_t i = 0; i < 250; ++i) {
    for (std::uint8_t k = 0; k < 10; ++k)
      many = many + wire({.rdata = {10, 0, i, k}});
  }
  EXPECT_FALSE(read(many));
}

TEST(TxtRdata, comes_in_strings_of_255_bytes) {
  EXPECT_EQ(Blob({3, 'a', 'b', 'c'}), txt_rdata("abc"));
  EXPECT_EQ(Blob{0}, txt_rdata(""));
  const Blob two = txt_rdata(std::string(300, 'x'));
  ASSERT_EQ(302U, two.size());
  EXPECT_EQ(255, two[0]);
  EXPECT_EQ(45, two[256]);
}

}  // namespace
}  // namespace holdfast::ens
