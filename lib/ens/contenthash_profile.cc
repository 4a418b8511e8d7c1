// ENSIP-7: content, as TXT and DNSLink; and, if gateways are configured, as the addresses at which
// it can be had.
#include "ens/contenthash.h"
#include "ens/profile.h"

namespace holdfast::ens {
namespace {

using dns::RrType;

const std::vector<IpAddress>& gateways(RrType type, const AnswerPolicy& policy) noexcept {
  return type == RrType::a ? policy.gateway_a : policy.gateway_aaaa;
}

void ask(const Subject& subject, const AnswerPolicy& policy, std::vector<Blob>& calls) {
  const bool address = subject.type == RrType::a || subject.type == RrType::aaaa;
  const bool wanted = (subject.link_only && subject.at_name) ||
                      (subject.type == RrType::txt && !subject.link_only &&
                       (subject.at_name || subject.at_dnslink)) ||
                      (address && subject.at_name && !gateways(subject.type, policy).empty());
  if (wanted) calls.push_back(AbiWriter().word(subject.node).finish(function::contenthash));
}

void make_addresses(RrType type, const AnswerPolicy& policy, Draft& draft) {
  if (draft.has(type)) return;
  for (const IpAddress& gateway : gateways(type, policy)) {
    const auto size = gateway.is_v4() ? std::ptrdiff_t{4} : std::ptrdiff_t{16};
    draft.make(type, policy.made_ttl, Blob(gateway.bytes.begin(), gateway.bytes.begin() + size));
  }
}

bool read(const Subject& subject, const AnswerPolicy& policy, Results results, Draft& draft) {
  const auto content = returned_bytes(results.front());
  if (!content) return false;
  if (!has_content(*content)) return true;
  const auto link = dnslink_of(*content);
  if (subject.type != RrType::txt) {
    if (link) make_addresses(subject.type, policy, draft);
    return true;
  }
  if (subject.at_name && !subject.link_only) {
    draft.make(RrType::txt, policy.made_ttl, txt_rdata("contenthash=" + to_hex(*content)));
  }
  // Below `_dnslink.` what somebody stored there is the answer.
  const bool linked = link && (subject.at_name || !draft.has(RrType::txt));
  if (linked) draft.make(RrType::txt, policy.made_ttl, txt_rdata("dnslink=" + *link));
  return true;
}

}  // namespace

const Profile kContenthashProfile{ask, read};

}  // namespace holdfast::ens
