// WalkedChain: the recorded chain of tests/ens-lab as one without a universal resolver: the
// registry and the resolvers answer themselves what that had them say.
#pragma once

#include <map>
#include <string>

#include "ens/resolution.h"

namespace holdfast::ens_lab {

class WalkedChain {
 public:
  WalkedChain();

  /// What the chain would say; a failed result with the call in its text if it was never asked.
  [[nodiscard]] ens::CallResult call(const ens::ChainCall& call) const;

  /// No resolver has a multicall().
  void forbid_multicalls() noexcept { single_only_ = true; }

 private:
  void learn_cut(ens::Bytes call, const ens::CallResult& result);
  void learn_records(const ens::Blob& data, const ens::CallResult& result);
  [[nodiscard]] ens::CallResult registry(ens::Bytes call) const;
  [[nodiscard]] ens::CallResult resolver(const ens::ChainCall& call) const;
  [[nodiscard]] ens::CallResult one(const ens::Blob& call, bool wrapped) const;

  std::map<std::pair<ens::Address, ens::Blob>, ens::CallResult> whole_;
  std::map<ens::Node, ens::Address> resolvers_;
  std::map<ens::Blob, ens::Blob> records_;
  bool single_only_ = false;
};

/// As run() of ens_chain.h.
void run(ens::Resolution& resolution, const WalkedChain& chain, TimePoint now);

}  // namespace holdfast::ens_lab
