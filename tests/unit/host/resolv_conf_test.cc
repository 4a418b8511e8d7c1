#include "host/resolv_conf.h"

#include <gtest/gtest.h>

namespace holdfast::host {
namespace {

/// Without the lines that explain.
std::string said(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at) + 1;
    if (text[at] != '#') kept += text.substr(at, end - at);
    at = end;
  }
  return kept;
}

TEST(ResolvConf, OursHasOneServerAndKeepsTheSearchList) {
  const std::string text =
      our_resolv_conf("# x\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nsearch a.example b.example\n",
                      "127.0.0.1", false);
  EXPECT_TRUE(is_ours(text));
  EXPECT_EQ(said(text), "nameserver 127.0.0.1\nsearch a.example b.example\n");
}

TEST(ResolvConf, TheLastSearchListCounts) {
  EXPECT_EQ(search_of("search a.example b.example\nnameserver 10.0.0.2\n"),
            (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(search_of("search a.example\ndomain c.example"), std::vector<std::string>{"c.example"});
  EXPECT_TRUE(search_of("# search a.example\nsearching b\n").empty());
}

TEST(ResolvConf, OptionsThatWouldHarmAreNotKept) {
  const auto options = [](const std::string& former, bool trust_ad) {
    return said(our_resolv_conf("options " + former + "\n", "::1", trust_ad));
  };
  EXPECT_EQ(options("edns0 trust-ad", false), "nameserver ::1\noptions edns0\n");
  EXPECT_EQ(options("edns0", true), "nameserver ::1\noptions edns0 trust-ad\n");
  EXPECT_EQ(options("rotate timeout:1", false), "nameserver ::1\n");
  EXPECT_EQ(options("timeout:5 ndots:2", false), "nameserver ::1\noptions timeout:5 ndots:2\n");
  EXPECT_EQ(options("timeout:x", false), "nameserver ::1\n");
}

TEST(ResolvConf, OddTextIsNoTrouble) {
  EXPECT_EQ(said(our_resolv_conf("search\n\n;c\nfoo bar\nsearch last.example", "127.0.0.1", false)),
            "nameserver 127.0.0.1\nsearch last.example\n");
  EXPECT_EQ(said(our_resolv_conf("", "127.0.0.1", false)), "nameserver 127.0.0.1\n");
}

TEST(ResolvConf, ServersAreRead) {
  EXPECT_EQ(nameservers_of("nameserver\t127.0.0.53 \n #nameserver 1.1.1.1\nnameserver ::1"),
            (std::vector<std::string>{"127.0.0.53", "::1"}));
}

}  // namespace
}  // namespace holdfast::host
