// RecordedChain: answers a Resolution's calls from tests/ens-lab/rpc-transcripts.json. A multicall
// that was not recorded as it is asked is put together from those that were: what one call of it
// returns does not depend on the others.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "ens/resolution.h"

namespace holdfast::ens_lab {

class RecordedChain {
 public:
  RecordedChain();

  /// What the chain said; a failed result with the call in its text if it was never asked.
  [[nodiscard]] ens::CallResult call(const ens::ChainCall& call) const;

 private:
  void learn_multicall(const ens::Blob& data, const ens::CallResult& result);
  [[nodiscard]] ens::CallResult put_together(const ens::Blob& data) const;

  std::map<std::pair<ens::Address, ens::Blob>, ens::CallResult> whole_;
  std::map<ens::Blob, ens::CallResult> reverted_;                // by name
  std::map<std::pair<ens::Blob, ens::Blob>, ens::Blob> single_;  // by name and inner call
};

/// A multicall within resolve(name, …), taken apart.
struct Multicall {
  ens::Blob name;
  std::vector<ens::Blob> calls;
};

[[nodiscard]] Multicall take_apart(const ens::Blob& resolve_call);

/// resolve()'s return data with these results.
[[nodiscard]] ens::Blob resolve_reply(const std::vector<ens::Blob>& results);

/// Runs the resolution to its answer, or until it asks a gateway.
void run(ens::Resolution& resolution, const RecordedChain& chain, TimePoint now);

}  // namespace holdfast::ens_lab
