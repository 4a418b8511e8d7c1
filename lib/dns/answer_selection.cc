#include "dns/answer_selection.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "dns/rdata.h"
#include "dns/ttl.h"

namespace holdfast::dns {
namespace {

// The least a record takes: root owner, type, class, TTL, length.
constexpr std::size_t kLeastRecordBytes = 11;
constexpr std::size_t kSignerAt = 18;  // in an RRSIG's rdata (RFC 4034 3.1)

bool is_proof(RrType type) {
  return type == RrType::nsec || type == RrType::nsec3;
}

bool is_dnssec(RrType type) {
  return type == RrType::rrsig || is_proof(type);
}

bool is_authority(const Candidate& c) {
  return c.record.section == Section::authority;
}

/// Of one RRset? An RRSIG is, of the set that it covers.
bool same_set(const Candidate& a, const Candidate& b) {
  return a.owner_hash == b.owner_hash && a.set_type == b.set_type &&
         is_authority(a) == is_authority(b);
}

std::uint64_t set_hash(const Candidate& c) {
  return c.owner_hash ^ (static_cast<std::uint64_t>(c.set_type) << 1U) ^ (is_authority(c) ? 1 : 0);
}

/// Which of the 256 chains.
std::size_t chain_of(std::uint64_t hash) {
  return (hash * 0x9e3779b97f4a7c15ULL) >> 56U;
}

/// What an RRSIG covers; none if it is too short to say.
RrType covered_type(Bytes message, const Record& record) {
  return record.rdata_size < 2 ? RrType::none : RrType{WireReader(message, record.rdata_at).u16()};
}

std::optional<Name> name_in_rdata(Bytes message, const Record& record, std::size_t at) {
  WireReader reader(message.first(record.end), record.rdata_at + at);
  return Name::read(reader);
}

/// Does replacing `owner` at the end of `from` by `target` give `to`? (RFC 6672 2.2)
bool substitutes(const Name& from, const Name& owner, const Name& target, const Name& to) {
  if (from.wire().size() <= owner.wire().size() || !from.is_subdomain_of(owner)) return false;
  const std::size_t front = from.wire().size() - owner.wire().size();
  return to.wire().size() == front + target.wire().size() &&
         equal_names(from.wire().first(front), to.wire().first(front)) &&
         equal_names(to.wire().subspan(front), target.wire());
}

/// Hash of a rdata; nullopt if it is malformed. Folds case in bytes too: equal_rdata() decides.
std::optional<std::uint64_t> hash_rdata(Bytes message, const Record& record) {
  std::uint64_t hash = 0;
  const bool sound = walk_rdata(message, record, [&hash](const RdataPart& part) {
    hash = hash_name(part.name != nullptr ? part.name->wire() : part.bytes, hash);
  });
  if (!sound) return std::nullopt;
  return hash;
}

}  // namespace

AnswerSelection::AnswerSelection(const MessageView& reply, bool dnssec_ok, const Believed& believed)
    : reply_(reply), question_(reply.question()), dnssec_ok_(dnssec_ok), believed_(believed) {
  leaders_.fill(Candidate::kNone);
  kept_.fill(Candidate::kNone);
  chain_[0] = question_.name;
  chain_hash_[0] = hash_name(question_.name.wire());
}

bool AnswerSelection::run() {
  collect();
  if (!follow_chain() || !select_answers()) return false;
  if (cut_) return true;
  if (!positive_ && !select_soa()) return false;
  return !dnssec_ok_ || (select_signatures() && select_proofs());
}

void AnswerSelection::collect() {
  const std::size_t claimed = std::size_t{reply_.header().ancount} + reply_.header().nscount;
  candidates_.reserve(std::min(claimed, reply_.message().size() / kLeastRecordBytes));
  reply_.for_each([this](const Record& record) {
    if (record.section == Section::additional) return false;
    const bool useful =
        record.section == Section::answer || record.type == RrType::soa || is_dnssec(record.type);
    if (!useful || record.rr_class != question_.rr_class || is_meta(record.type)) return true;
    Candidate& c = candidates_.emplace_back();
    c.record = record;
    c.owner_hash = hash_name(reply_.owner(record).wire());
    c.set_type =
        record.type == RrType::rrsig ? covered_type(reply_.message(), record) : record.type;
    c.ttl = sane_ttl(record.ttl);
    return true;
  });
}

Candidate* AnswerSelection::find_at_last(RrType type) {
  for (Candidate& c : candidates_) {
    if (c.record.section == Section::answer && c.record.type == type &&
        c.owner_hash == chain_hash_[links_] && owner(c) == last()) {
      return &c;
    }
  }
  return nullptr;
}

bool AnswerSelection::follow_chain() {
  if (question_.type == RrType::cname || question_.type == RrType::any) return true;
  while (find_at_last(question_.type) == nullptr) {
    Candidate* alias = find_at_last(RrType::cname);
    if (alias == nullptr) return true;
    if (!append_link(*alias)) return false;
    cut_ = !believed_(last());
    if (cut_) return true;
  }
  return true;
}

/// False if the CNAME is broken, leads back, or is one too many.
bool AnswerSelection::append_link(Candidate& alias) {
  if (links_ == kMaxLinks) return false;
  const auto target = name_in_rdata(reply_.message(), alias.record, 0);
  if (!target) return false;
  const auto end = chain_.begin() + static_cast<std::ptrdiff_t>(links_ + 1);
  if (std::find(chain_.begin(), end, *target) != end) return false;
  alias.alias = true;
  alias.link = links_;
  ++links_;
  chain_[links_] = *target;
  chain_hash_[links_] = hash_name(target->wire());
  return true;
}

bool AnswerSelection::select_answers() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& c = candidates_[i];
    if (c.record.section != Section::answer || !belongs(c)) continue;
    if (!keep(i)) return false;
    const bool asked = question_.type == RrType::any || c.record.type == question_.type;
    if (asked && c.link == links_) positive_ = true;
  }
  return true;
}

