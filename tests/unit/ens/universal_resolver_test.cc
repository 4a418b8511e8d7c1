#include "ens/universal_resolver.h"

#include <gtest/gtest.h>

#include "tests/support/ens_lab.h"

namespace holdfast::ens {
namespace {

Blob blob(const nlohmann::json& hex) {
  return from_hex(hex.get<std::string>()).value();
}

/// A reply of resolve() with these results.
Blob reply_of(const std::vector<Blob>& results) {
  const Blob inner = AbiWriter().array(results).finish();
  return AbiWriter().bytes(inner).address({}).finish();
}

TEST(UniversalResolver, find_resolver_takes_the_name) {
  const auto name = encode_name("www.dns.eth").value();
  const Blob call = find_resolver_call(name);
  EXPECT_EQ(100U, call.size());
  EXPECT_EQ("0xa1cbcbaf" + std::string(62, '0') + "20" + std::string(62, '0') + "0d" +
                "0377777703646e730365746800" + std::string(38, '0'),
            to_hex(call));
}

TEST(UniversalResolver, an_offset_that_is_no_label_is_malformed) {
  const auto name = encode_name("www.dns.eth").value();
  const auto reply = [](std::uint64_t at) {
    return AbiWriter().address({}).word({}).number(at).finish();
  };
  EXPECT_EQ(4U, read_found_resolver(reply(4), name)->zone_at);
  EXPECT_EQ(12U, read_found_resolver(reply(12), name)->zone_at);
  for (const std::uint64_t at : {1U, 5U, 13U, 200U})
    EXPECT_FALSE(read_found_resolver(reply(at), name)) << at;
  EXPECT_FALSE(read_found_resolver({}, name));
}

TEST(UniversalResolver, results_are_told_apart_by_their_length) {
  const Blob word(kWordBytes, 1);
  const Blob boom = AbiWriter().bytes({}).finish(Selector{0x08c379a0});
  const Blob unsupported = AbiWriter().selector(function::addr).finish(error::unsupported_profile);
  const Blob lone{0xa8, 0xfa, 0x56, 0x82};
  const Blob reply = reply_of({word, {}, boom, unsupported, lone});
  const auto outcomes = read_resolve(reply, 5);
  ASSERT_TRUE(outcomes);
  using Kind = CallOutcome::Kind;
  const Kind wanted[] = {Kind::returned, Kind::absent, Kind::failed, Kind::absent, Kind::absent};
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(wanted[i], (*outcomes)[i].kind) << i;
  EXPECT_FALSE(read_resolve(reply, 4));
  EXPECT_FALSE(read_resolve(reply, 6));
}

TEST(UniversalResolver, flags_are_false_unless_said_clearly) {
  EXPECT_TRUE(read_flag(AbiWriter().number(1).finish()));
  EXPECT_FALSE(read_flag(AbiWriter().number(0).finish()));
  EXPECT_FALSE(read_flag(AbiWriter().number(2).finish()));
  EXPECT_FALSE(read_flag({}));
}

/// Every recorded call is written anew from what it says, and every reply is read.
TEST(UniversalResolver, transcripts_read_and_write_the_same) {
  std::size_t found = 0;
  std::size_t resolved = 0;
  for (const auto& call : ens_lab::load("rpc-transcripts.json", "calls")) {
    const Blob data = blob(call["data"]);
    AbiReader reader(Bytes(data).subspan(kSelectorBytes));
    if (selector_of(data) == function::find_resolver) {
      const Bytes name = reader.bytes();
      ASSERT_EQ(data, find_resolver_call(name));
      ASSERT_TRUE(read_found_resolver(blob(call["result"]), name));
      ++found;
    } else if (selector_of(data) == function::resolve) {
      const Bytes name = reader.bytes();
      AbiReader inner(reader.bytes().subspan(kSelectorBytes));
      const AbiArray calls = inner.array();
      ASSERT_TRUE(reader.ok() && inner.ok());
      std::vector<Blob> copies;
      for (std::size_t i = 0; i < calls.size(); ++i) {
        const Bytes one = calls.bytes(i).value();
        copies.emplace_back(one.begin(), one.end());
      }
      ASSERT_EQ(data, resolve_call(name, copies));
      if (call.contains("result")) {
        ASSERT_TRUE(read_resolve(blob(call["result"]), copies.size())) << call["ids"];
      }
      ++resolved;
    } else if (selector_of(data) == function::supports_interface) {
      ASSERT_EQ(data, supports_interface_call(kExtendedResolver));
    }
  }
  EXPECT_EQ(88U, found);
  EXPECT_EQ(111U, resolved);
}

}  // namespace
}  // namespace holdfast::ens
