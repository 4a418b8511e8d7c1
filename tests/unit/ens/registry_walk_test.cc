#include "ens/registry_walk.h"

#include <gtest/gtest.h>

#include "tests/support/ens_lab.h"
#include "tests/support/ens_walked_chain.h"
#include "tests/unit/ens/resolution_rig.h"

namespace holdfast::ens {
namespace {

using dns::EdeCode;
using dns::Rcode;
using dns::RrType;

std::vector<std::string> steps(std::string_view name, unsigned last) {
  const EncodedName encoded = encode_name(name).value();
  std::vector<std::string> seen;
  for (RegistryWalk walk(encoded, last); !walk.ended(); walk.up())
    seen.push_back(decode_name(Bytes(encoded).subspan(walk.at())));
  return seen;
}

TEST(RegistryWalk, from_the_name_up_to_the_apex) {
  EXPECT_EQ((std::vector<std::string>{"a.b.base.eth", "b.base.eth", "base.eth"}),
            steps("a.b.base.eth", 2));
  EXPECT_EQ((std::vector<std::string>{"base.eth"}), steps("base.eth", 2));
  EXPECT_EQ((std::vector<std::string>{"corp"}), steps("corp", 1));
  EXPECT_TRUE(steps("eth", 2).empty());
  EXPECT_TRUE(steps("", 1).empty());
}

TEST(RegistryWalk, never_takes_the_root_for_a_name) {
  EXPECT_EQ((std::vector<std::string>{"a.eth", "eth"}), steps("a.eth", 0));
}

TEST(RegistryWalk, of_deep_names_those_near_the_apex) {
  std::string deep = "base.eth";
  for (int i = 0; i < 100; ++i)
    deep.insert(0, "x.");
  const auto seen = steps(deep, 2);
  EXPECT_EQ(RegistryWalk::kMostSteps, seen.size());
  EXPECT_EQ("base.eth", seen.back());
}

/// A chain that has no universal resolver.
struct DirectRig : ResolutionRig {
  DirectRig() { bridge.contracts.universal_resolver = {}; }

