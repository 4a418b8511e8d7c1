#include "store/row.h"

#include "scratch.h"

namespace holdfast::test {
namespace {

std::string text(const RowKey& key) {
  return {key.bytes().begin(), key.bytes().end()};
}

TEST(Row, is_found_in_any_case_and_by_nothing_else) {
  const Told told("WWW.Example");
  Told lower("www.example");
  EXPECT_EQ(text(RowKey::of_answer(told.key(), Place::positive)),
            text(RowKey::of_answer(lower.key(), Place::positive)));
  EXPECT_NE(text(RowKey::of_answer(told.key(), Place::positive)),
            text(RowKey::of_answer(told.key(), Place::negative)));
  CacheKey signed_one = told.key();
  signed_one.dnssec_ok = true;
  EXPECT_NE(text(RowKey::of_answer(signed_one, Place::positive)),
            text(RowKey::of_answer(told.key(), Place::positive)));
}

TEST(Row, of_an_nxdomain_speaks_of_every_type) {
  Told a("www.example");
  Told mx("www.example");
  mx.type = dns::RrType::mx;
  EXPECT_EQ(text(RowKey::of_answer(a.key(), Place::nxdomain)),
            text(RowKey::of_answer(mx.key(), Place::nxdomain)));
  EXPECT_NE(text(RowKey::of_answer(a.key(), Place::negative)),
            text(RowKey::of_answer(mx.key(), Place::negative)));
}

TEST(Row, of_the_longest_name_has_room) {
  const std::string label(63, 'a');
  const Told told(label + "." + label + "." + label + "." + std::string(61, 'b'));
  EXPECT_EQ(told.name.wire().size(), 255U);
  EXPECT_EQ(RowKey::of_answer(told.key(), Place::positive).bytes().size(), 262U);
  EXPECT_EQ(RowKey::of_note(RowKind::host, std::string(400, 'h')).bytes().size(), 256U);
}

TEST(Row, comes_back_from_a_worker) {
  Told told("www.example", dns::AnswerKind::nxdomain);
  told.type = dns::RrType::aaaa;
  const auto row = told.row();
  const auto read = read_answer_row(row);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->question.to_string(), "www.example AAAA");
  EXPECT_EQ(read->place, Place::nxdomain);
  EXPECT_FALSE(read->dnssec_ok);
  EXPECT_EQ(stored_time(read->record), kWall);
  for (std::size_t size = 0; size < row.size(); ++size)
    EXPECT_FALSE(read_answer_row(dns::Bytes(row).first(size)) && size < 41) << size;
}

TEST(Row, place_is_the_one_of_the_cache) {
  for (const auto kind :
       {dns::AnswerKind::positive, dns::AnswerKind::nodata, dns::AnswerKind::nxdomain}) {
    const Told told("www.example", kind);
    const auto message = told.message();
    EXPECT_EQ(place_of_learnt({told.key(), message, kind, {}, 300s}), told.place());
  }
  // Behind a CNAME an NXDOMAIN belongs to another name.
  const Told chain("www.example");
  const auto message = chain.message();
  EXPECT_EQ(place_of_learnt({chain.key(), message, dns::AnswerKind::nxdomain, {}, 300s}),
            Place::negative);
}

TEST(Row, seal_holds_key_and_body_together) {
  const RowKey key = RowKey::of_note(RowKind::host, "dns.example");
  const RowKey other = RowKey::of_note(RowKind::host, "dns.exbmple");
  const std::vector<std::uint8_t> body{1, 2, 3};
  std::vector<std::uint8_t> value;
  seal(key.bytes(), body, value);
  const auto opened = unseal(key.bytes(), value);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(*opened, body));
  EXPECT_FALSE(unseal(other.bytes(), value));
  for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
    auto changed = value;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(unseal(key.bytes(), changed)) << bit;
  }
  for (std::size_t size = 0; size < value.size(); ++size)
    EXPECT_FALSE(unseal(key.bytes(), dns::Bytes(value).first(size))) << size;
}

}  // namespace
}  // namespace holdfast::test
