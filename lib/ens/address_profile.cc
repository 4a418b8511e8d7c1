// ENSIP-1: the account that a name stands for, as TXT a=0x….
#include "ens/profile.h"

namespace holdfast::ens {
namespace {

void ask(const Subject& subject, const AnswerPolicy&, std::vector<Blob>& calls) {
  if (subject.type != dns::RrType::txt || !subject.at_name || subject.link_only) return;
  calls.push_back(AbiWriter().word(subject.node).finish(function::addr));
}

bool read(const Subject&, const AnswerPolicy& policy, Results results, Draft& draft) {
  if (results.front().kind != CallOutcome::Kind::returned) return true;
  AbiReader reader(results.front().data);
  const Address address = reader.address();
  if (!reader.ok()) return false;
  if (address == Address{}) return true;
  draft.make(dns::RrType::txt, policy.made_ttl, txt_rdata("a=" + checksummed(address)));
  return true;
}

}  // namespace

const Profile kAddressProfile{ask, read};

}  // namespace holdfast::ens