  void resolver_of(std::string_view name, bool has) {
    EXPECT_EQ(function::resolver, function());
    EXPECT_EQ(bridge.contracts.registry, call().to);
    EXPECT_EQ(resolver_call(namehash(name)), call().data);
    EXPECT_TRUE(call().never_empty);
    returned(AbiWriter().address(has ? resolver : Address{}).finish());
  }
};

TEST(DirectResolution, walks_the_registry_and_asks_the_resolver_itself) {
  DirectRig rig;
  rig.ask("www.dns.eth");
  rig.resolver_of("www.dns.eth", false);
  rig.resolver_of("dns.eth", true);
  rig.extended(false);
  EXPECT_EQ(function::multicall, rig.function());
  EXPECT_EQ(rig.resolver, rig.call().to);
  EXPECT_FALSE(rig.call().never_empty);
  // What it has no function for makes all of it revert: one by one, then.
  rig.reverted({});
  std::size_t calls = 0;
  while (rig.resolution->answer() == nullptr && ++calls < 20) {
    EXPECT_EQ(rig.resolver, rig.call().to);
    if (rig.function() == function::has_dns_records) {
      rig.returned(returns(false));
    } else {
      rig.returned(returns(Bytes{}));
    }
  }
  EXPECT_EQ(Rcode::noerror, rig.rcode());
  EXPECT_EQ(dns_name("dns.eth"), rig.answer().soa->owner);
  // The next question knows both.
  rig.ask("dns.eth");
  EXPECT_EQ(rig.resolver, rig.call().to);
  EXPECT_NE(function::multicall, rig.function());
}

TEST(DirectResolution, nobodys_name_does_not_exist) {
  DirectRig rig;
  rig.ask("a.nobody.eth");
  for (const char* name : {"a.nobody.eth", "nobody.eth", "eth"})
    rig.resolver_of(name, false);
  EXPECT_EQ(function::record_exists, rig.function());
  rig.returned(returns(false));
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
  rig.ask("a.nobody.eth");
  EXPECT_EQ(function::record_exists, rig.function());
}

TEST(DirectResolution, an_alias_is_walked_for_itself) {
  DirectRig rig;
  rig.bridge.zones[1].alias = encode_name("copy.eth");
  rig.ask("www.example.com");
  rig.resolver_of("copy.eth", true);
  rig.extended(false);
  EXPECT_EQ(function::multicall, rig.function());
}

TEST(DirectResolution, an_extended_resolver_gets_the_whole_name) {
  DirectRig rig;
  rig.ask("x.dns.eth");
  rig.resolver_of("x.dns.eth", false);
  rig.resolver_of("dns.eth", true);
  rig.extended(true);
  EXPECT_EQ(function::resolve, rig.function());
  EXPECT_EQ(rig.resolver, rig.call().to);
  EXPECT_EQ(encode_name("x.dns.eth"), rig.multicall().name);
  const auto calls = rig.multicall().calls;
  std::vector<Blob> results;
  for (const Blob& call : calls) {
    const bool flag = selector_of(call) == function::has_dns_records;
    results.push_back(flag ? returns(false) : returns(Bytes{}));
  }
  rig.returned(returns(AbiWriter().array(results).finish()));
  EXPECT_EQ(Rcode::noerror, rig.rcode());
  EXPECT_TRUE(rig.answer().soa);
}

TEST(DirectResolution, what_makes_no_sense_is_asked_elsewhere_and_then_a_failure) {
  DirectRig rig;
  rig.ask("dns.eth");
  rig.returned(Blob(7));
  EXPECT_TRUE(rig.call().elsewhere);
  rig.returned({});
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ(EdeCode::invalid_information, rig.answer().ede);
}

TEST(DirectResolution, records_that_make_no_sense_are_all_asked_for_again) {
  DirectRig rig;
  rig.ask("dns.eth");
  rig.resolver_of("dns.eth", true);
  rig.extended(false);
  rig.reverted({});  // it has no multicall
  std::size_t calls = 0;
  for (; !rig.call().elsewhere && calls < 20; ++calls)
    rig.returned(Blob(kWordBytes, 0xff));  // that are no bytes
  EXPECT_EQ(rig.call().to, rig.resolver);
  std::size_t again = 0;
  for (; rig.resolution->answer() == nullptr && again < 20; ++again)
    rig.returned(Blob(kWordBytes, 0xff));
  EXPECT_EQ(calls, again);
  EXPECT_EQ(Rcode::servfail, rig.rcode());
}

TEST(DirectResolution, a_hundred_calls_one_by_one_are_too_many) {
  DirectRig rig;
  std::string deep = "dns.eth";
  for (int i = 0; i < 60; ++i)
    deep.insert(0, "x.");
  rig.ask(deep);
  while (rig.function() == function::resolver)
    rig.returned(AbiWriter().address({}).finish());
  EXPECT_EQ(function::record_exists, rig.function());
  rig.memory = CutMemory();
  rig.memory.learn_cut(encode_name("dns.eth").value(), {rig.resolver, 0}, rig.now);
  rig.ask(deep);
  while (rig.function() == function::resolver)
    rig.returned(AbiWriter().address({}).finish());
  rig.extended(false);
  rig.reverted({});
  EXPECT_EQ(Rcode::servfail, rig.rcode());
}

TEST(DirectResolution, an_own_zone_may_be_a_single_label_and_denies_what_it_has_not) {
  DirectRig rig;
  rig.bridge.zones.push_back(zone_of("corp", BridgeZone::Kind::own));
  rig.ask("a_b.corp");
  rig.resolver_of("corp", true);
  rig.extended(false);
  EXPECT_EQ(function::multicall, rig.function());
  rig.memory = CutMemory();
  rig.ask("db.corp");
  rig.resolver_of("db.corp", false);
  rig.resolver_of("corp", false);
  rig.returned(returns(false));
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
  EXPECT_EQ(dns_name("corp"), rig.answer().soa->owner);
}

/// As the vectors are with a universal resolver, they are without.
TEST(DirectResolution, gives_the_same_answers_on_the_recorded_chain) {
  Bridge with;
  with.zones = {zone_of("eth", BridgeZone::Kind::native),
                zone_of("example.com", BridgeZone::Kind::copied),
                zone_of("xn--bcher-kva.example", BridgeZone::Kind::copied)};
  with.answers.gateway_a = {parse_ip("192.0.2.80").value()};
  with.answers.gateway_aaaa = {parse_ip("2001:db8::80").value()};
  Bridge without = with;
  without.contracts.universal_resolver = {};
  const ens_lab::RecordedChain recorded;
  ens_lab::WalkedChain walked;
  for (const bool single : {false, true}) {
    if (single) walked.forbid_multicalls();
    for (const auto& vector : ens_lab::load("vectors.json", "vectors")) {
      const auto id = vector["id"].get<std::string>();
      if (vector.value("ccip", false) || id.starts_with("off")) continue;
      const auto wire = from_hex("0x" + vector["qwire"].get<std::string>()).value();
      const dns::Question question{dns::Name::from_wire(wire).value(),
                                   RrType{vector["qtypeNumber"].get<std::uint16_t>()},
                                   dns::RrClass::in};
      CutMemory memory, other_memory;
      Resolution by_universal(with, memory, {195, {}}, question, TimePoint{});
      ens_lab::run(by_universal, recorded, TimePoint{});
      Resolution by_walk(without, other_memory, {195, {}}, question, TimePoint{});
      ens_lab::run(by_walk, walked, TimePoint{});
      ASSERT_NE(nullptr, by_walk.answer()) << id;
      const Answer& wanted = *by_universal.answer();
      const Answer& found = *by_walk.answer();
      EXPECT_EQ(wanted.rcode, found.rcode) << id << (single ? " single: " : ": ") << found.ede_text;
      ASSERT_EQ(wanted.records.size(), found.records.size()) << id;
      for (std::size_t i = 0; i < wanted.records.size(); ++i) {
        EXPECT_EQ(wanted.records[i].rdata, found.records[i].rdata) << id;
        EXPECT_EQ(wanted.records[i].ttl, found.records[i].ttl) << id;
      }
    }
  }
}

}  // namespace
}  // namespace holdfast::ens
