#include "tests/unit/ens/resolution_rig.h"

namespace holdfast::ens {
namespace {

using dns::EdeCode;
using dns::Rcode;
using dns::RrType;

using Rig = ResolutionRig;

TEST(Resolution, an_unregistered_name_does_not_exist) {
  Rig rig;
  rig.ask("nobody.eth");
  rig.found_nothing();
  EXPECT_EQ(function::record_exists, rig.function());
  EXPECT_EQ(rig.bridge.contracts.registry, rig.call().to);
  rig.returned(returns(false));
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
  EXPECT_EQ(dns_name("eth"), rig.answer().soa->owner);
  EXPECT_EQ(60U, rig.answer().soa->ttl);
}

TEST(Resolution, an_owned_name_without_resolver_has_nothing) {
  Rig rig;
  rig.ask("owned.eth");
  rig.found_nothing();
  rig.returned(returns(true));
  EXPECT_EQ(Rcode::noerror, rig.rcode());
  EXPECT_TRUE(rig.answer().records.empty());
}

TEST(Resolution, what_can_be_no_name_is_not_asked_for) {
  Rig rig;
  rig.ask("a\\032b.eth");
  EXPECT_TRUE(rig.asks.empty());
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
  EXPECT_EQ(EdeCode::other, rig.answer().ede);
  EXPECT_EQ(3600U, rig.answer().soa->ttl);
}

TEST(Resolution, the_tld_itself_has_an_soa_and_nothing_else) {
  Rig rig;
  rig.ask("ETH", RrType::soa);
  EXPECT_TRUE(rig.asks.empty());
  EXPECT_EQ(1U, rig.answer().records.size());
  rig.ask("eth");
  EXPECT_EQ(Rcode::noerror, rig.rcode());
  EXPECT_TRUE(rig.answer().soa);
}

TEST(Resolution, other_zones_classes_and_meta_types_are_not_ours) {
  Rig rig;
  for (const RrType type : {RrType::any, RrType::axfr, RrType::ixfr}) {
    rig.ask("dns.eth", type);
    EXPECT_EQ(Rcode::refused, rig.rcode());
  }
  rig.ask("example.org");
  EXPECT_EQ(Rcode::refused, rig.rcode());
  EXPECT_EQ(EdeCode::not_authoritative, rig.answer().ede);
}

TEST(Resolution, a_resolver_at_the_tld_answers_for_nobody_unless_it_is_extended) {
  Rig rig;
  rig.ask("nobody.eth");
  rig.found(7);
  rig.extended(false);
  EXPECT_EQ(function::record_exists, rig.function());
  rig.ask("nobody2.eth");
  rig.memory = CutMemory();
  rig.ask("nobody2.eth");
  rig.found(8);
  rig.extended(true);
  EXPECT_EQ(encode_name("nobody2.eth"), rig.multicall().name);
}

TEST(Resolution, a_copied_zone_that_is_not_on_chain_denies_nothing) {
  Rig rig;
  rig.ask("www.example.com");
  rig.found_nothing();
  EXPECT_EQ(Rcode::refused, rig.rcode());
  rig.memory = CutMemory();
  rig.ask("www.example.com");
  rig.found(12);  // at com
  EXPECT_EQ(Rcode::refused, rig.rcode());
}

TEST(Resolution, of_a_copied_zone_a_labels_are_tried_first_then_the_names_they_mean) {
  Rig rig;
  rig.bridge.zones.push_back(zone_of("xn--bcher-kva.example", BridgeZone::Kind::copied));
  rig.ask("xn--bcher-kva.example");
  EXPECT_EQ(find_resolver_call(encode_name("xn--bcher-kva.example").value()), rig.call().data);
  rig.found_nothing();
  EXPECT_EQ(find_resolver_call(encode_name("b\u00fccher.example").value()), rig.call().data);
  rig.found(0);
  rig.extended(false);
  EXPECT_EQ(encode_name("b\u00fccher.example"), rig.multicall().name);
}

TEST(Resolution, an_alias_holds_the_records_of_another_zone) {
  Rig rig;
  rig.bridge.zones[1].alias = encode_name("copy.eth");
  rig.ask("www.example.com");
  EXPECT_EQ(find_resolver_call(encode_name("copy.eth").value()), rig.call().data);
  rig.found(0);
  rig.extended(false);
  const auto multicall = rig.multicall();
  EXPECT_EQ(encode_name("copy.eth"), multicall.name);
  const Hash owner = keccak256(encode_name("www.example.com").value());
  AbiReader reader(Bytes(multicall.calls[1]).subspan(kSelectorBytes));
  EXPECT_EQ(namehash("copy.eth"), reader.word());
  EXPECT_EQ(owner, reader.word());
  rig.records();
  EXPECT_EQ(dns_name("example.com"), rig.answer().soa->owner);
}

TEST(Resolution, an_alias_without_its_own_resolver_is_nothing) {
  Rig rig;
  rig.bridge.zones[1].alias = encode_name("sub.copy.eth");
  rig.ask("www.example.com");
  rig.found(4);
  rig.extended(false);
  EXPECT_EQ(Rcode::refused, rig.rcode());
}

TEST(Resolution, an_extended_resolver_gets_whole_names_only) {
  Rig rig;
  rig.ask("foo_bar.wild.eth");
  rig.found(0);
  rig.extended(true);
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
}

TEST(Resolution, an_outage_is_never_an_answer) {
  Rig rig;
  rig.ask("dns.eth");
  rig.reply({CallResult::Status::failed, {}, EdeCode::not_ready, "all are syncing"});
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ(EdeCode::not_ready, rig.answer().ede);
  EXPECT_EQ("all are syncing", rig.answer().ede_text);
  EXPECT_FALSE(rig.answer().soa);
}

TEST(Resolution, what_makes_no_sense_is_asked_elsewhere_once) {
  Rig rig;
  rig.ask("dns.eth");
  const Blob first = rig.call().data;
  rig.returned(Blob(31));
  EXPECT_TRUE(rig.call().elsewhere);
  EXPECT_EQ(first, rig.call().data);
  rig.returned(Blob(31));
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ(EdeCode::invalid_information, rig.answer().ede);
}

TEST(Resolution, an_empty_return_of_the_universal_resolver_is_no_answer) {
  Rig rig;
  rig.ask("dns.eth");
  EXPECT_TRUE(rig.call().never_empty);
  rig.returned({});
  EXPECT_TRUE(rig.call().elsewhere);
}

TEST(Resolution, warm_questions_take_one_call) {
  Rig rig;
  rig.ask("www.dns.eth");
  rig.found(4);
  rig.extended(false);
  rig.records();
  EXPECT_EQ(3U, rig.resolution->calls());
  rig.ask("dns.eth");
  EXPECT_EQ(function::resolve, rig.function());
  rig.now += 1h;
  rig.ask("dns.eth");
  EXPECT_EQ(function::find_resolver, rig.function());
}

TEST(Resolution, what_a_resolver_lacks_is_no_data) {
  Rig rig;
  for (const Blob& revert : {Blob{}, AbiWriter().bytes({}).finish(error::resolver_not_found),
                             AbiWriter().bytes({}).address({}).finish(error::resolver_not_contract),
                             AbiWriter().selector({}).finish(error::unsupported_profile),
                             AbiWriter().bytes(blob("boom")).finish(error::resolver_error)}) {
    rig.memory = CutMemory();
    rig.ask("dns.eth");
    rig.found(0);
    rig.extended(false);
    rig.reverted(revert);
    EXPECT_EQ(Rcode::noerror, rig.rcode());
    EXPECT_TRUE(rig.answer().soa);
  }
}

TEST(Resolution, what_dnssec_does_not_prove_is_denied_under_eth_and_left_to_others_elsewhere) {
  Rig rig;
  const Blob revert = AbiWriter().bytes({}).finish(error::could_not_resolve);
  for (const auto& [name, rcode] :
       {std::pair{"dns.eth", Rcode::noerror}, std::pair{"example.com", Rcode::refused}}) {
    rig.ask(name);
    rig.found(0);
    rig.extended(true);
    rig.reverted(revert);
    EXPECT_EQ(rcode, rig.rcode()) << name;
    rig.memory = CutMemory();
    rig.ask(name);
    rig.found(0);
    rig.extended(true);
    const std::vector<Blob> all(rig.multicall().calls.size(), revert);
    rig.returned(ens_lab::resolve_reply(all));
    EXPECT_EQ(rcode, rig.rcode()) << name;
    rig.memory = CutMemory();
  }
}

TEST(Resolution, missing_names_are_nxdomain_if_wanted) {
  Rig rig;
  rig.bridge.answers.missing_is_nxdomain = true;
  rig.ask("nothere.dns.eth");
  rig.found(8);
  rig.extended(false);
  rig.records();
  EXPECT_EQ(Rcode::nxdomain, rig.rcode());
  EXPECT_EQ(dns_name("dns.eth"), rig.answer().soa->owner);
  rig.ask("dns.eth");
  rig.records();
  EXPECT_EQ(Rcode::noerror, rig.rcode());
}

TEST(Resolution, ns_and_soa_are_made_where_none_is_stored) {
  Rig rig;
  rig.bridge.answers.name_servers = {dns_name("ns1.example"), dns_name("ns2.example")};
  rig.ask("dns.eth", RrType::ns);
  rig.found(0);
  rig.extended(false);
  rig.records();
  EXPECT_EQ(2U, rig.answer().records.size());
  rig.ask("dns.eth", RrType::soa);
  rig.records();
  EXPECT_EQ(1U, rig.answer().records.size());
}

TEST(Resolution, configured_texts_are_answered) {
  Rig rig;
  rig.bridge.answers.text_keys = {"url"};
  rig.ask("dns.eth", RrType::txt);
  rig.found(0);
  rig.extended(false);
  rig.records({{function::text, returns(Bytes(blob("https://x.example")))}});
  ASSERT_EQ(1U, rig.answer().records.size());
  EXPECT_EQ(txt_rdata("url=https://x.example"), rig.answer().records[0].rdata);
}

TEST(Resolution, a_name_inside_a_zone_has_no_content_of_its_own) {
  Rig rig;
  rig.ask("_dnslink.sub.site.eth", RrType::txt);
  rig.found(13);
  rig.extended(false);
  rig.records({});
  EXPECT_TRUE(rig.answer().records.empty());
  EXPECT_EQ(dns::Rcode::noerror, rig.answer().rcode);
  EXPECT_TRUE(rig.answer().soa);
}

TEST(Resolution, a_dnslink_below_an_extended_resolver_is_its_parents) {
  Rig rig;
  rig.ask("_dnslink.a.wild.eth", RrType::txt);
  rig.found(11);
  rig.extended(true);
  rig.records();
  EXPECT_EQ(encode_name("a.wild.eth"), rig.multicall().name);
  EXPECT_EQ(1U, rig.multicall().calls.size());
  const Blob ipfs =
      from_hex("0xe3010170122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f")
          .value();
  rig.records({{function::contenthash, returns(Bytes(ipfs))}});
  ASSERT_EQ(1U, rig.answer().records.size());
  EXPECT_EQ(dns_name("_dnslink.a.wild.eth"), rig.answer().records[0].owner);
}

TEST(Resolution, aliases_in_a_circle_end) {
  Rig rig;
  Blob alias;
  const auto owner = dns_name("loop.dns.eth");
  alias.assign(owner.wire().begin(), owner.wire().end());
  const Blob fixed{0, 5, 0, 1, 0, 0, 1, 44, 0, static_cast<std::uint8_t>(owner.wire().size())};
  alias.insert(alias.end(), fixed.begin(), fixed.end());
  alias.insert(alias.end(), owner.wire().begin(), owner.wire().end());
  rig.ask("loop.dns.eth");
  rig.found(5);
  rig.extended(false);
  unsigned rounds = 0;
  while (rig.resolution->answer() == nullptr && ++rounds < 100)
    rig.records({{function::dns_record, returns(Bytes(alias))}});
  EXPECT_EQ(9U, rounds);
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ(EdeCode::invalid_information, rig.answer().ede);
  EXPECT_TRUE(rig.answer().records.empty());
}

TEST(Resolution, results_nobody_waits_for_change_nothing) {
  Rig rig;
  rig.ask("dns.eth");
  rig.resolution->on_call(AskId{99}, {}, rig.now);
  rig.resolution->on_gateway(AskId{1}, {}, rig.now);
  rig.resolution->on_time(rig.now + 100h);
  EXPECT_EQ(nullptr, rig.resolution->answer());
  rig.found(0);
  EXPECT_EQ(function::supports_interface, rig.function());
}

}  // namespace
}  // namespace holdfast::ens
