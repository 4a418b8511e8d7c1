// A slot knows its key from its own message, whatever the hashes say.
#include "cache/slot.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

using dns::AnswerKind;
using dns::RrType;

SlotPtr stored(const Asked& asked, const dns::NormalisedAnswer& answer) {
  return Slot::make(asked.key(), answer, {}, {kStart, kStart + 60s, kStart});
}

TEST(Slot, holds_its_key_at_its_place_and_nothing_else) {
  const Asked base("a.example");
  Asked chaos = base;
  chaos.rr_class = dns::RrClass::ch;
  const Asked all[] = {base,
                       base.with_do(),
                       base.with_cd(),
                       chaos,
                       Asked("b.example"),
                       Asked("a.example", RrType::mx),
                       Asked("a.exam"),
                       Asked("x.a.example"),
                       Asked(".")};
  for (const Asked& one : all) {
    const Answer answer(one, AnswerKind::positive);
    const SlotPtr slot = stored(one, answer.normalised);
    ASSERT_TRUE(slot);
    for (const Asked& other : all) {
      EXPECT_EQ(slot->holds(other.key(), Place::positive), &other == &one)
          << one.name.to_string() << " " << other.name.to_string();
      EXPECT_FALSE(slot->holds(other.key(), Place::negative));
      EXPECT_FALSE(slot->holds(other.key(), Place::nxdomain));
    }
  }
}

TEST(Slot, nxdomain_of_its_name_holds_every_type_of_the_class) {
  const Asked asked("a.example");
  const Answer answer(asked, AnswerKind::nxdomain);
  const SlotPtr slot = stored(asked, answer.normalised);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->place(), Place::nxdomain);
  EXPECT_TRUE(slot->holds(Asked("A.example", RrType::mx).key(), Place::nxdomain));
  EXPECT_FALSE(slot->holds(asked.key(), Place::negative));
  Asked chaos = asked;
  chaos.rr_class = dns::RrClass::ch;
  EXPECT_FALSE(slot->holds(chaos.key(), Place::nxdomain));
}

TEST(Slot, gives_its_key_back) {
  const Asked asked = Asked("Www.Example", RrType::txt).with_do().with_cd();
  const Answer answer(asked, AnswerKind::nodata);
  const SlotPtr slot = stored(asked, answer.normalised);
  ASSERT_TRUE(slot);
  const CacheKey key = slot->key();
  EXPECT_TRUE(std::ranges::equal(key.name, asked.name.wire()));
  EXPECT_EQ(key.type, RrType::txt);
  EXPECT_EQ(key.rr_class, dns::RrClass::in);
  EXPECT_TRUE(key.dnssec_ok);
  EXPECT_TRUE(key.checking_disabled);
  EXPECT_EQ(slot->place(), Place::negative);
}

TEST(Slot, hashes_differ_by_everything_that_makes_a_key) {
  const Asked base("a.example");
  Asked chaos = base;
  chaos.rr_class = dns::RrClass::ch;
  const auto hash = [](const Asked& asked, Place place) {
    return slot_hash(dns::hash_name(asked.name.wire(), 1), asked.key(), place);
  };
  const std::uint32_t one = hash(base, Place::positive);
  EXPECT_EQ(hash(Asked("A.EXAMPLE"), Place::positive), one);
  for (const Asked& other : {base.with_do(), base.with_cd(), chaos, Asked("b.example"),
                             Asked("a.example", RrType::mx)}) {
    EXPECT_NE(hash(other, Place::positive), one);
  }
  EXPECT_EQ(hash(base, Place::negative), one) << "one look for both";
  EXPECT_NE(hash(base, Place::nxdomain), one);
  EXPECT_EQ(hash(base, Place::nxdomain), hash(Asked("a.example", RrType::mx), Place::nxdomain));
}

TEST(Slot, a_small_answer_takes_one_block_of_112_bytes) {
  const Asked asked("h123456.benchzone.com");
  const Answer answer(asked, AnswerKind::positive);
  ASSERT_EQ(answer.wire.size(), 55U);
  EXPECT_LE(stored(asked, answer.normalised)->cost(), 112U);
}

}  // namespace
}  // namespace holdfast::test
