#include "control/record_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// A response for "a." with one record in answer: owner by pointer, class IN.
std::vector<std::uint8_t> message_with(std::uint16_t type, std::uint32_t ttl,
                                       const std::vector<std::uint8_t>& rdata) {
  std::vector<std::uint8_t> message{0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0,
                                    0, 0, 1,    'a',  0, 0, 1, 0, 1};
  const auto push = [&message](std::uint32_t value, unsigned bytes) {
    for (; bytes > 0; --bytes) {
      message.push_back(static_cast<std::uint8_t>(value >> (8 * (bytes - 1))));
    }
  };
  push(0xc00c, 2);
  push(type, 2);
  push(1, 2);
  push(ttl, 4);
  push(static_cast<std::uint32_t>(rdata.size()), 2);
  message.insert(message.end(), rdata.begin(), rdata.end());
  return message;
}

std::string text_of(std::uint16_t type, const std::vector<std::uint8_t>& rdata) {
  const auto records = print_records(message_with(type, 300, rdata));
  if (records.size() != 1) {
    ADD_FAILURE() << records.size() << " records";
    return {};
  }
  EXPECT_EQ(records[0].name, "a");
  EXPECT_EQ(records[0].ttl, 300);
  return records[0].type + " " + records[0].rdata;
}

TEST(RecordText, common_types) {
  EXPECT_EQ(text_of(1, {192, 0, 2, 1}), "A 192.0.2.1");
  EXPECT_EQ(text_of(28, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
            "AAAA 2001:db8::1");
  EXPECT_EQ(text_of(5, {1, 'b', 0xc0, 0x0c}), "CNAME b.a.");
  EXPECT_EQ(text_of(2, {0}), "NS .");
  EXPECT_EQ(text_of(15, {0, 10, 1, 'm', 0}), "MX 10 m.");
  EXPECT_EQ(text_of(33, {0, 1, 0, 2, 0, 53, 1, 's', 0}), "SRV 1 2 53 s.");
  EXPECT_EQ(text_of(6, {1, 'm', 0, 1, 'r', 0, 0, 0, 0, 1, 0, 0, 0,
                        2, 0,   0, 0, 3,   0, 0, 0, 4, 0, 0, 0, 5}),
            "SOA m. r. 1 2 3 4 5");
}

TEST(RecordText, text_is_safe_to_print) {
  EXPECT_EQ(text_of(16, {2, 'h', 'i', 3, '"', 0x1b, 0xff}), R"(TXT "hi" "\034\027\255")");
}

TEST(RecordText, other_types_are_generic) {
  EXPECT_EQ(text_of(65280, {0xde, 0xad}), "TYPE65280 \\# 2 dead");
  EXPECT_EQ(text_of(10, {}), "NULL \\# 0");
}

TEST(RecordText, broken_messages_print_nothing) {
  EXPECT_TRUE(print_records({}).empty());
  auto message = message_with(1, 300, {192, 0, 2, 1});
  message.pop_back();
  EXPECT_TRUE(print_records(message).empty());
}

TEST(RecordText, wrong_sizes_are_generic) {
  EXPECT_EQ(text_of(1, {192, 0, 2}), "A \\# 3 c00002");
}

}  // namespace
}  // namespace holdfast
