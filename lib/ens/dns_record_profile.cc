// ENSIP-6: whole RRsets, each under the hash of its owner name. With the rules that a name server
// has for them: CNAME (RFC 1034 3.6.2) and wildcards (RFC 4592).
#include "ens/profile.h"

namespace holdfast::ens {
namespace {

Blob record_call(const Node& node, Bytes owner, dns::RrType type) {
  return AbiWriter()
      .word(node)
      .word(keccak256(owner))
      .number(static_cast<std::uint16_t>(type))
      .finish(function::dns_record);
}

Blob exists_call(const Node& node, Bytes owner) {
  return AbiWriter().word(node).word(keccak256(owner)).finish(function::has_dns_records);
}

EncodedName wildcard_of(Bytes ancestor) {
  EncodedName name{1, '*'};
  name.insert(name.end(), ancestor.begin(), ancestor.end());
  return name;
}

bool asks_cname(const Subject& subject) noexcept {
  return subject.type != dns::RrType::cname;
}

void ask_sets(const Subject& subject, Bytes owner, std::vector<Blob>& calls) {
  calls.push_back(record_call(subject.node, owner, subject.type));
  if (asks_cname(subject)) calls.push_back(record_call(subject.node, owner, dns::RrType::cname));
}

void ask(const Subject& subject, const AnswerPolicy&, std::vector<Blob>& calls) {
  if (subject.link_only) return;
  const Bytes owner = subject.owner;
  calls.push_back(exists_call(subject.node, owner));
  ask_sets(subject, owner, calls);
  for (const std::size_t at : subject.ancestors) {
    const EncodedName wildcard = wildcard_of(owner.subspan(at));
    ask_sets(subject, wildcard, calls);
    calls.push_back(exists_call(subject.node, wildcard));
    calls.push_back(exists_call(subject.node, owner.subspan(at)));
  }
}

bool is_true(const CallOutcome& outcome) noexcept {
  return outcome.kind == CallOutcome::Kind::returned && read_flag(outcome.data);
}

/// Takes results in the order of the calls.
class Reader {
 public:
  Reader(const Subject& subject, const TtlLimits& ttl, Results results, Draft& draft)
      : subject_(subject), ttl_(ttl), results_(results), draft_(draft) {}

  bool run() {
    const Bytes owner = subject_.owner;
    draft_.exists = is_true(next());
    if (!take_sets(owner)) return false;
    for (const std::size_t at : subject_.ancestors) {
      if (draft_.exists) break;
      if (!take_sets(wildcard_of(owner.subspan(at)))) return false;
      const bool wildcard_exists = is_true(next());
      draft_.exists = draft_.exists || wildcard_exists;
      // The closest encloser: no wildcard further up applies (RFC 4592 3.3.1).
      if (is_true(next())) break;
    }
    return true;
  }

 private:
  const CallOutcome& next() {
    const CallOutcome& first = results_.front();
    results_ = results_.subspan(1);
    return first;
  }

  /// The set asked for, or else the CNAME.
  bool take_sets(Bytes owner) {
    const auto asked = take_set(owner, subject_.type);
    const auto alias =
        asks_cname(subject_) ? take_set(owner, dns::RrType::cname) : std::optional<RrSet>(RrSet{});
    if (!asked || !alias) return false;
    const RrSet& found = asked->empty() ? *alias : *asked;
    if (!found.empty()) {
      draft_.sets.push_back(found);
      draft_.exists = true;
    }
    return true;
  }

  std::optional<RrSet> take_set(Bytes owner, dns::RrType type) {
    const auto stored = returned_bytes(next());
    return stored ? read_rrset(*stored, owner, type, ttl_) : std::nullopt;
  }

  const Subject& subject_;
  const TtlLimits& ttl_;
  Results results_;
  Draft& draft_;
};

bool read(const Subject& subject, const AnswerPolicy& policy, Results results, Draft& draft) {
  return Reader(subject, policy.ttl, results, draft).run();
}

}  // namespace

const Profile kDnsRecordProfile{ask, read};

}  // namespace holdfast::ens