/// Is this answer record part of the chain, or of what stands at its end? Sets its link.
bool AnswerSelection::belongs(Candidate& c) const {
  if (c.alias) return true;
  if (c.owner_hash == chain_hash_[links_] && wanted_at_last(c) && owner(c) == last()) {
    c.link = links_;
    return true;
  }
  const auto link = c.set_type == RrType::dname ? dname_link(c) : cname_signature_link(c);
  if (!link) return false;
  c.link = *link;
  return true;
}

bool AnswerSelection::wanted_at_last(const Candidate& c) const {
  const RrType type = c.record.type;
  if (cut_) return false;
  if (type == question_.type) return true;
  if (question_.type == RrType::any) return dnssec_ok_ || !is_dnssec(type);
  return dnssec_ok_ && type == RrType::rrsig && c.set_type == question_.type;
}

std::optional<std::size_t> AnswerSelection::cname_signature_link(const Candidate& c) const {
  if (!dnssec_ok_ || c.record.type != RrType::rrsig || c.set_type != RrType::cname) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < links_; ++i) {
    if (c.owner_hash == chain_hash_[i] && owner(c) == chain_[i]) return i;
  }
  return std::nullopt;
}

/// The link that a DNAME, or its signature, explains.
std::optional<std::size_t> AnswerSelection::dname_link(const Candidate& c) const {
  const bool signature = c.record.type == RrType::rrsig;
  if (links_ == 0 || (signature && !dnssec_ok_)) return std::nullopt;
  const Name above = owner(c);
  const auto target = name_in_rdata(reply_.message(), c.record, signature ? kSignerAt : 0);
  if (!target) return std::nullopt;
  for (std::size_t i = 0; i < links_; ++i) {
    const bool fits = signature ? chain_[i].is_subdomain_of(above) && chain_[i] != above
                                : substitutes(chain_[i], above, *target, chain_[i + 1]);
    if (fits) return i;
  }
  return std::nullopt;
}

