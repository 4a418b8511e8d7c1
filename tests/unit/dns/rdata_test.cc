#include "dns/rdata.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::MessageBuilder;
using test::name;
using test::pointer;
using test::Raw;

/// The parts in brackets, names as text; "malformed" if they are.
std::string walk(RrType type, const Raw& rdata) {
  const Raw message = MessageBuilder().question("example.org").answer("a", type, 1, rdata).build();
  const MessageView view = MessageView::parse(as_bytes(message));
  std::string out;
  view.for_each([&](const Record& record) {
    const bool sound = walk_rdata(as_bytes(message), record, [&out](const RdataPart& part) {
      out += "[" + (part.name != nullptr ? part.name->to_string() : as_raw(part.bytes)) + "]";
    });
    if (!sound) out = "malformed";
    return true;
  });
  return out;
}

TEST(WalkRdata, FindsTheNames) {
  const Raw org = pointer(12);

  struct Case {
    RrType type;
    Raw rdata;
    std::string parts;
  };

  for (const Case& c : std::vector<Case>{
           {RrType::a, "1234", "[1234]"},
           {RrType::ns, "\2ns" + org, "[ns.example.org]"},
           {RrType::cname, org, "[example.org]"},
           {RrType::mx,
            "<>"
            "\2mx" +
                org,
            "[<>][mx.example.org]"},
           {RrType::soa,
            "\1a" + org + "\1b" + org +
                "12345678"
                "12345678"
                "1234",
            "[a.example.org][b.example.org][12345678][12345678][1234]"},
           {RrType::srv, "123456" + org, "[123456][example.org]"},
           {RrType::naptr,
            Raw("1234"
                "\1U"
                "\0"
                "\2ab",
                10) +
                org,
            std::string("[1234][\1U][") + '\0' + "][\2ab][example.org]"},
           {RrType::dname, name("x"), "[x]"},
           {RrType::rrsig, "123456789012345678" + name("org") + "sig",
            "[123456789][012345678][org][sig]"},
           {RrType::nsec, name("b.org") + "map", "[b.org][map]"},
           {RrType::https, "12" + name("") + "params", "[12][.][params]"},
           {RrType::txt, "\3abc\1d", "[\3abc\1d]"},
           {RrType::txt, "", "[]"},
           {RrType{1000}, "anything", "[anything]"},
           {RrType{1000}, "", "[]"},
       }) {
    EXPECT_EQ(walk(c.type, c.rdata), c.parts) << to_string(c.type);
  }
}

TEST(WalkRdata, RefusesWhatDoesNotFit) {
  const Raw org = pointer(12);

  struct Case {
    RrType type;
    Raw rdata;
  };

  for (const Case& c : std::vector<Case>{{RrType::a, "123"},
                                         {RrType::a, "12345"},
                                         {RrType::a, ""},
                                         {RrType::aaaa, "123456789012345"},
                                         {RrType::aaaa, "12345678901234567"},
                                         {RrType::cname, ""},
                                         {RrType::cname, org + "x"},
                                         {RrType::cname, "\5abc"},
                                         {RrType::cname, pointer(100)},
                                         {RrType::cname, "\xc0"},
                                         {RrType::mx, "1"},
                                         {RrType::mx, "12"},
                                         {RrType::soa, org + org + "1234567890123456789"},
                                         {RrType::soa, org + org + "123456789012345678901"},
                                         {RrType::srv, "12345" + org},
                                         {RrType::naptr, "1234\1U\1V\x7fx" + org},
                                         {RrType::rrsig, "12345678901234567"},
                                         {RrType::txt, "\4abc"},
                                         {RrType::txt, "\1a\2b"}}) {
    EXPECT_EQ(walk(c.type, c.rdata), "malformed") << to_string(c.type) << " " << c.rdata.size();
  }
}

TEST(EqualRdata, ComparesNamesAsNames) {
  const auto equal = [](RrType type, const Raw& a, const Raw& b) {
    const Raw message = MessageBuilder()
                            .question("example.org")
                            .answer("a", type, 1, a)
                            .answer("a", type, 1, b)
                            .build();
    const MessageView view = MessageView::parse(as_bytes(message));
    std::vector<Record> records;
    view.for_each([&records](const Record& record) {
      records.push_back(record);
      return true;
    });
    return equal_rdata(as_bytes(message), records[0], records[1]);
  };
  EXPECT_TRUE(equal(RrType::mx, "12" + name("EXAMPLE.org"), "12" + pointer(12)));
  EXPECT_FALSE(equal(RrType::mx, "12" + name("example.org"), "13" + pointer(12)));
  EXPECT_FALSE(equal(RrType::mx, "12" + name("example.com"), "12" + pointer(12)));
  EXPECT_TRUE(equal(RrType::txt, "\1a", "\1a"));
  EXPECT_FALSE(equal(RrType::txt, "\1a", "\1A"));  // bytes are no names
  EXPECT_FALSE(equal(RrType{1000}, "ab", "abc"));
}

TEST(RdataMayCompress, OnlyTheTypesOfRfc1035) {
  for (const RrType type : {RrType::ns, RrType::cname, RrType::soa, RrType::ptr, RrType::mx}) {
    EXPECT_TRUE(rdata_may_compress(type)) << to_string(type);
  }
  for (const RrType type : {RrType::a, RrType::srv, RrType::dname, RrType::naptr, RrType::rrsig,
                            RrType::https, RrType::txt, RrType{1000}}) {
    EXPECT_FALSE(rdata_may_compress(type)) << to_string(type);
  }
}

}  // namespace
}  // namespace holdfast::dns
