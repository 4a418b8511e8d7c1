// Names that are answered here, and those that are not.
#include "resolver/local_names.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

using dns::RrType;
using dns::test::MessageBuilder;

constexpr const char* kV6Zone =
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa";

Route route(const char* zone, bool builtin = false, std::size_t upstreams = 1) {
  Route made;
  made.zone = dns::Name::parse(zone).value();
  made.builtin = builtin;
  if (upstreams > 0) made.tiers.push_back(Tier(upstreams));
  return made;
}

/// The answer as text, "NXDOMAIN | authority test SOA 3600 …" cut behind the type and TTL of an
/// SOA; "-" if the name is to be looked up.
std::string answer(const char* name, RrType type, const Route* route = nullptr,
                   const HostIndex& hosts = {}) {
  const auto raw = MessageBuilder().question(name, type).build();
  const auto query = dns::QueryView::parse(dns::test::as_bytes(raw));
  EXPECT_EQ(query.error, dns::ParseError::none);
  std::array<std::uint8_t, 1500> buffer;
  const auto written = answer_here(query, route, hosts, buffer);
  if (!written) return "-";
  const auto view = dns::MessageView::parse(*written);
  EXPECT_TRUE(view.ok()) << name;
  EXPECT_TRUE(view.header().has(dns::flag::qr));
  EXPECT_TRUE(view.question() == query.question());
  std::string text = to_string(view.rcode());
  for (const std::string& line : dns::test::lines_of(*written)) {
    const auto soa = line.find(" SOA ");
    text += " | " + (soa == std::string::npos ? line : line.substr(0, soa + 4));
  }
  return text;
}

