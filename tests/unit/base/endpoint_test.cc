#include "base/endpoint.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct TextPair {
  const char* in;
  const char* out;
};

TEST(ParseIp, ReadsAndPrintsCanonically) {
  const std::vector<TextPair> cases = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:db8::1", "2001:db8::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},       // the longer run (RFC 5952 4.2.3)
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equals
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is not shortened
      {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
      {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
      {"::2:3:4:5:6:7", "::2:3:4:5:6:7"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:201", "::ffff:192.0.2.1"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"fe80::1%2", "fe80::1%2"},
      {"fe80::1%4294967295", "fe80::1%4294967295"},
  };
  for (const auto& c : cases) {
    const auto address = parse_ip(c.in);
    ASSERT_TRUE(address) << c.in;
    EXPECT_EQ(address->to_string(), c.out);
    EXPECT_EQ(*parse_ip(c.out), *address) << c.out;
  }
}

TEST(ParseIp, RefusesWhatIsNoAddress) {
  for (const char* text : {"",
                           " ",
                           "1",
                           "127.1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "1.2.3.-4",
                           "1.2.3.+4",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..2.3",
                           "1.2.3.",
                           ".1.2.3",
                           "0x7f.0.0.1",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1:",
                           ":1",
                           "1:2",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           "1::2::3",
                           "12345::",
                           "g::",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "fe80::1%",
                           "fe80::1%0",
                           "fe80::1%eth0",
                           "2001:db8::1%2",
                           "192.0.2.1%2",
                           "fe80::1%4294967296",
                           "[::1]",
                           "::1/128"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(IpAddress, KnowsItsKind) {
  struct Case {
    const char* address;
    bool loopback, unspecified, is_private;
  };

  for (const Case& c : std::vector<Case>{{"127.0.0.1", true, false, true},
                                         {"127.255.255.255", true, false, true},
                                         {"128.0.0.1", false, false, false},
                                         {"::1", true, false, true},
                                         {"::2", false, false, false},
                                         {"::ffff:127.0.0.1", true, false, true},
                                         {"0.0.0.0", false, true, false},
                                         {"::", false, true, false},
                                         {"10.0.0.0", false, false, true},
                                         {"11.0.0.0", false, false, false},
                                         {"172.15.255.255", false, false, false},
                                         {"172.16.0.0", false, false, true},
                                         {"172.31.255.255", false, false, true},
                                         {"172.32.0.0", false, false, false},
                                         {"192.168.1.1", false, false, true},
                                         {"192.169.0.0", false, false, false},
                                         {"100.63.255.255", false, false, false},
                                         {"100.64.0.0", false, false, true},
                                         {"100.127.255.255", false, false, true},
                                         {"100.128.0.0", false, false, false},
                                         {"169.254.169.253", false, false, true},
                                         {"169.253.0.1", false, false, false},
                                         {"fc00::1", false, false, true},
                                         {"fdff::1", false, false, true},
                                         {"fe00::1", false, false, false},
                                         {"fe80::1", false, false, true},
                                         {"febf::1", false, false, true},
                                         {"fec0::1", false, false, false},
                                         {"::ffff:10.1.2.3", false, false, true},
                                         {"2001:db8::1", false, false, false},
                                         {"8.8.8.8", false, false, false}}) {
    const auto address = parse_ip(c.address);
    ASSERT_TRUE(address) << c.address;
    EXPECT_EQ(address->is_loopback(), c.loopback) << c.address;
    EXPECT_EQ(address->is_unspecified(), c.unspecified) << c.address;
    EXPECT_EQ(address->is_private(), c.is_private) << c.address;
  }
}

TEST(IpAddress, UnmapsOnlyMappedOnes) {
  EXPECT_EQ(parse_ip("::ffff:192.0.2.7")->unmapped(), *parse_ip("192.0.2.7"));
  EXPECT_EQ(parse_ip("::fffe:192.0.2.7")->unmapped(), *parse_ip("::fffe:192.0.2.7"));
  EXPECT_EQ(parse_ip("192.0.2.7")->unmapped(), *parse_ip("192.0.2.7"));
}

TEST(IpAddress, ScopeIsPartOfIt) {
  EXPECT_NE(*parse_ip("fe80::1%1"), *parse_ip("fe80::1%2"));
}

TEST(ParseEndpoint, ReadsAndPrints) {
  const std::vector<TextPair> cases = {
      {"192.0.2.1", "192.0.2.1:53"},
      {"192.0.2.1:5353", "192.0.2.1:5353"},
      {"192.0.2.1:0", "192.0.2.1:0"},
      {"192.0.2.1:65535", "192.0.2.1:65535"},
      {"::1", "[::1]:53"},
      {"[::1]", "[::1]:53"},
      {"[::1]:853", "[::1]:853"},
      {"2001:db8::1", "[2001:db8::1]:53"},
      {"[fe80::1%3]:53", "[fe80::1%3]:53"},
  };
  for (const auto& c : cases) {
    const auto endpoint = parse_endpoint(c.in, 53);
    ASSERT_TRUE(endpoint) << c.in;
    EXPECT_EQ(endpoint->to_string(), c.out);
    EXPECT_EQ(*parse_endpoint(c.out, 1), *endpoint);
  }
}

TEST(ParseEndpoint, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":53", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:x", "192.0.2.1:-1", "192.0.2.1:053",
        "[192.0.2.1]:53", "[::1", "[::1]53", "[::1]:", "[]:53", "::1]:53", "host:53", "[::1]:53x",
        "192.0.2.1:53:53"}) {
    EXPECT_FALSE(parse_endpoint(text, 53)) << text;
  }
}

TEST(ParsePrefix, ReadsAndPrints) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "192.0.2.128/25", "::/0",
                           "::1/128", "fc00::/7", "2001:db8::/33"}) {
    const auto prefix = parse_prefix(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(prefix->to_string(), text);
  }
  EXPECT_EQ(parse_prefix("192.0.2.1")->to_string(), "192.0.2.1/32");
  EXPECT_EQ(parse_prefix("::1")->to_string(), "::1/128");
}

TEST(ParsePrefix, RefusesHostBitsAndNonsense) {
  for (const char* text : {"10.0.0.1/8", "192.0.2.129/25", "::1/127", "10.0.0.0/33", "::/129",
                           "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/08", "/8", "", "fe80::1%2/128"}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
}

TEST(IpPrefix, ContainsByBits) {
  struct Case {
    const char* prefix;
    const char* address;
    bool inside;
  };

  for (const Case& c : std::vector<Case>{{"127.0.0.0/8", "127.255.0.1", true},
                                         {"127.0.0.0/8", "128.0.0.0", false},
                                         {"127.0.0.0/8", "::ffff:127.0.0.1", true},
                                         {"0.0.0.0/0", "1.2.3.4", true},
                                         {"0.0.0.0/0", "::1", false},
                                         {"::/0", "1.2.3.4", false},
                                         {"::/0", "2001:db8::1", true},
                                         {"192.0.2.128/25", "192.0.2.127", false},
                                         {"192.0.2.128/25", "192.0.2.255", true},
                                         {"fc00::/7", "fdff::1", true},
                                         {"fc00::/7", "fe00::1", false},
                                         {"::1/128", "::1", true},
                                         {"::1/128", "::2", false}}) {
    EXPECT_EQ(parse_prefix(c.prefix)->contains(*parse_ip(c.address)), c.inside)
        << c.prefix << " " << c.address;
  }
}

}  // namespace
}  // namespace holdfast