/// The SOA that vouches for the absence, its TTL lowered to what RFC 2308 5 lets it be kept.
bool AnswerSelection::select_soa() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& c = candidates_[i];
    if (!is_authority(c) || c.record.type != RrType::soa) continue;
    if (!last().is_subdomain_of(owner(c))) continue;
    if (!keep(i)) return false;
    const std::uint32_t minimum = WireReader(reply_.message(), c.record.end - 4).u32();
    c.ttl = std::min(c.ttl, sane_ttl(minimum));
    has_soa_ = true;
    return true;
  }
  return true;
}

/// Keeps the signatures in authority: of the SOA, and of proofs made for a zone of the chain.
bool AnswerSelection::select_signatures() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& c = candidates_[i];
    if (!is_authority(c) || c.record.type != RrType::rrsig) continue;
    const bool useful = is_proof(c.set_type) || (c.set_type == RrType::soa && has_soa_);
    if (useful && signed_above_chain(c) && !keep(i)) return false;
  }
  return true;
}

/// Keeps NSEC and NSEC3, of absence and of wildcards (RFC 4035 3.1.3). An unsigned one proves
/// nothing.
bool AnswerSelection::select_proofs() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& c = candidates_[i];
    if (!is_authority(c) || !is_proof(c.record.type)) continue;
    // Of the same RRset only a signature can be there already.
    const bool is_signed = leader_of(c).has_value();
    if (is_signed && !keep(i)) return false;
  }
  return true;
}

/// Is the signer's zone one that a name of the chain lies in?
bool AnswerSelection::signed_above_chain(const Candidate& rrsig) const {
  const auto signer = name_in_rdata(reply_.message(), rrsig.record, kSignerAt);
  if (!signer) return false;
  const auto end = chain_.begin() + static_cast<std::ptrdiff_t>(links_ + 1);
  return std::any_of(chain_.begin(), end,
                     [&signer](const Name& name) { return name.is_subdomain_of(*signer); });
}

/// Keeps a record unless an equal one is kept already, and lowers its RRset's TTL (RFC 2181 5.2).
/// False if the rdata is malformed.
bool AnswerSelection::keep(std::size_t index) {
  Candidate& c = candidates_[index];
  const auto hash = hash_rdata(reply_.message(), c.record);
  if (!hash) return false;
  c.rdata_hash = *hash;
  const auto leader = leader_of(c);
  c.leader = leader.value_or(index);
  candidates_[c.leader].ttl = std::min(candidates_[c.leader].ttl, c.ttl);
  if (leader && is_kept(c)) return true;
  c.kept = true;
  const auto position = static_cast<std::uint16_t>(index);
  if (!leader) c.next_leader = std::exchange(leaders_[chain_of(set_hash(c))], position);
  c.next_kept = std::exchange(kept_[chain_of(set_hash(c) ^ c.rdata_hash)], position);
  return true;
}

/// The first kept record of the same RRset.
std::optional<std::size_t> AnswerSelection::leader_of(const Candidate& c) const {
  std::size_t i = leaders_[chain_of(set_hash(c))];
  while (i != Candidate::kNone && !same_set(candidates_[i], c))
    i = candidates_[i].next_leader;
  if (i == Candidate::kNone) return std::nullopt;
  return i;
}

/// Is an equal record kept already?
bool AnswerSelection::is_kept(const Candidate& c) const {
  std::size_t i = kept_[chain_of(set_hash(c) ^ c.rdata_hash)];
  for (; i != Candidate::kNone; i = candidates_[i].next_kept) {
    const Candidate& other = candidates_[i];
    if (same_set(other, c) && other.record.type == c.record.type &&
        other.rdata_hash == c.rdata_hash && equal_rdata(reply_.message(), other.record, c.record)) {
      return true;
    }
  }
  return false;
}

}  // namespace holdfast::dns
