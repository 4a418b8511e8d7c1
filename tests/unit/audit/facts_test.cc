#include "audit/facts.h"

#include <gtest/gtest.h>

namespace holdfast::audit {
namespace {

std::string_view service(const char* address) {
  const Service* found = service_at(parse_ip(address).value());
  return found == nullptr ? "" : found->name;
}

std::string_view cloud(const char* address) {
  const Cloud* found = cloud_at(parse_ip(address).value());
  return found == nullptr ? "" : found->name;
}

void each_word(std::string_view words, const std::function<void(std::string_view)>& visit) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    visit(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

TEST(Facts, EveryPrefixIsOne) {
  const auto check = [](std::string_view word) { EXPECT_TRUE(parse_prefix(word)) << word; };
  for (const Service& s : services())
    each_word(s.prefixes, check);
  for (const Cloud& c : clouds())
    each_word(c.prefixes, check);
}

TEST(Facts, ServicesHaveSeveralAddresses) {
  EXPECT_EQ(service("1.1.1.1"), "cloudflare");
  EXPECT_EQ(service("1.0.0.1"), "cloudflare");
  EXPECT_EQ(service("2606:4700:4700::1001"), "cloudflare");
  EXPECT_EQ(service("8.8.4.4"), service("2001:4860:4860::8888"));
  EXPECT_EQ(service("9.9.9.9"), service("149.112.112.112"));
  EXPECT_EQ(service("::ffff:9.9.9.9"), "quad9");
  EXPECT_EQ(service("169.254.169.253"), service("fd00:ec2::253"));
  EXPECT_EQ(service("192.0.2.1"), "");
}

TEST(Facts, HostsAreKnownWithWhatIsBelow) {
  EXPECT_EQ(service_of("dns10.Quad9.net")->name, "quad9");
  EXPECT_EQ(service_of("one.one.one.one.")->name, "cloudflare");
  EXPECT_EQ(service_of("notquad9.net"), nullptr);
  EXPECT_EQ(service_of(""), nullptr);
  EXPECT_EQ(cloud_of("mainnet.infura.io")->name, "aws");
  EXPECT_EQ(cloud_of("a.b.eu-central-1.amazonaws.com")->name, "aws");
  EXPECT_EQ(cloud_of("example.com"), nullptr);
}

TEST(Facts, CloudsHaveAddressesAndNames) {
  EXPECT_EQ(cloud("52.95.110.1"), "aws");
  EXPECT_EQ(cloud("34.117.0.1"), "google-cloud");
  EXPECT_EQ(cloud("168.63.129.16"), "azure");
  EXPECT_EQ(cloud("104.16.132.229"), "cloudflare");
  EXPECT_EQ(cloud("9.9.9.9"), "");
  EXPECT_EQ(cloud_called("amazon")->name, "aws");
  EXPECT_EQ(cloud_called("lan"), nullptr);
}

TEST(Facts, AVpcsSecondResolverIsItsBasePlusTwo) {
  EXPECT_TRUE(is_base_plus_two(parse_ip("10.0.0.2").value()));
  EXPECT_TRUE(is_base_plus_two(parse_ip("172.31.0.2").value()));
  EXPECT_TRUE(is_base_plus_two(parse_ip("192.168.7.18").value()));
  EXPECT_TRUE(is_base_plus_two(parse_ip("198.19.0.2").value()));
  EXPECT_FALSE(is_base_plus_two(parse_ip("10.0.0.3").value()));
  EXPECT_FALSE(is_base_plus_two(parse_ip("169.254.169.242").value()));
  EXPECT_FALSE(is_base_plus_two(parse_ip("127.0.0.2").value()));
}

}  // namespace
}  // namespace holdfast::audit
