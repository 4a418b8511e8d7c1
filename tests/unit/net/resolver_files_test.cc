#include "net/resolver_files.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::vector<std::string> read(std::string_view text, ResolverFile kind) {
  std::vector<std::string> found;
  for (const IpAddress& address : read_resolvers(text, kind))
    found.push_back(address.to_string());
  return found;
}

using Found = std::vector<std::string>;

TEST(ResolverFiles, ResolvConf) {
  constexpr auto kKind = ResolverFile::resolv_conf;
  EXPECT_EQ(read("# nameserver 192.0.2.1\n"
                 "search example.org\n"
                 "nameserver 192.0.2.53\n"
                 "  nameserver\t2001:db8::53 # the second one\r\n"
                 "nameserver fe80::1%eth0\n"
                 "nameserver resolver.example\n"
                 "nameserver\n"
                 "nameservers 192.0.2.2\n"
                 "nameserver 192.0.2.54",
                 kKind),
            (Found{"192.0.2.53", "2001:db8::53", "192.0.2.54"}));
  EXPECT_EQ(read("", kKind), Found{});
  EXPECT_EQ(read("\n\n", kKind), Found{});
}

TEST(ResolverFiles, LeaseOfNetworkd) {
  EXPECT_EQ(read("# This is private data. Do not parse.\n"
                 "ADDRESS=10.0.0.7\n"
                 "NTP=10.0.0.9\n"
                 "DNS=10.0.0.2 169.254.169.253\n"
                 "DNS_DEFAULT_ROUTE=yes\n",
                 ResolverFile::networkd_lease),
            (Found{"10.0.0.2", "169.254.169.253"}));
}

TEST(ResolverFiles, OfDhclientsLeasesTheLastCounts) {
  EXPECT_EQ(read("lease {\n"
                 "  interface \"eth0\";\n"
                 "  option routers 10.0.0.1;\n"
                 "  option domain-name-servers 10.0.0.3;\n"
                 "}\n"
                 "lease {\n"
                 "  option domain-name-servers 10.0.0.2, 10.0.0.4;\n"
                 "  option domain-name \"example.org\";\n"
                 "}\n",
                 ResolverFile::dhclient_lease),
            (Found{"10.0.0.2", "10.0.0.4"}));
}

TEST(ResolverFiles, BytesOfAnyKindAreNoTrouble) {
  const std::string zeros("nameserver \0\nnameserver 192.0.2.1\0", 35);
  EXPECT_EQ(read(zeros, ResolverFile::resolv_conf), Found{});
  EXPECT_EQ(read("option domain-name-servers ,;,", ResolverFile::dhclient_lease), Found{});
  EXPECT_EQ(read("DNS=", ResolverFile::networkd_lease), Found{});
}

}  // namespace
}  // namespace holdfast
