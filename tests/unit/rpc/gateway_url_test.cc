#include "rpc/gateway_url.h"

#include <gtest/gtest.h>

#include "rpc/public_address.h"

namespace holdfast::rpc {
namespace {

using Status = ens::GatewayReply::Status;

Status refusal(std::string_view url, const GatewayRules& rules = {}) {
  const auto judged = judge_gateway(url, rules);
  const auto* status = std::get_if<Status>(&judged);
  return status == nullptr ? Status::data : *status;  // data: it may be fetched
}

GatewayPlace place(std::string_view url, const GatewayRules& rules = {}) {
  const auto judged = judge_gateway(url, rules);
  const auto* found = std::get_if<GatewayPlace>(&judged);
  EXPECT_NE(found, nullptr) << url;
  return found == nullptr ? GatewayPlace{} : *found;
}

IpAddress ip(std::string_view text) {
  return parse_ip(text).value();
}

TEST(GatewayUrl, HttpsOnItsOwnPortIsFetched) {
  EXPECT_EQ(place("https://gateway.example/{sender}/0x12.json").origin,
            (Origin{true, "gateway.example", 443}));
  EXPECT_EQ(place("HTTPS://GateWay.Example:443?data=0x").origin.host, "gateway.example");
  EXPECT_EQ(place("https://xn--mnchen-3ya.example").origin.host, "xn--mnchen-3ya.example");
  EXPECT_EQ(place("https://192.0.2.1/x").address, ip("192.0.2.1"));
  EXPECT_EQ(place("https://[2001:DB8::1]:443/").address, ip("2001:db8::1"));
}

TEST(GatewayUrl, EverythingElseIsRefused) {
  for (const char* url : {"",
                          "https",
                          "https:",
                          "https://",
                          "https:///x",
                          "http://gateway.example/",
                          "x-batch-gateway:true",
                          "file:///etc/hostname",
                          "gopher://127.0.0.1:18545/_x",
                          "ftp://gateway.example/x",
                          "data:application/json,{}",
                          "//gateway.example/",
                          "https://gateway.example:80/",
                          "https://gateway.example:8545",
                          "https://gateway.example:0/",
                          "https://gateway.example:/",
                          "https://gateway.example:443:443/",
                          "https://gateway.example:65979/",
                          "ws://gateway.example/",
                          " https://gateway.example/",
                          "https://gateway.example/ x",
                          "https://gateway.example/\r\nX: y",
                          "https://gateway.example/\n",
                          "https://gateway.example/#x",
                          "https://gateway.example\\@a.b/",
                          "https://gateway.example/\xc3\xbc",
                          "https://m\xc3\xbcnchen.example/"}) {
    EXPECT_EQ(refusal(url), Status::refused) << url;
  }
}

TEST(GatewayUrl, NobodyIsLoggedInAnywhere) {
  for (const char* url : {"https://a@gateway.example/", "https://a:b@gateway.example/",
                          "https://good.example@127.0.0.1/", "https://@gateway.example/"})
    EXPECT_EQ(refusal(url), Status::refused) << url;
}

TEST(GatewayUrl, HostsThatOnlySomeTakeForAnAddress) {
  for (const char* url :
       {"https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://0177.0.0.1/",
        "https://127.0.0.1./", "https://1.0x7f/", "https://localhost/", "https://router/",
        "https://gateway.example./", "https://.example/", "https://a..example/",
        "https://%31.example/", "https://[127.0.0.1]/", "https://[::1/",
        "https://[fe80::1%25eth0]/", "https://[fe80::1%2]/", "https://::1/", "https://[]/"})
    EXPECT_EQ(refusal(url), Status::refused) << url;
}

TEST(GatewayUrl, AnOriginThatIsAllowedMayBeAnything) {
  const GatewayRules rules{false, {{false, "127.0.0.1", 18550}}, {}, {}};
  const auto found = place("http://127.0.0.1:18550/ok/0x/0x.json", rules);
  EXPECT_TRUE(found.allowed);
  EXPECT_TRUE(may_reach(found, ip("127.0.0.1"), {ip("127.0.0.1")}));
  for (const char* url :
       {"https://127.0.0.1:18550/", "http://127.0.0.1/", "http://127.0.0.2:18550/",
        "http://127.0.0.1:18551/", "http://a@127.0.0.1:18550/"})
    EXPECT_EQ(refusal(url, rules), Status::refused) << url;
  EXPECT_FALSE(place("https://127.0.0.1/", rules).allowed);
}

TEST(GatewayUrl, OnlyThoseAllowedIfThatIsTheRule) {
  const GatewayRules rules{true, {{true, "gateway.example", 443}}, {}, {}};
  EXPECT_EQ(refusal("https://gateway.example/", rules), Status::data);
  EXPECT_EQ(refusal("https://other.example/", rules), Status::prohibited);
  EXPECT_EQ(refusal("file:///x", rules), Status::refused);
}

TEST(GatewayUrl, DeniedHostsAndWhatIsBelow) {
  const GatewayRules rules{
      false, {{true, "gateway.bad.example", 443}}, {"bad.example", "192.0.2.9"}, {}};
  for (const char* url : {"https://bad.example/", "https://a.b.BAD.example/", "https://192.0.2.9/",
                          "https://gateway.bad.example/"})
    EXPECT_EQ(refusal(url, rules), Status::prohibited) << url;
  EXPECT_EQ(refusal("https://notbad.example/", rules), Status::data);
}

TEST(GatewayUrl, OnlyPublicAddressesAndNoneOfOurOwn) {
  const auto found = place("https://gateway.example/");
  EXPECT_TRUE(may_reach(found, ip("93.184.216.34"), {}));
  EXPECT_FALSE(may_reach(found, ip("93.184.216.34"), {ip("93.184.216.34")}));
  EXPECT_FALSE(may_reach(found, ip("169.254.169.254"), {}));
}

TEST(PublicAddress, WhatNoStrangerMaySendUsTo) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.1.2.3",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.253",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "168.63.129.16",
                           "::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::ffff:8.8.8.8",
                           "::8.8.8.8",
                           "64:ff9b::7f00:1",
                           "64:ff9b:1::a00:1",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "3fff::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "5f00::1"})
    EXPECT_FALSE(is_public(ip(text))) << text;
}

TEST(PublicAddress, TheRestOfTheWorld) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0",
        "192.0.1.1", "198.17.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "2400:cb00::1"})
    EXPECT_TRUE(is_public(ip(text))) << text;
}

}  // namespace
}  // namespace holdfast::rpc
