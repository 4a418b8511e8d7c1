// The gateways' part in a resolution (EIP-3668, ENSIP-21).
#include "tests/unit/ens/resolution_rig.h"

namespace holdfast::ens {
namespace {

using dns::EdeCode;
using dns::Rcode;
using Status = GatewayReply::Status;

constexpr Selector kCallback{0xf4d4d2f8};

/// At the point where the universal resolver wants gateways asked.
struct CcipRig : ResolutionRig {
  explicit CcipRig(std::string_view name = "a.off.eth") {
    ask(name);
    found(2);
    extended(true);
  }

  GatewayQuestion batch(std::size_t questions) const {
    const GatewayQuestion one{resolver, {"https://a/{data}", "https://b/{data}"}, blob("q")};
    return {bridge.contracts.universal_resolver,
            {"https://ccip.example", "x-batch-gateway:true"},
            ens_lab::batch_call(std::vector<GatewayQuestion>(questions, one))};
  }

  void wants_gateways(const GatewayQuestion& question) {
    reverted(ens_lab::offchain_lookup_revert(question, kCallback, blob("extra")));
  }

  void gateway(GatewayReply reply) {
    const AskId id = asks.front().id;
    ASSERT_TRUE(std::holds_alternative<GatewayRequest>(asks.front().what));
    asks.erase(asks.begin());
    resolution->on_gateway(id, std::move(reply), now);
    take();
  }
};

Blob record_of(std::string_view owner) {
  const auto name = dns_name(owner);
  Blob stored(name.wire().begin(), name.wire().end());
  const Blob rest{0, 1, 0, 1, 0, 0, 0, 90, 0, 4, 203, 0, 113, 5};
  stored.insert(stored.end(), rest.begin(), rest.end());
  return stored;
}

TEST(Ccip, what_gateways_say_goes_back_to_the_contract) {
  CcipRig rig;
  const auto calls = rig.multicall();
  rig.wants_gateways(rig.batch(2));
  EXPECT_EQ(2U, rig.asks.size());
  EXPECT_EQ(rig.now + 3s, rig.resolution->deadline());
  rig.gateway({Status::data, 200, blob("one")});
  rig.gateway({Status::data, 200, blob("two")});
  EXPECT_EQ(kCallback, rig.function());
  const ChainCall callback = rig.call();
  EXPECT_EQ(rig.bridge.contracts.universal_resolver, callback.to);
  AbiReader reader(Bytes(callback.data).subspan(kSelectorBytes));
  const Bytes response = reader.bytes();
  EXPECT_EQ(batch_response({blob("one"), blob("two")}), Blob(response.begin(), response.end()));
  std::vector<Blob> results(calls.calls.size(), returns(Bytes{}));
  results[0] = returns(true);
  results[1] = returns(Bytes(record_of("a.off.eth")));
  rig.returned(ens_lab::resolve_reply(results));
  ASSERT_EQ(1U, rig.answer().records.size());
  EXPECT_EQ(90U, rig.answer().records[0].ttl);
  EXPECT_EQ(4U, rig.resolution->calls());
}

TEST(Ccip, a_gateway_that_fails_is_an_outage) {
  for (const Status status : {Status::unreachable, Status::timed_out, Status::too_large,
                              Status::malformed, Status::refused}) {
    CcipRig rig;
    rig.wants_gateways(rig.batch(1));
    rig.gateway({status, 0, {}});
    rig.gateway({status, 0, {}});
    EXPECT_EQ(Rcode::servfail, rig.rcode());
    EXPECT_EQ(EdeCode::no_reachable_authority, rig.answer().ede);
    EXPECT_TRUE(rig.asks.empty());
  }
}

TEST(Ccip, a_client_error_stops_at_once) {
  CcipRig rig;
  rig.wants_gateways(rig.batch(1));
  rig.gateway({Status::http_error, 404, {}});
  EXPECT_EQ(Rcode::servfail, rig.rcode());
}

TEST(Ccip, data_that_the_contract_refuses_is_no_absence) {
  CcipRig rig;
  const auto count = rig.multicall().calls.size();
  rig.wants_gateways(rig.batch(1));
  rig.gateway({Status::data, 200, blob("forged")});
  const Blob refused = AbiWriter().number(1).finish(Selector{0x12345678});
  rig.returned(ens_lab::resolve_reply(std::vector<Blob>(count, refused)));
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ(EdeCode::invalid_information, rig.answer().ede);
}

TEST(Ccip, reverts_after_gateways_are_no_absence_either) {
  for (const Blob& revert : {Blob{}, AbiWriter().bytes({}).finish(error::resolver_error)}) {
    CcipRig rig;
    rig.wants_gateways(rig.batch(1));
    rig.gateway({Status::data, 200, blob("forged")});
    rig.reverted(revert);
    EXPECT_EQ(Rcode::servfail, rig.rcode());
  }
}

TEST(Ccip, functions_that_the_resolver_lacks_may_be_missing_still) {
  CcipRig rig;
  const auto count = rig.multicall().calls.size();
  rig.wants_gateways(rig.batch(1));
  rig.gateway({Status::data, 200, blob("nothing")});
  const Blob lacking = AbiWriter().selector({}).finish(error::unsupported_profile);
  rig.returned(ens_lab::resolve_reply(std::vector<Blob>(count, lacking)));
  EXPECT_EQ(Rcode::noerror, rig.rcode());
}

TEST(Ccip, switched_off_nothing_is_fetched) {
  CcipRig rig;
  rig.bridge.gateways.enabled = false;
  rig.wants_gateways(rig.batch(1));
  EXPECT_TRUE(rig.asks.empty());
  EXPECT_EQ(EdeCode::prohibited, rig.answer().ede);
}

TEST(Ccip, a_host_that_is_not_allowed_is_prohibited) {
  CcipRig rig;
  rig.wants_gateways(rig.batch(1));
  rig.gateway({Status::prohibited, 0, {}});
  rig.gateway({Status::prohibited, 0, {}});
  EXPECT_EQ(EdeCode::prohibited, rig.answer().ede);
}

TEST(Ccip, nobody_asks_in_another_contracts_name) {
  CcipRig rig;
  GatewayQuestion question = rig.batch(1);
  question.sender = rig.resolver;
  rig.wants_gateways(question);
  EXPECT_TRUE(rig.asks.empty());
  EXPECT_EQ(EdeCode::invalid_information, rig.answer().ede);
}

TEST(Ccip, lookups_without_end_end) {
  CcipRig rig;
  unsigned lookups = 0;
  while (rig.resolution->answer() == nullptr && lookups < 20) {
    rig.wants_gateways(rig.batch(1));
    ++lookups;
    if (!rig.asks.empty()) rig.gateway({Status::data, 200, blob("more")});
  }
  EXPECT_EQ(5U, lookups);
  EXPECT_EQ(EdeCode::no_reachable_authority, rig.answer().ede);
}

TEST(Ccip, silent_gateways_are_waited_for_three_seconds) {
  CcipRig rig;
  rig.wants_gateways(rig.batch(2));
  rig.resolution->on_time(rig.now + 2999ms);
  EXPECT_EQ(nullptr, rig.resolution->answer());
  rig.resolution->on_time(rig.now + 3s);
  EXPECT_EQ(Rcode::servfail, rig.rcode());
  EXPECT_EQ("gateways are silent", rig.answer().ede_text);
  EXPECT_EQ(kForever, rig.resolution->deadline());
}

TEST(Ccip, a_lookup_that_makes_no_sense_is_asked_elsewhere) {
  CcipRig rig;
  rig.reverted(Blob{0x55, 0x6f, 0x18, 0x30, 1});
  EXPECT_TRUE(rig.call().elsewhere);
}

}  // namespace
}  // namespace holdfast::ens
