// ENSIP-5: text records of configured keys as TXT key=value. None by default: keys cannot be
// listed, so each costs a call for every name.
#include "ens/profile.h"

namespace holdfast::ens {
namespace {

constexpr std::size_t kLongestText = 4096;

void ask(const Subject& subject, const AnswerPolicy& policy, std::vector<Blob>& calls) {
  if (subject.type != dns::RrType::txt || !subject.at_name || subject.link_only) return;
  for (const std::string& key : policy.text_keys) {
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
    calls.push_back(AbiWriter().word(subject.node).bytes(bytes).finish(function::text));
  }
}

bool read(const Subject&, const AnswerPolicy& policy, Results results, Draft& draft) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto value = returned_bytes(results[i]);
    if (!value) return false;
    if (value->empty() || value->size() > kLongestText) continue;
    const std::string text = policy.text_keys[i] + "=" + std::string(value->begin(), value->end());
    draft.make(dns::RrType::txt, policy.made_ttl, txt_rdata(text));
  }
  return true;
}

}  // namespace

const Profile kTextProfile{ask, read};

}  // namespace holdfast::ens
