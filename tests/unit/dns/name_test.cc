#include "dns/name.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::pointer;
using test::Raw;

std::string labels(std::size_t count, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += std::string(size, 'a') + ".";
  return text;
}

TEST(NameParse, ReadsAndPrints) {
  struct Case {
    const char* in;
    Raw wire;
    const char* out;
  };

  for (const Case& c : std::vector<Case>{
           {"", Raw(1, '\0'), "."},
           {".", Raw(1, '\0'), "."},
           {"org", Raw("\3org\0", 5), "org"},
           {"org.", Raw("\3org\0", 5), "org"},
           {"wWw.Example.org", Raw("\3wWw\7Example\3org\0", 17), "wWw.Example.org"},
           {R"(a\.b.c)", Raw("\3a.b\1c\0", 7), R"(a\.b.c)"},
           {R"(a\\b)", Raw("\3a\\b\0", 5), R"(a\\b)"},
           {R"(\097\000\255)", Raw("\3a\0\xff\0", 5), R"(a\000\255)"},
           {R"(a\032b)", Raw("\3a b\0", 5), R"(a\032b)"},
           {R"(\a\@)", Raw("\2a@\0", 4), "a@"},
           {"_sip._tcp.x", Raw("\4_sip\4_tcp\1x\0", 13), "_sip._tcp.x"},
       }) {
    const auto name = Name::parse(c.in);
    ASSERT_TRUE(name) << c.in;
    EXPECT_EQ(as_raw(name->wire()), c.wire) << c.in;
    EXPECT_EQ(name->to_string(), c.out);
    EXPECT_TRUE(name->same_case(*Name::parse(c.out)));
  }
}

TEST(NameParse, RefusesWhatIsNoName) {
  for (const char* text : {"..", ".a", "a..b", "a b", "a\tb", "a\nb", "\x7f", "m\xc3\xbcnchen",
                           R"(a\)", R"(a\25)", R"(\256)", R"(\2x5)", R"(\999)"}) {
    const auto name = Name::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error(), std::errc::invalid_argument);
  }
}

TEST(NameParse, KnowsTheLengths) {
  EXPECT_TRUE(Name::parse(std::string(63, 'a')));
  EXPECT_FALSE(Name::parse(std::string(64, 'a')));
  EXPECT_TRUE(Name::parse(R"(\097)" + std::string(62, 'a')));
  EXPECT_FALSE(Name::parse(R"(\097)" + std::string(63, 'a')));
  // 3 · 64 + 62 + 1 = 255 bytes on the wire
  EXPECT_EQ(Name::parse(labels(3, 63) + std::string(61, 'b'))->wire().size(), 255U);
  EXPECT_TRUE(Name::parse(labels(3, 63) + std::string(61, 'b') + "."));
  EXPECT_FALSE(Name::parse(labels(3, 63) + std::string(62, 'b')));
  EXPECT_FALSE(Name::parse(labels(3, 63) + std::string(60, 'b') + ".c"));
  EXPECT_EQ(Name::parse(labels(127, 1))->label_count(), 127U);
  EXPECT_FALSE(Name::parse(labels(128, 1)));
}

TEST(NameFromWire, TakesExactlyOneWholeName) {
  EXPECT_TRUE(Name::from_wire(as_bytes(Raw("\3org\0", 5))));
  EXPECT_TRUE(Name::from_wire(as_bytes(Raw("\0", 1))));
  EXPECT_FALSE(Name::from_wire({}));
  EXPECT_FALSE(Name::from_wire(as_bytes(Raw("\3org", 4))));
  EXPECT_FALSE(Name::from_wire(as_bytes(Raw("\3org\0\0", 6))));
  EXPECT_FALSE(Name::from_wire(as_bytes(Raw("\3or\0", 4))));
  EXPECT_FALSE(Name::from_wire(as_bytes(Raw("\1a\xc0\0", 4))));
  EXPECT_FALSE(Name::from_wire(as_bytes("\x40" + Raw(64, 'a') + '\0')));
}

