#include "upstream/link_domain.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Notices = std::vector<LinkNotice>;

/// "corp.example tun0 10.8.0.1 10.8.0.2" for each.
std::vector<std::string> found(const Notices& notices) {
  std::vector<std::string> lines;
  for (const LinkDomain& domain : routing_domains(notices)) {
    std::string line = domain.zone.to_string() + ' ' + domain.interface;
    for (const IpAddress& server : domain.servers)
      line += ' ' + server.to_string();
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

LinkNotice tun(std::vector<LinkNotice::Domain> domains, bool owns_all = false) {
  return {"tun0", {"10.8.0.1"}, std::move(domains), owns_all};
}

TEST(LinkDomain, WhatIsForRoutingOnlyIsRoutedBy) {
  EXPECT_EQ(
      found({tun({{"Corp.Example", true}, {"~lab.example", false}, {"home.example", false}})}),
      (Lines{"corp.example tun0 10.8.0.1", "lab.example tun0 10.8.0.1"}));
}

TEST(LinkDomain, AllDomainsOfAVpnAreRoutedBy) {
  EXPECT_EQ(found({tun({{"corp.example", false}, {"10.in-addr.arpa.", false}}, true)}),
            (Lines{"corp.example tun0 10.8.0.1", "10.in-addr.arpa tun0 10.8.0.1"}));
}

TEST(LinkDomain, TheDefaultRouteOfNamesIsNotALinks) {
  EXPECT_TRUE(found({tun({{".", true}, {"~.", false}, {"~", true}, {"", true}}, true)}).empty());
}

TEST(LinkDomain, WhatIsNoNameAndNoAddressIsLeftOut) {
  const std::string long_label(64, 'a');
  EXPECT_EQ(found({{"tun0",
                    {"nobody", "10.8.0.1#dns.example", "::ffff:10.8.0.1", "0.0.0.0", "", "fd00::1"},
                    {{long_label, true}, {"a..b", true}, {"corp.example", true}},
                    false}}),
            Lines{"corp.example tun0 10.8.0.1 fd00::1"});
  EXPECT_TRUE(found({{"tun0", {}, {{"corp.example", true}}, true}}).empty());
  EXPECT_TRUE(found({{"", {"10.8.0.1"}, {{"corp.example", true}}, true}}).empty());
}

TEST(LinkDomain, WhatTwoSayOfALinkCountsOnceAndOfTwoLinksTwice) {
  LinkNotice again = tun({{"CORP.example", true}});
  again.servers = {"10.8.0.9"};
  LinkNotice other = tun({{"corp.example", true}});
  other.interface = "wg0";
  EXPECT_EQ(found({tun({{"corp.example", true}}), again, other}),
            (Lines{"corp.example tun0 10.8.0.1", "corp.example wg0 10.8.0.1"}));
}

TEST(LinkDomain, IsBounded) {
  LinkNotice many{"tun0", {}, {}, true};
  for (int i = 1; i < 100; ++i) {
    many.servers.push_back("10.8.0." + std::to_string(i));
    many.domains.push_back({"d" + std::to_string(i) + ".example", true});
  }
  const auto domains = routing_domains(Notices{many});
  EXPECT_EQ(domains.size(), kMostLinkDomains);
  EXPECT_EQ(domains.front().servers.size(), kMostLinkServers);
}

}  // namespace
}  // namespace holdfast
