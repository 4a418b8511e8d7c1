// Records: what leaves the process comes back the same; what comes back otherwise is refused.
#include "cache/record.h"

#include <gtest/gtest.h>

#include "answers.h"

namespace holdfast::test {
namespace {

constexpr RecordTimes kTimes{UnixTime(1'800'000'000), UnixTime(1'800'000'300),
                             UnixTime(1'799'000'000)};
constexpr UnixTime kWall{1'800'000'100};

std::vector<std::uint8_t> record_of(const Asked& asked, const AnswerTags& tags) {
  std::vector<std::uint8_t> record;
  encode_record(asked.key(), Answer(asked, dns::AnswerKind::positive, 2).wire, tags, kTimes,
                record);
  return record;
}

TEST(Record, comes_back_as_it_was) {
  AnswerTags tags;
  tags.authentic = true;
  tags.blocked = 17;
  tags.upstream_class = 1;
  const Asked asked = Asked("www.example").with_do();
  const auto record = record_of(asked, tags);
  std::vector<std::uint8_t> buffer(65535);
  const auto decoded = decode_record(record, buffer);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->question.to_string(), "www.example A");
  EXPECT_TRUE(decoded->dnssec_ok);
  EXPECT_FALSE(decoded->checking_disabled);
  EXPECT_EQ(decoded->answer.kind, dns::AnswerKind::positive);
  EXPECT_EQ(dns::MessageView::parse(decoded->answer.message).header().ancount, 2);
  EXPECT_FALSE(decoded->tags.authentic);
  EXPECT_EQ(decoded->tags.blocked, 17);
  EXPECT_EQ(decoded->tags.upstream_class, 1);
  EXPECT_EQ(decoded->times.stored, kTimes.stored);
  EXPECT_EQ(decoded->times.expires, kTimes.expires);
  EXPECT_EQ(decoded->times.since, kTimes.since);
}

TEST(Record, is_refused_when_cut_anywhere) {
  const auto record = record_of(Asked("www.example"), {});
  std::vector<std::uint8_t> buffer(65535);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(decode_record(dns::Bytes(record).first(size), buffer)) << size;
  }
}

TEST(Record, is_refused_with_a_header_that_nobody_writes) {
  struct Row {
    std::size_t at;
    std::uint8_t value;
  };

  const Row rows[] = {{0, 0},  {0, 2}, {1, 4},     {2, 3},    {3, 14},
                      {3, 19}, {4, 1}, {12, 0xff}, {20, 0x80}};
  std::vector<std::uint8_t> buffer(65535);
  for (const Row& row : rows) {
    auto record = record_of(Asked("www.example"), {});
    record[row.at] = row.value;
    EXPECT_FALSE(decode_record(record, buffer)) << row.at << " " << unsigned{row.value};
  }
}

TEST(Record, is_refused_when_its_message_is_no_answer) {
  auto record = record_of(Asked("www.example"), {});
  std::vector<std::uint8_t> buffer(65535);
  record[kRecordHeaderBytes + 3] = 2;  // SERVFAIL
  EXPECT_FALSE(decode_record(record, buffer));
  record[kRecordHeaderBytes + 3] = 0;
  record[kRecordHeaderBytes + 2] |= 2;  // TC
  EXPECT_FALSE(decode_record(record, buffer));
}

TEST(Record, ages_by_the_wall_clock) {
  const Lifetime times = lifetime_of(kTimes, kWall, kStart);
  EXPECT_EQ(times.stored, kStart - 100s);
  EXPECT_EQ(times.expires, kStart + 200s);
  EXPECT_EQ(times.since, kStart - 100s - 1'000'000s);
}

TEST(Record, is_stale_at_once_when_its_times_cannot_be_right) {
  const UnixTime stored = kTimes.stored;
  // The clock was set back, to 1970 even; a life longer than any TTL; one that ends before it
  // began.
  EXPECT_EQ(lifetime_of(kTimes, stored - 61s, kStart).expires, kStart);
  EXPECT_EQ(lifetime_of(kTimes, UnixTime(0), kStart).expires, kStart);
  EXPECT_EQ(lifetime_of({stored, stored + 200h, stored}, kWall, kStart).expires, kStart);
  EXPECT_EQ(lifetime_of({stored, stored - 1s, stored}, kWall, kStart).expires, kStart);
  // Small differences between clocks are none; far ahead, all is long past its time.
  EXPECT_EQ(lifetime_of(kTimes, stored - 59s, kStart).stored, kStart);
  EXPECT_LT(lifetime_of(kTimes, UnixTime(4'100'000'000), kStart).expires, kStart - 24h * 365);
}

}  // namespace
}  // namespace holdfast::test
