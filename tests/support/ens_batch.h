// A batch for gateways as the Universal Resolver writes it: query((address,string[],bytes)[]). Only
// tests write one, so AbiWriter knows no arrays of tuples.
#pragma once

#include <vector>

#include "ens/offchain_lookup.h"

namespace holdfast::ens_lab {

[[nodiscard]] inline ens::Blob batch_call(const std::vector<ens::GatewayQuestion>& questions) {
  ens::AbiWriter offsets;
  ens::Blob bodies;
  for (const auto& question : questions) {
    std::vector<ens::Blob> urls;
    for (const auto& url : question.urls)
      urls.emplace_back(url.begin(), url.end());
    const ens::Blob body =
        ens::AbiWriter().address(question.sender).array(urls).bytes(question.data).finish();
    offsets.number(questions.size() * ens::kWordBytes + bodies.size());
    bodies.insert(bodies.end(), body.begin(), body.end());
  }
  ens::Blob call = ens::AbiWriter()
                       .number(ens::kWordBytes)
                       .number(questions.size())
                       .finish(ens::function::batch_query);
  const ens::Blob words = offsets.finish();
  call.insert(call.end(), words.begin(), words.end());
  call.insert(call.end(), bodies.begin(), bodies.end());
  return call;
}

/// The revert by which a contract asks for it.
[[nodiscard]] inline ens::Blob offchain_lookup_revert(const ens::GatewayQuestion& question,
                                                      ens::Selector callback, ens::Bytes extra) {
  std::vector<ens::Blob> urls;
  for (const auto& url : question.urls)
    urls.emplace_back(url.begin(), url.end());
  return ens::AbiWriter()
      .address(question.sender)
      .array(urls)
      .bytes(question.data)
      .selector(callback)
      .bytes(extra)
      .finish(ens::error::offchain_lookup);
}

}  // namespace holdfast::ens_lab