TEST(PlainNameSize, EndsAtTheRoot) {
  EXPECT_EQ(plain_name_size(as_bytes(Raw("\3org\0more", 9))), 5U);
  EXPECT_EQ(plain_name_size(as_bytes(Raw("\0", 1))), 1U);
  EXPECT_EQ(plain_name_size({}), 0U);
  const Raw longest = test::name(labels(3, 63) + std::string(61, 'b'));
  ASSERT_EQ(longest.size(), 255U);
  EXPECT_EQ(plain_name_size(as_bytes(longest)), 255U);
  const Raw too_long = test::name(labels(3, 63) + std::string(62, 'b'));
  EXPECT_EQ(plain_name_size(as_bytes(too_long + "tail")), 0U);
}

/// Reads the name at `at` of a message of twelve zeros and `body`.
std::optional<Name> read_at(const Raw& body, std::size_t at, std::size_t* end = nullptr) {
  const Raw message = Raw(12, '\0') + body;
  WireReader reader(as_bytes(message), at);
  auto name = Name::read(reader);
  EXPECT_EQ(name.has_value(), reader.ok());
  if (end != nullptr) *end = reader.at();
  return name;
}

TEST(NameRead, FollowsPointersBackwards) {
  const Raw body = Raw("\7example\3org\0", 13) + "\3www" + pointer(12) + "\1a" + pointer(25) + "x";
  std::size_t end = 0;
  EXPECT_EQ(read_at(body, 12, &end)->to_string(), "example.org");
  EXPECT_EQ(end, 25U);
  EXPECT_EQ(read_at(body, 25, &end)->to_string(), "www.example.org");
  EXPECT_EQ(end, 31U);
  EXPECT_EQ(read_at(body, 31, &end)->to_string(), "a.www.example.org");
  EXPECT_EQ(end, 35U);
  EXPECT_EQ(read_at(body, 20)->to_string(), "org");
}

TEST(NameRead, RefusesHostilePointers) {
  struct Case {
    const char* what;
    Raw body;
    std::size_t at;
  };

  for (const Case& c : std::vector<Case>{
           {"to itself", pointer(12), 12},
           {"two in a ring", pointer(14) + pointer(12), 14},
           {"label and back", "\1a" + pointer(12), 12},
           {"into the middle of itself", "\3abc" + pointer(13), 12},
           {"forward", pointer(14) + Raw("\1a\0", 3), 12},
           {"into the header", pointer(0), 12},
           {"to the last header byte", pointer(11), 12},
           {"past the end", "\1a" + pointer(0x3fff), 12},
           {"cut in two", "\1a\xc0", 12},
           {"back, then forward", Raw("\1a") + pointer(20) + "\1b" + pointer(12) + Raw(1, '\0'),
            16},
       }) {
    EXPECT_FALSE(read_at(c.body, c.at)) << c.what;
  }
}

TEST(NameRead, RefusesBadLabelsAndCuts) {
  EXPECT_FALSE(read_at("\x40" + Raw(80, 'a'), 12));
  EXPECT_FALSE(read_at("\x80" + Raw(200, 'a'), 12));
  EXPECT_FALSE(
      read_at("\x3f"
              "abc",
              12));
  EXPECT_FALSE(read_at("\1a", 12));
  EXPECT_FALSE(read_at("", 12));
  EXPECT_FALSE(read_at("", 13));
}

TEST(NameRead, KnowsTheLengthsAcrossPointers) {
  const Raw tail = test::name(labels(3, 63));  // 193 bytes
  const auto with_label = [&tail](std::size_t size) {
    return tail + static_cast<char>(size) + Raw(size, 'b') + pointer(12);
  };
  EXPECT_EQ(read_at(with_label(61), 12 + tail.size())->wire().size(), 255U);
  EXPECT_FALSE(read_at(with_label(62), 12 + tail.size()));
  const Raw many = test::name(labels(126, 1));
  EXPECT_EQ(read_at(many + "\1b" + pointer(12), 12 + many.size())->label_count(), 127U);
  const Raw most = test::name(labels(127, 1));
  EXPECT_FALSE(read_at(most + "\1b" + pointer(12), 12 + most.size()));
}

TEST(NameRead, BoundsThePointersFollowed) {
  Raw body = Raw("\1a\0", 3);
  body += pointer(12);
  while (body.size() < 2000)
    body += pointer(static_cast<unsigned>(12 + body.size() - 2));
  EXPECT_TRUE(read_at(body, 12 + 3 + 2 * 100));
  EXPECT_FALSE(read_at(body, 12 + 3 + 2 * 200));
}

