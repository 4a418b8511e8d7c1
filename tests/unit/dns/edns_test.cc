#include "dns/edns.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::option;
using test::Raw;

/// Reads an OPT record of the tests' making.
std::optional<Edns> read(const Raw& whole) {
  WireReader reader(as_bytes(whole), 3);
  auto edns = Edns::read_after_type(reader);
  EXPECT_EQ(edns.has_value(), reader.ok());
  return edns;
}

/// A copy of its EXTRA-TEXT.
Raw text_of(const Raw& whole) {
  return as_raw(read(whole).value().ede_text);
}

TEST(EdnsRead, TakesTheFixedFields) {
  const auto edns = read(test::opt(4096, {}, 0x8001, 3, 0x12));
  ASSERT_TRUE(edns);
  EXPECT_EQ(edns->payload, 4096);
  EXPECT_EQ(edns->version, 3);
  EXPECT_EQ(edns->extended_rcode, 0x12);
  EXPECT_TRUE(edns->dnssec_ok);
  EXPECT_FALSE(edns->keepalive_asked);
  EXPECT_FALSE(edns->ede);
  EXPECT_FALSE(read(test::opt(512, {}, 0x7fff))->dnssec_ok);
}

TEST(EdnsRead, TakesTheOptionsWeKnow) {
  const Raw options = option(100, "?") + option(15, test::u16(18) + "go away") + option(11, "") +
                      option(15, test::u16(3)) + option(65535, "");
  const Raw whole = test::opt(1232, options);
  const auto edns = read(whole);
  ASSERT_TRUE(edns);
  EXPECT_EQ(edns->ede, EdeCode::prohibited);  // the first one
  EXPECT_EQ(text_of(whole), "go away");
  EXPECT_TRUE(edns->keepalive_asked);
}

TEST(EdnsRead, KnowsWhichLengthsAreImpossible) {
  struct Case {
    unsigned code;
    std::size_t size;
    bool good;
  };

  for (const Case& c : std::vector<Case>{
           {10, 0, false}, {10, 7, false}, {10, 8, true},   {10, 9, false},  {10, 15, false},
           {10, 16, true}, {10, 40, true}, {10, 41, false}, {11, 0, true},   {11, 1, false},
           {11, 2, true},  {11, 3, false}, {15, 0, false},  {15, 1, false},  {15, 2, true},
           {8, 1, true},   {8, 0, true},   {12, 0, true},   {12, 999, true}, {3, 5, true}}) {
    const Raw options = option(c.code, Raw(c.size, 'x'));
    EXPECT_EQ(read(test::opt(1232, options)).has_value(), c.good) << c.code << " " << c.size;
  }
  EXPECT_FALSE(read(test::opt(1232, option(11, "xy")))->keepalive_asked);
}

TEST(EdnsRead, KeepsTheFirstCookieWhole) {
  const Raw cookie = "clientsyserverside";  // 8 and 10
  const Raw whole = test::opt(1232, option(3, "") + option(10, cookie) + option(10, "another1"));
  EXPECT_EQ(as_raw(read(whole)->cookie), cookie);
  EXPECT_TRUE(read(test::opt(1232, option(8, "subnet")))->cookie.empty());
}

TEST(EdnsRead, RefusesOptionsThatOverrun) {
  EXPECT_FALSE(read(test::opt(1232, test::u16(100) + test::u16(50) + "abc")));
  EXPECT_FALSE(read(test::opt(1232, Raw("\0\x64\0", 3))));
  EXPECT_FALSE(read(test::opt(1232, Raw("\0", 1))));
  const Raw whole = test::opt(1232, option(100, "abc"));
  for (std::size_t size = 3; size < whole.size(); ++size) {
    EXPECT_FALSE(read(whole.substr(0, size))) << size;
  }
}

Raw write(const OptRecord& opt) {
  std::array<std::uint8_t, 512> buffer{};
  WireWriter writer(buffer);
  opt.write(writer);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.at(), opt.size());
  return as_raw(writer.written());
}

TEST(OptRecord, IsElevenBytesWithoutOptions) {
  EXPECT_EQ(write({}), test::opt(1232));
  EXPECT_EQ(OptRecord{}.size(), 11U);
}

TEST(OptRecord, WritesRcodeFlagsAndOptions) {
  OptRecord opt;
  opt.rcode = Rcode::badvers;
  opt.dnssec_ok = true;
  opt.ede = EdeCode::stale_answer;
  opt.ede_text = "old";
  opt.keepalive = 300;
  EXPECT_EQ(
      write(opt),
      test::opt(1232, option(15, test::u16(3) + "old") + option(11, test::u16(300)), 0x8000, 0, 1));
}

TEST(OptRecord, CarriesACookie) {
  const Raw cookie = "clientsyserver-8";
  OptRecord opt;
  opt.cookie = as_bytes(cookie);
  EXPECT_EQ(write(opt), test::opt(1232, option(10, cookie)));
}

TEST(FindEdns, FindsTheOptBehindTheRecords) {
  const Raw opt = test::opt(1232, option(10, "clientsy"));
  const Raw message = test::MessageBuilder(1, flag::qr)
                          .question("www.example.org")
                          .answer("www.example.org", RrType::a, 5, test::ip4(192, 0, 2, 1))
                          .authority("example.org", RrType::ns, 5, test::name("ns.example.org"))
                          .additional("ns.example.org", RrType::a, 5, test::ip4(192, 0, 2, 2))
                          .opt(opt)
                          .build();
  const auto edns = find_edns(as_bytes(message));
  ASSERT_TRUE(edns);
  EXPECT_EQ(as_raw(edns->cookie), "clientsy");
  for (std::size_t size = 0; size < message.size(); ++size) {
    const Raw cut = message.substr(0, size);
    EXPECT_FALSE(find_edns(as_bytes(cut))) << size;
  }
}

TEST(FindEdns, TakesNoneThatIsNotInTheAdditionalSection) {
  const Raw opt = test::opt(1232, option(10, "clientsy"));
  const Raw in_answer = test::MessageBuilder(1, flag::qr)
                            .question("a.example")
                            .opt(opt)
                            .count(1, 1)
                            .count(3, 0)
                            .build();
  EXPECT_FALSE(find_edns(as_bytes(in_answer)));
  EXPECT_FALSE(find_edns(as_bytes(test::MessageBuilder(1).question("a.example").build())));
  EXPECT_TRUE(find_edns(as_bytes(test::MessageBuilder(1).opt(opt).build()))) << "a bare error";
}

TEST(OptRecord, IsPaddedWithZeros) {
  OptRecord opt;
  opt.padding = 0;
  EXPECT_EQ(write(opt), test::opt(1232, option(12, "")));
  opt.padding = 5;
  EXPECT_EQ(write(opt), test::opt(1232, option(12, std::string(5, '\0'))));
}

TEST(OptRecord, CutsTextBetweenCharacters) {
  OptRecord opt;
  opt.ede = EdeCode::other;
  const std::string exact(120, 'a');
  opt.ede_text = exact;
  EXPECT_EQ(text_of(write(opt)).size(), 120U);
  const std::string longer(121, 'a');
  opt.ede_text = longer;
  EXPECT_EQ(text_of(write(opt)).size(), 120U);
  const std::string split = std::string(119, 'a') + "\xc3\xbc";  // ü across the cut
  opt.ede_text = split;
  EXPECT_EQ(text_of(write(opt)), std::string(119, 'a'));
}

}  // namespace
}  // namespace holdfast::dns
