// Values: ours come back; nothing that anybody changed, moved, or kept too long does.
#include "fleet/sealed_value.h"

#include "fleet_rig.h"

namespace holdfast::test {
namespace {

constexpr std::chrono::seconds kStale = 72h;
const Asked kAsked("www.example");

struct Opened {
  ValueFault fault;
  DecodedRecord record;
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(65535);
};

struct Value {
  std::string name = "holdfast:1";
  std::vector<std::uint8_t> bytes;

  explicit Value(const std::vector<std::uint8_t>& record, UnixTime until = kWall + 300s + kStale,
                 const FleetKeys& by = keys()) {
    seal(by, name, until, record, bytes);
  }

  [[nodiscard]] ValueFault open(UnixTime now = kWall, const FleetKeys& with = keys(),
                                const Asked& asked = kAsked) const {
    DecodedRecord record;
    std::vector<std::uint8_t> buffer(65535);
    return open_value(with, {name, asked.key(), now, kStale}, bytes, buffer, record);
  }
};

TEST(SealedValue, comes_back) {
  const Value value(record_of(kAsked));
  DecodedRecord record;
  std::vector<std::uint8_t> buffer(65535);
  const CacheKey key = kAsked.key();
  ASSERT_EQ(open_value(keys(), {value.name, key, kWall, kStale}, value.bytes, buffer, record),
            ValueFault::none);
  EXPECT_EQ(record.question.to_string(), "www.example A");
  EXPECT_EQ(record.times.expires, kWall + 300s);
}

TEST(SealedValue, any_changed_octet_is_forged) {
  const Value good(record_of(kAsked));
  for (std::size_t i = 0; i < good.bytes.size(); ++i) {
    Value value = good;
    value.bytes[i] ^= 0x10U;
    EXPECT_EQ(value.open(), ValueFault::forged) << i;
  }
}

TEST(SealedValue, any_cut_and_anything_appended_is_forged) {
  Value value(record_of(kAsked));
  value.bytes.push_back(0);
  while (!value.bytes.empty()) {
    EXPECT_EQ(value.open(), value.bytes.size() == kSealBytes + record_of(kAsked).size()
                                ? ValueFault::none
                                : ValueFault::forged);
    value.bytes.pop_back();
  }
  EXPECT_EQ(value.open(), ValueFault::forged);
}

TEST(SealedValue, under_another_name_it_is_forged) {
  Value value(record_of(kAsked));
  value.name = "holdfast:2";
  EXPECT_EQ(value.open(), ValueFault::forged);
}

TEST(SealedValue, both_keys_read_and_the_first_one_writes) {
  const auto both = keys(kKey + "\n" + kOldKey);
  const UnixTime until = kWall + 300s + kStale;
  EXPECT_EQ(Value(record_of(kAsked), until, keys(kOldKey)).open(kWall, both), ValueFault::none);
  EXPECT_EQ(Value(record_of(kAsked), until, both).open(kWall, keys(kKey)), ValueFault::none);
  EXPECT_EQ(Value(record_of(kAsked), until, both).open(kWall, keys(kOldKey)), ValueFault::forged);
}

TEST(SealedValue, is_of_no_use_past_its_end) {
  const Value value(record_of(kAsked), kWall + 1000s);
  EXPECT_EQ(value.open(kWall + 1000s), ValueFault::none);
  EXPECT_EQ(value.open(kWall + 1001s), ValueFault::expired);
}

TEST(SealedValue, is_of_no_use_when_nothing_so_stale_is_served_here) {
  const Value value(record_of(kAsked), kWall + 9999h);
  EXPECT_EQ(value.open(kWall + 300s + kStale), ValueFault::none);
  EXPECT_EQ(value.open(kWall + 301s + kStale), ValueFault::expired);
}

TEST(SealedValue, answers_its_own_question_only) {
  const Value value(record_of(kAsked));
  for (const Asked& other : {Asked("ww.example"), Asked("www.example", dns::RrType::aaaa),
                             kAsked.with_do(), kAsked.with_cd()}) {
    EXPECT_EQ(value.open(kWall, keys(), other), ValueFault::other_question);
  }
  EXPECT_EQ(value.open(kWall, keys(), Asked("WWW.example")), ValueFault::none);
}

TEST(SealedValue, a_negative_answer_is_none_of_ours) {
  for (const auto kind : {dns::AnswerKind::nodata, dns::AnswerKind::nxdomain}) {
    EXPECT_EQ(Value(record_of(kAsked, kWall, 300s, kind)).open(), ValueFault::malformed);
  }
  EXPECT_EQ(Value({1, 2, 3}).open(), ValueFault::malformed);
  EXPECT_EQ(Value({}).open(), ValueFault::malformed);
}

TEST(SealedValue, has_a_bound) {
  EXPECT_EQ(Value(std::vector<std::uint8_t>(kMostValueBytes - kSealBytes)).open(),
            ValueFault::malformed);
  EXPECT_EQ(Value(std::vector<std::uint8_t>(kMostValueBytes - kSealBytes + 1)).open(),
            ValueFault::oversized);
}

/// A machine whose clock was set to 1970 knows no better than that the answer is old.
TEST(SealedValue, a_clock_far_off_makes_it_stale_at_most) {
  const Value value(record_of(kAsked));
  EXPECT_EQ(value.open(UnixTime(0)), ValueFault::none);
  EXPECT_EQ(lifetime_of({kWall, kWall + 300s, kWall}, UnixTime(0), kStart).expires, kStart);
  EXPECT_EQ(value.open(UnixTime(4'102'444'800)), ValueFault::expired) << "the year 2100";
}

}  // namespace
}  // namespace holdfast::test
