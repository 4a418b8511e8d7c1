#include "tests/support/ens_walked_chain.h"

#include "tests/support/ens_chain.h"
#include "tests/support/ens_lab.h"

namespace holdfast::ens_lab {
namespace {

using ens::Blob;
using ens::Bytes;
using ens::CallResult;
using Status = CallResult::Status;

Blob blob_of(const nlohmann::json& hex) {
  return ens::from_hex(hex.get<std::string>()).value();
}

CallResult returned(Blob data) {
  return {Status::returned, std::move(data), {}, {}};
}

CallResult never_asked(Bytes data) {
  return {Status::failed, {}, {}, "never asked: " + ens::to_hex(data)};
}

bool is_error(const Blob& result) {
  return result.empty() || result.size() % ens::kWordBytes != 0;
}

}  // namespace

WalkedChain::WalkedChain() {
  for (const auto& call : load("rpc-transcripts.json", "calls")) {
    const Blob data = blob_of(call["data"]);
    CallResult result{Status::failed, {}, {}, {}};
    if (call.contains("result")) {
      result = returned(blob_of(call["result"]));
    } else if (call["error"].contains("data")) {
      result = {Status::reverted, blob_of(call["error"]["data"]), {}, {}};
    }
    const auto to = ens::parse_address(call["to"].get<std::string>()).value();
    whole_[{to, data}] = result;
    const auto selector = ens::selector_of(data);
    if (selector == ens::function::find_resolver) learn_cut(data, result);
    if (selector == ens::function::resolve) learn_records(data, result);
  }
}

void WalkedChain::learn_cut(Bytes call, const CallResult& result) {
  ens::AbiReader reader(call.subspan(ens::kSelectorBytes));
  const Bytes name = reader.bytes();
  const auto found = ens::read_found_resolver(result.data, name);
  if (result.status != Status::returned || !found || found->resolver == ens::Address{}) return;
  resolvers_[ens::namehash(name.subspan(found->zone_at))] = found->resolver;
}

void WalkedChain::learn_records(const Blob& data, const CallResult& result) {
  const Multicall multicall = take_apart(data);
  if (result.status != Status::returned) {
    for (const Blob& call : multicall.calls)
      records_[call] = {};
    return;
  }
  ens::AbiReader reader(result.data);
  ens::AbiReader inner(reader.bytes());
  const ens::AbiArray results = inner.array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Bytes one = results.bytes(i).value_or(Bytes{});
    records_[multicall.calls[i]] = {one.begin(), one.end()};
  }
}

CallResult WalkedChain::call(const ens::ChainCall& call) const {
  const auto known = whole_.find({call.to, call.data});
  if (known != whole_.end()) return known->second;
  if (ens::selector_of(call.data) == ens::function::resolver) return registry(call.data);
  return resolver(call);
}

CallResult WalkedChain::registry(Bytes call) const {
  ens::AbiReader reader(call.subspan(ens::kSelectorBytes));
  const auto found = resolvers_.find(reader.word());
  const ens::Address address = found == resolvers_.end() ? ens::Address{} : found->second;
  return returned(ens::AbiWriter().address(address).finish());
}

CallResult WalkedChain::resolver(const ens::ChainCall& call) const {
  Blob inner = call.data;
  const bool extended = ens::selector_of(inner) == ens::function::resolve;
  if (extended) {
    ens::AbiReader reader(Bytes(call.data).subspan(ens::kSelectorBytes));
    (void)reader.bytes();  // the name
    const Bytes data = reader.bytes();
    inner.assign(data.begin(), data.end());
  }
  if (ens::selector_of(inner) != ens::function::multicall) return one(inner, extended);
  if (single_only_) return {Status::reverted, {}, {}, {}};
  ens::AbiReader reader(Bytes(inner).subspan(ens::kSelectorBytes));
  const ens::AbiArray calls = reader.array();
  std::vector<Blob> results;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Bytes single = calls.bytes(i).value();
    const auto known = records_.find({single.begin(), single.end()});
    if (known == records_.end()) return never_asked(single);
    // A resolver's multicall() reverts as a whole.
    if (is_error(known->second)) return {Status::reverted, known->second, {}, {}};
    results.push_back(known->second);
  }
  Blob all = ens::AbiWriter().array(results).finish();
  return returned(extended ? ens::AbiWriter().bytes(all).finish() : std::move(all));
}

CallResult WalkedChain::one(const Blob& call, bool wrapped) const {
  const auto known = records_.find(call);
  if (known == records_.end()) return never_asked(call);
  if (is_error(known->second)) return {Status::reverted, known->second, {}, {}};
  return returned(wrapped ? ens::AbiWriter().bytes(known->second).finish() : known->second);
}

void run(ens::Resolution& resolution, const WalkedChain& chain, TimePoint now) {
  for (auto asks = resolution.take_asks(); !asks.empty(); asks = resolution.take_asks()) {
    for (const ens::Ask& ask : asks) {
      const auto* call = std::get_if<ens::ChainCall>(&ask.what);
      if (call != nullptr) resolution.on_call(ask.id, chain.call(*call), now);
    }
  }
}

}  // namespace holdfast::ens_lab
