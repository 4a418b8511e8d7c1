#include "tests/support/ens_chain.h"

#include "tests/support/ens_lab.h"

namespace holdfast::ens_lab {
namespace {

using ens::Blob;
using ens::CallResult;

Blob copy(ens::Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

Blob blob_of(const nlohmann::json& hex) {
  return ens::from_hex(hex.get<std::string>()).value();
}

CallResult result_of(const nlohmann::json& call) {
  using Status = CallResult::Status;
  if (call.contains("result")) return {Status::returned, blob_of(call["result"]), {}, {}};
  const auto& error = call["error"];
  if (error.contains("data")) return {Status::reverted, blob_of(error["data"]), {}, {}};
  return {Status::failed, {}, dns::EdeCode::network_error, error["message"].get<std::string>()};
}

std::vector<Blob> elements(ens::Bytes tuple) {
  ens::AbiReader reader(tuple);
  const ens::AbiArray array = reader.array();
  std::vector<Blob> copies;
  for (std::size_t i = 0; reader.ok() && i < array.size(); ++i)
    copies.push_back(copy(array.bytes(i).value_or(ens::Bytes{})));
  return copies;
}

}  // namespace

Multicall take_apart(const Blob& resolve_call) {
  ens::AbiReader reader(ens::Bytes(resolve_call).subspan(ens::kSelectorBytes));
  Multicall multicall;
  multicall.name = copy(reader.bytes());
  multicall.calls = elements(reader.bytes().subspan(ens::kSelectorBytes));
  return multicall;
}

Blob resolve_reply(const std::vector<Blob>& results) {
  const Blob inner = ens::AbiWriter().array(results).finish();
  return ens::AbiWriter().bytes(inner).address({}).finish();
}

RecordedChain::RecordedChain() {
  for (const auto& call : load("rpc-transcripts.json", "calls")) {
    const auto to = ens::parse_address(call["to"].get<std::string>()).value();
    const Blob data = blob_of(call["data"]);
    const CallResult result = result_of(call);
    whole_[{to, data}] = result;
    if (ens::selector_of(data) == ens::function::resolve) learn_multicall(data, result);
  }
}

void RecordedChain::learn_multicall(const Blob& data, const CallResult& result) {
  const Multicall multicall = take_apart(data);
  if (result.status != CallResult::Status::returned) {
    reverted_[multicall.name] = result;
    return;
  }
  ens::AbiReader reader(result.data);
  const auto results = elements(reader.bytes());
  for (std::size_t i = 0; i < results.size(); ++i)
    single_[{multicall.name, multicall.calls[i]}] = results[i];
}

CallResult RecordedChain::call(const ens::ChainCall& call) const {
  const auto known = whole_.find({call.to, call.data});
  if (known != whole_.end()) return known->second;
  if (ens::selector_of(call.data) == ens::function::resolve) return put_together(call.data);
  return {CallResult::Status::failed, {}, {}, "never asked: " + ens::to_hex(call.data)};
}

CallResult RecordedChain::put_together(const Blob& data) const {
  const Multicall multicall = take_apart(data);
  const auto reverted = reverted_.find(multicall.name);
  if (reverted != reverted_.end()) return reverted->second;
  std::vector<Blob> results;
  for (const Blob& call : multicall.calls) {
    const auto known = single_.find({multicall.name, call});
    if (known == single_.end()) {
      return {CallResult::Status::failed, {}, {}, "never asked: " + ens::to_hex(call)};
    }
    results.push_back(known->second);
  }
  return {CallResult::Status::returned, resolve_reply(results), {}, {}};
}

void run(ens::Resolution& resolution, const RecordedChain& chain, TimePoint now) {
  for (auto asks = resolution.take_asks(); !asks.empty(); asks = resolution.take_asks()) {
    for (const ens::Ask& ask : asks) {
      const auto* call = std::get_if<ens::ChainCall>(&ask.what);
      if (call != nullptr) resolution.on_call(ask.id, chain.call(*call), now);
    }
  }
}

}  // namespace holdfast::ens_lab
