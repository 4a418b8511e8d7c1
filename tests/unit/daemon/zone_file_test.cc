#include "daemon/ctl/zone_file.h"

#include <gtest/gtest.h>

#include "ens/hex.h"

namespace holdfast::ctl {
namespace {

const std::string kHead = "$ORIGIN example.net.\n$TTL 300\n@ IN SOA ns1 host 1 2 3 4 5\n";

ZoneFile zone(const std::string& text, const char* apex = nullptr) {
  const auto name = dns::Name::parse(apex != nullptr ? apex : ".").value();
  auto read = parse_zone(text, apex != nullptr ? &name : nullptr);
  const auto* error = std::get_if<std::string>(&read);
  EXPECT_EQ(nullptr, error) << *error;
  return error == nullptr ? std::get<ZoneFile>(std::move(read)) : ZoneFile{};
}

std::string error(const std::string& text, const char* apex = nullptr) {
  const auto name = dns::Name::parse(apex != nullptr ? apex : ".").value();
  const auto read = parse_zone(text, apex != nullptr ? &name : nullptr);
  const auto* wrong = std::get_if<std::string>(&read);
  EXPECT_NE(nullptr, wrong) << text;
  return wrong != nullptr ? *wrong : "";
}

/// owner type ttl rdata-in-hex…
std::vector<std::string> lines(const ZoneFile& file) {
  std::vector<std::string> out;
  for (const auto& set : file.sets) {
    std::string line = dns::Name::from_wire(set.owner)->to_string() + " " +
                       dns::to_string(set.type) + " " + std::to_string(set.ttl);
    for (const auto& rdata : set.rdatas)
      line += " " + ens::to_hex(rdata).substr(2);
    out.push_back(line);
  }
  return out;
}

TEST(ZoneFile, records_of_all_shapes) {
  const auto file = zone(
      "$ORIGIN example.net.\n$TTL 1h\n"
      "@ IN SOA ns1 host ( 1 ; serial\n 2 3 4 5 )\n"
      "  NS ns1\n  NS ns2.example.org.\n"
      "WWW 60 IN A 192.0.2.1\nwww 60 A 192.0.2.2\n"
      "$ORIGIN sub.example.net.\nx IN 1h A 192.0.2.3\n"
      "y TYPE65400 \\# 2 abcd");
  const std::string apex = dns::Name::parse("example.net").value().to_string();
  EXPECT_EQ(apex, file.apex.to_string());
  const auto found = lines(file);
  ASSERT_EQ(5U, found.size());
  EXPECT_TRUE(found[0].starts_with(apex + " SOA 3600 036e7331")) << found[0];
  EXPECT_EQ(2U, file.sets[1].rdatas.size());
  EXPECT_TRUE(found[2].ends_with(" A 60 c0000201 c0000202")) << found[2];
  EXPECT_TRUE(found[3].starts_with("x.sub.example.net")) << found[3];
  EXPECT_TRUE(found[4].ends_with(" 3600 abcd")) << found[4];
  EXPECT_TRUE(file.notes.empty());
}

TEST(ZoneFile, errors_name_the_line) {
  EXPECT_TRUE(error(kHead + "x A 192.0.2.256\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "\n; nothing\nx NOSUCHTYPE 1\n").starts_with("line 6: "));
  EXPECT_TRUE(error(kHead + "x MX 10").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "x A 192.0.2.1 192.0.2.2\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "x CH TXT a\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "$INCLUDE other.zone\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "x TXT ( \"never closed\"\n\ny A 192.0.2.1").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "x TXT \"a\" )\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "x TXT \"a ; b\ny A 192.0.2.1\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + "$ORIGIN sub\nx A 192.0.2.1\n").starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + std::string("x TXT a\0b\n", 10)).starts_with("line 4: "));
  EXPECT_TRUE(error(kHead + std::string(64, 'x') + " A 192.0.2.1\n").starts_with("line 4: "));
}

TEST(ZoneFile, what_looks_like_syntax_in_quotes_and_comments_is_none) {
  const auto file = zone(kHead + "x TXT \"( ; \\\" )\" ; ( \"\ny TXT a\\;b\n");
  ASSERT_EQ(3U, file.sets.size());
  EXPECT_EQ("0x0728203b20222029", ens::to_hex(file.sets[1].rdatas[0]));
}

TEST(ZoneFile, names_outside_and_what_is_relative_to_nothing) {
  EXPECT_TRUE(error(kHead + "example.org. A 192.0.2.1\n").starts_with("line 4: "));
  EXPECT_TRUE(error("$TTL 1\nx A 192.0.2.1\n").starts_with("line 2: "));
  EXPECT_TRUE(error("$TTL 1\nx.example. MX 1 mail\n", nullptr).starts_with("line 2: "));
  EXPECT_EQ(1U, zone("$TTL 1\nx MX 1 mail\n", "example.net").sets.size());
  EXPECT_TRUE(error("$TTL 1\nx.example. A 192.0.2.1\n").find("SOA") != std::string::npos);
  EXPECT_TRUE(error(kHead, "example.org").starts_with("line 3: "));
}

TEST(ZoneFile, a_ttl_must_be_said) {
  EXPECT_TRUE(error("$ORIGIN a.b.\nx A 192.0.2.1\n").starts_with("line 2: "));
  EXPECT_EQ(7U, zone("$ORIGIN a.b.\nx 7 A 192.0.2.1\n", "a.b").sets[0].ttl);
}

TEST(ZoneFile, an_alias_stands_alone) {
  EXPECT_TRUE(error(kHead + "x CNAME a\nx A 192.0.2.1\n").starts_with("line 5: "));
  EXPECT_TRUE(error(kHead + "x A 192.0.2.1\nx CNAME a\n").starts_with("line 5: "));
  EXPECT_TRUE(error(kHead + "x CNAME a\nx CNAME b\n").starts_with("line 5: "));
  EXPECT_TRUE(error(kHead + "@ SOA a b 1 2 3 4 5\n").starts_with("line 4: "));
}

TEST(ZoneFile, what_is_left_out_or_changed_is_noted) {
  const auto file = zone(kHead +
                         "x 60 A 192.0.2.1\nx 90 A 192.0.2.2\nx 60 A 192.0.2.1\n"
                         "x 60 NSEC y A\nsub NS ns.sub\nlong 172800 A 192.0.2.3\n");
  ASSERT_EQ(4U, file.sets.size());
  EXPECT_EQ(60U, file.sets[1].ttl);
  EXPECT_EQ(2U, file.sets[1].rdatas.size());
  EXPECT_EQ(4U, file.notes.size());
}

TEST(ZoneFile, bounds_and_files_that_are_not_there) {
  EXPECT_EQ("larger than 16 MiB", error(std::string((std::size_t{16} << 20U) + 1, ' ')));
  EXPECT_EQ("no records in it", error("; nothing\n"));
  EXPECT_TRUE(std::holds_alternative<std::string>(read_zone_file("/nonexistent/zone", nullptr)));
}

}  // namespace
}  // namespace holdfast::ctl
