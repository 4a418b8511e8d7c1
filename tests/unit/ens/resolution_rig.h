// A resolution whose chain and gateways a test plays itself, step by step.
#pragma once

#include <gtest/gtest.h>

#include "ens/resolution.h"
#include "tests/support/ens_batch.h"
#include "tests/support/ens_chain.h"

namespace holdfast::ens {

inline Blob blob(std::string_view text) {
  return {text.begin(), text.end()};
}

inline dns::Name dns_name(std::string_view text) {
  return dns::Name::parse(text).value();
}

inline BridgeZone zone_of(std::string_view apex, BridgeZone::Kind kind) {
  return {dns_name(apex), kind, std::nullopt};
}

/// ABI of a function that returns bytes.
inline Blob returns(Bytes bytes) {
  return AbiWriter().bytes(bytes).finish();
}

inline Blob returns(bool flag) {
  return AbiWriter().number(flag ? 1 : 0).finish();
}

struct ResolutionRig {
  Bridge bridge;
  CutMemory memory;
  TimePoint now{};
  std::optional<Resolution> resolution;
  std::vector<Ask> asks;  // not answered yet
  Address resolver = parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045").value();

  ResolutionRig() {
    bridge.zones = {zone_of("eth", BridgeZone::Kind::native),
                    zone_of("example.com", BridgeZone::Kind::copied)};
  }

  void ask(std::string_view name, dns::RrType type = dns::RrType::a) {
    asks.clear();
    resolution.emplace(bridge, memory, Block{7, {}},
                       dns::Question{dns_name(name), type, dns::RrClass::in}, now);
    take();
  }

  void take() {
    for (Ask& one : resolution->take_asks())
      asks.push_back(std::move(one));
  }

  /// The call that is waited for; a default one if none is.
  ChainCall call() const {
    for (const Ask& one : asks) {
      if (const auto* found = std::get_if<ChainCall>(&one.what)) return *found;
    }
    ADD_FAILURE() << "no call is asked for";
    return {};
  }

  /// Selector of the call that is waited for.
  std::optional<Selector> function() const { return selector_of(call().data); }

  void reply(const CallResult& result) {
    if (asks.empty()) {
      ADD_FAILURE() << "nothing is asked";
      return;
    }
    const AskId id = asks.front().id;
    asks.erase(asks.begin());
    resolution->on_call(id, result, now);
    take();
  }

  void returned(Blob data) { reply({CallResult::Status::returned, std::move(data), {}, {}}); }

  void reverted(Blob data) { reply({CallResult::Status::reverted, std::move(data), {}, {}}); }

  /// findResolver: the resolver is that of the name `labels` labels above the one asked for.
  void found(std::size_t zone_at) {
    EXPECT_EQ(function::find_resolver, function());
    returned(AbiWriter().address(resolver).word({}).number(zone_at).finish());
  }

  void found_nothing() {
    EXPECT_EQ(function::find_resolver, function());
    returned(AbiWriter().address({}).word({}).number(0).finish());
  }

  void extended(bool is) {
    EXPECT_EQ(function::supports_interface, function());
    EXPECT_EQ(resolver, call().to);
    returned(returns(is));
  }

  /// The inner calls of the resolve() that is waited for.
  ens_lab::Multicall multicall() const { return ens_lab::take_apart(call().data); }

  /// Answers resolve(): nothing, but what is said for a function.
  void records(const std::vector<std::pair<Selector, Blob>>& some = {}) {
    EXPECT_EQ(function::resolve, function());
    std::vector<Blob> results;
    for (const Blob& inner : multicall().calls) {
      Blob result = returns(Bytes{});
      if (selector_of(inner) == function::has_dns_records) result = returns(false);
      if (selector_of(inner) == function::addr) result = Blob(kWordBytes);
      for (const auto& [selector, said] : some) {
        if (selector_of(inner) == selector) result = said;
      }
      results.push_back(result);
    }
    returned(ens_lab::resolve_reply(results));
  }

  const Answer& answer() const {
    static const Answer kNone{};
    if (resolution->answer() == nullptr) ADD_FAILURE() << "not done";
    return resolution->answer() != nullptr ? *resolution->answer() : kNone;
  }

  dns::Rcode rcode() const { return answer().rcode; }
};

}  // namespace holdfast::ens