TEST(LocalNames, special_use_names_never_leave_the_host) {
  struct Row {
    const char* name;
    RrType type;
    std::string expected;
  };

  const std::string v6 = kV6Zone;
  const Row rows[] = {
      {"localhost", RrType::a, "NOERROR | answer localhost A 3600 7f000001"},
      {"LocalHost", RrType::a, "NOERROR | answer LocalHost A 3600 7f000001"},
      {"x.y.localhost", RrType::a, "NOERROR | answer x.y.localhost A 3600 7f000001"},
      {"localhost", RrType::aaaa,
       "NOERROR | answer localhost AAAA 3600 0000000000000000 0000000000000001"},
      {"localhost", RrType::mx, "NOERROR | authority localhost SOA"},
      {"invalid", RrType::a, "NXDOMAIN | authority invalid SOA"},
      {"a.b.invalid", RrType::aaaa, "NXDOMAIN | authority invalid SOA"},
      {"www.test", RrType::a, "NXDOMAIN | authority test SOA"},
      {"printer.local", RrType::a, "NXDOMAIN | authority local SOA"},
      {"abc.onion", RrType::a, "NXDOMAIN | authority onion SOA"},
      {"resolver.arpa", RrType::svcb, "NOERROR | authority resolver.arpa SOA"},
      {"_dns.resolver.arpa", RrType::svcb, "NOERROR | authority resolver.arpa SOA"},
      {"1.0.0.127.in-addr.arpa", RrType::ptr,
       "NOERROR | answer 1.0.0.127.in-addr.arpa PTR 3600 localhost"},
      {"1.0.0.127.in-addr.arpa", RrType::a, "NOERROR | authority 127.in-addr.arpa SOA"},
      {"127.in-addr.arpa", RrType::ptr, "NOERROR | authority 127.in-addr.arpa SOA"},
      {"2.0.0.127.in-addr.arpa", RrType::ptr, "NXDOMAIN | authority 127.in-addr.arpa SOA"},
      {kV6Zone, RrType::ptr, "NOERROR | answer " + v6 + " PTR 3600 localhost"},
      {kV6Zone, RrType::a, "NOERROR | authority " + v6 + " SOA"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(answer(row.name, row.type), row.expected);
    const Route root = route(".");
    EXPECT_EQ(answer(row.name, row.type, &root),
              row.expected);  // the default route changes nothing
  }
}

TEST(LocalNames, ordinary_names_are_looked_up) {
  const Route root = route(".");
  for (const char* name : {"www.example.org", "", "notlocalhost", "localhost.example.org", "latest",
                           "arpa", "128.in-addr.arpa", "invalid.org"}) {
    EXPECT_EQ(answer(name, RrType::a, &root), "-") << name;
    EXPECT_EQ(answer(name, RrType::a), "-") << name;
  }
}

TEST(LocalNames, an_explicit_route_at_or_below_a_special_name_wins) {
  struct Row {
    const char* zone;
    bool builtin;
    const char* name;
    bool looked_up;
  };

  const Row rows[] = {
      {"test", false, "www.test", true},
      {"lab.test", false, "www.lab.test", true},
      {"local", false, "printer.local", true},
      {"127.in-addr.arpa", false, "1.0.0.127.in-addr.arpa", true},
      {"test", true, "www.test", false},  // a built-in one is no word of the operator
      {"arpa", false, "1.0.0.127.in-addr.arpa", false},  // above it
      {".", false, "localhost", false},
  };
  for (const Row& row : rows) {
    const Route made = route(row.zone, row.builtin);
    EXPECT_EQ(answer(row.name, RrType::a, &made) == "-", row.looked_up) << row.name << row.zone;
  }
}

TEST(LocalNames, hosts_come_before_everything) {
  const std::vector<HostEntry> entries{
      {dns::Name::parse("nas.example.org").value(),
       {parse_ip("192.0.2.7").value(), parse_ip("192.0.2.8").value(),
        parse_ip("2001:db8::7").value()}},
      {dns::Name::parse("v4.test").value(), {parse_ip("192.0.2.9").value()}},
  };
  const HostIndex hosts(entries);
  const Route explicit_route = route("example.org");
  const auto of = [&](const char* name, RrType type) {
    return answer(name, type, &explicit_route, hosts);
  };
  EXPECT_EQ(of("nas.example.org", RrType::a),
            "NOERROR | answer nas.example.org A 3600 c0000207 | answer nas.example.org A 3600 "
            "c0000208");
  EXPECT_EQ(of("NAS.example.ORG", RrType::aaaa),
            "NOERROR | answer NAS.example.ORG AAAA 3600 20010db800000000 0000000000000007");
  EXPECT_EQ(of("nas.example.org", RrType::mx), "NOERROR | authority nas.example.org SOA");
  EXPECT_EQ(of("v4.test", RrType::a), "NOERROR | answer v4.test A 3600 c0000209");
  EXPECT_EQ(of("v4.test", RrType::aaaa), "NOERROR | authority v4.test SOA");
  EXPECT_EQ(of("x.nas.example.org", RrType::a), "-");  // the name itself only
  EXPECT_EQ(of("example.org", RrType::a), "-");
}

TEST(LocalNames, any_is_answered_with_as_little_as_rfc_8482_allows) {
  const Route root = route(".");
  EXPECT_EQ(answer("www.example.org", RrType::any, &root),
            "NOERROR | answer www.example.org HINFO 3600 0752464338343832 00");
  EXPECT_EQ(answer("www.test", RrType::any, &root), "NXDOMAIN | authority test SOA");
}

TEST(LocalNames, private_zones_without_an_upstream_are_empty) {
  const Route nobody = route("10.in-addr.arpa", true, 0);
  const Route somebody = route("10.in-addr.arpa", true, 1);
  EXPECT_EQ(answer("1.0.0.10.in-addr.arpa", RrType::ptr, &nobody),
            "NXDOMAIN | authority 10.in-addr.arpa SOA");
  EXPECT_EQ(answer("10.in-addr.arpa", RrType::ptr, &nobody),
            "NOERROR | authority 10.in-addr.arpa SOA")
      << "the name of the SOA exists (RFC 6303 3)";
  EXPECT_EQ(answer("1.0.0.10.in-addr.arpa", RrType::ptr, &somebody), "-");
}

}  // namespace
}  // namespace holdfast