TEST(Name, KnowsItsAncestors) {
  struct Case {
    const char* name;
    const char* ancestor;
    bool below;
  };

  for (const Case& c : std::vector<Case>{{"a.b.c", "b.c", true},
                                         {"a.b.c", "B.C", true},
                                         {"a.b.c", "a.b.c", true},
                                         {"a.b.c", ".", true},
                                         {".", ".", true},
                                         {".", "c", false},
                                         {"b.c", "a.b.c", false},
                                         {"xb.c", "b.c", false},         // no label boundary
                                         {R"(a\001b.c)", "b.c", false},  // looks like one in bytes
                                         {"a.b.d", "b.c", false}}) {
    EXPECT_EQ(Name::parse(c.name)->is_subdomain_of(*Name::parse(c.ancestor)), c.below)
        << c.name << " " << c.ancestor;
  }
}

TEST(Name, HasParentsUpToTheRoot) {
  EXPECT_EQ(Name::parse("a.b.c")->parent().to_string(), "b.c");
  EXPECT_TRUE(Name::parse("c")->parent().is_root());
  EXPECT_TRUE(Name().parent().is_root());
  EXPECT_EQ(Name().label_count(), 0U);
}

TEST(Name, ComparesWithoutCaseAndOnlyLettersFold) {
  EXPECT_EQ(*Name::parse("WWW.Example.ORG"), *Name::parse("www.eXAMPLE.org"));
  EXPECT_FALSE(Name::parse("WWW.org")->same_case(*Name::parse("www.org")));
  EXPECT_TRUE(Name::parse("www.org")->same_case(*Name::parse("www.org")));
  EXPECT_EQ(Name::parse("WwW.OrG")->lowered().to_string(), "www.org");
  // Pairs that differ in the bit 0x20 only, in short names and in the eight-byte stride.
  for (const char* pattern : {"%", "abcdefg%hijklmnop", "%aaaaaaaaaaaaaaaaaaaa"}) {
    for (int octet = 0; octet < 256; ++octet) {
      std::string a(pattern);
      std::string b(pattern);
      a[a.find('%')] = static_cast<char>(octet);
      b[b.find('%')] = static_cast<char>(octet ^ 0x20);
      const auto x = *Name::from_wire(as_bytes(static_cast<char>(a.size()) + a + '\0'));
      const auto y = *Name::from_wire(as_bytes(static_cast<char>(b.size()) + b + '\0'));
      const bool letter = (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
      EXPECT_EQ(x == y, letter) << octet;
      EXPECT_EQ(hash_name(x.wire(), 5) == hash_name(y.wire(), 5), letter) << octet;
    }
  }
}

TEST(HashName, SpreadsAndDependsOnItsSeed) {
  std::set<std::uint64_t> hashes;
  for (int i = 0; i < 10000; ++i) {
    hashes.insert(hash_name(Name::parse("h" + std::to_string(i) + ".example.org")->wire()));
  }
  EXPECT_EQ(hashes.size(), 10000U);
  const auto name = *Name::parse("www.example.org");
  EXPECT_NE(hash_name(name.wire(), 1), hash_name(name.wire(), 2));
  // A cut, or a shift of the labels, is another name.
  EXPECT_NE(hash_name(Name::parse("a.bc")->wire()), hash_name(Name::parse("ab.c")->wire()));
  std::set<std::uint64_t> low_bits;
  for (int i = 0; i < 4096; ++i) {
    low_bits.insert(hash_name(Name::parse(std::to_string(i))->wire(), 9) & 0xfffU);
  }
  EXPECT_GT(low_bits.size(), 2300U);  // 4096 · (1 − 1/e) = 2589
}

TEST(Name, RandomisesTheCaseOfEveryLetter) {
  test::SeededRandom random(3);
  const auto plain = *Name::parse("www-1.example.org");
  std::set<std::string> seen;
  unsigned upper = 0;
  for (int i = 0; i < 200; ++i) {
    Name name = plain;
    name.randomise_case(random);
    EXPECT_EQ(name, plain);
    seen.insert(name.to_string());
    for (const char c : name.to_string())
      upper += c >= 'A' && c <= 'Z' ? 1U : 0U;
  }
  EXPECT_GT(seen.size(), 190U);
  EXPECT_NEAR(upper, 1300, 150);
}

}  // namespace
}  // namespace holdfast::dns
