#include "dns/normalise.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/endpoint.h"
#include "dns/name_compressor.h"
#include "dns/rdata.h"
#include "dns/ttl.h"

namespace holdfast::dns {
namespace {

constexpr std::size_t kMaxLinks = 16;

/// A record that may be kept, and what was found out about it.
struct Candidate {
  Record record;
  std::uint64_t owner_hash = 0;
  std::uint64_t rdata_hash = 0;
  RrType set_type = RrType::none;  // an RRSIG belongs to the RRset that it covers (RFC 4034 3)
  std::uint32_t ttl = 0;           // in the leader: the smallest of its RRset
  std::size_t leader = 0;          // index of the first kept record of the same RRset
  std::size_t link = 0;            // index of the name in the chain that it belongs to
  bool alias = false;              // the CNAME that leads to the next name of the chain
  bool kept = false;
};

class Normaliser {
 public:
  Normaliser(const MessageView& reply, bool dnssec_ok)
      : reply_(reply), question_(reply.question()), dnssec_ok_(dnssec_ok) {
    chain_[0] = question_.name;
    chain_hash_[0] = hash_name(question_.name.wire());
  }

  [[nodiscard]] std::optional<NormalisedAnswer> run(std::span<std::uint8_t> buffer) {
    collect();
    if (!follow_chain() || !select_answers()) return std::nullopt;
    if (!positive_ && !select_soa()) return std::nullopt;
    if (dnssec_ok_ && !select_proofs()) return std::nullopt;
    return write(buffer);
  }

 private:
  [[nodiscard]] const Name& last() const { return chain_[links_]; }

  [[nodiscard]] std::uint64_t last_hash() const { return chain_hash_[links_]; }

  [[nodiscard]] Name owner(const Candidate& c) const { return reply_.owner(c.record); }

  void collect();
  [[nodiscard]] bool follow_chain();
  [[nodiscard]] bool append_link(Candidate& alias);
  [[nodiscard]] Candidate* find_at_last(RrType type);
  [[nodiscard]] bool select_answers();
  [[nodiscard]] bool wanted_at_last(const Candidate& c) const;
  [[nodiscard]] bool belongs(Candidate& c) const;
  [[nodiscard]] std::optional<std::size_t> dname_link(const Candidate& c) const;
  [[nodiscard]] bool select_soa();
  [[nodiscard]] bool select_proofs();
  [[nodiscard]] bool signed_above_chain(const Candidate& rrsig) const;
  [[nodiscard]] bool keep(std::size_t index);
  [[nodiscard]] bool same_rdata(const Candidate& a, const Candidate& b) const;
  [[nodiscard]] bool is_private_address(const Candidate& c) const;
  [[nodiscard]] std::optional<NormalisedAnswer> write(std::span<std::uint8_t> buffer) const;
  void write_record(const Candidate& c, WireWriter& writer, NameCompressor& names) const;
  [[nodiscard]] AnswerKind kind() const;

  const MessageView& reply_;
  const Question& question_;
  bool dnssec_ok_;
  std::vector<Candidate> candidates_;
  std::array<Name, kMaxLinks + 1> chain_;  // the question's name first
  std::array<std::uint64_t, kMaxLinks + 1> chain_hash_{};
  std::size_t links_ = 0;
  bool positive_ = false;
  bool has_soa_ = false;
  bool private_address_ = false;
};

bool is_dnssec(RrType type) {
  return type == RrType::rrsig || type == RrType::nsec || type == RrType::nsec3;
}

/// What an RRSIG covers; none if it is too short to say.
RrType covered_type(Bytes message, const Record& record) {
  return record.rdata_size < 2 ? RrType::none : RrType{WireReader(message, record.rdata_at).u16()};
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  return (hash ^ word) * 0x9e3779b97f4a7c15U;
}

/// Does replacing `owner` at the end of `from` by `target` give `to`? (RFC 6672 2.2)
bool substitutes(const Name& from, const Name& owner, const Name& target, const Name& to) {
  if (from.wire().size() <= owner.wire().size() || !from.is_subdomain_of(owner)) return false;
  const std::size_t front = from.wire().size() - owner.wire().size();
  return to.wire().size() == front + target.wire().size() &&
         equal_names(from.wire().first(front), to.wire().first(front)) &&
         equal_names(to.wire().subspan(front), target.wire());
}

void Normaliser::collect() {
  candidates_.reserve(
      std::min<std::size_t>(std::size_t{reply_.header().ancount} + reply_.header().nscount,
                            reply_.message().size() / 11));
  reply_.for_each([this](const Record& record) {
    if (record.section == Section::additional) return false;
    const bool authority = record.section == Section::authority;
    const bool useful = !authority || record.type == RrType::soa || is_dnssec(record.type);
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

Candidate* Normaliser::find_at_last(RrType type) {
  for (Candidate& c : candidates_) {
    if (c.record.section == Section::answer && c.record.type == type &&
        c.owner_hash == last_hash() && owner(c) == last()) {
      return &c;
    }
  }
  return nullptr;
}

bool Normaliser::follow_chain() {
  if (question_.type == RrType::cname || question_.type == RrType::any) return true;
  while (find_at_last(question_.type) == nullptr) {
    Candidate* alias = find_at_last(RrType::cname);
    if (alias == nullptr) return true;
    if (!append_link(*alias)) return false;
  }
  return true;
}

/// False if the CNAME is broken, leads back, or is one too many.
bool Normaliser::append_link(Candidate& alias) {
  if (links_ == kMaxLinks) return false;
  WireReader reader(reply_.message().first(alias.record.end), alias.record.rdata_at);
  const auto target = Name::read(reader);
  if (!target || reader.remaining() != 0) return false;
  const auto end = chain_.begin() + static_cast<std::ptrdiff_t>(links_ + 1);
  if (std::find(chain_.begin(), end, *target) != end) return false;
  alias.alias = true;
  alias.link = links_;
  ++links_;
  chain_[links_] = *target;
  chain_hash_[links_] = hash_name(target->wire());
  return true;
}

bool Normaliser::wanted_at_last(const Candidate& c) const {
  const RrType type = c.record.type;
  if (type == question_.type) return true;
  if (question_.type == RrType::any) return dnssec_ok_ || !is_dnssec(type);
  return dnssec_ok_ && type == RrType::rrsig && c.set_type == question_.type;
}

/// The link that a DNAME, or its signature, explains.
std::optional<std::size_t> Normaliser::dname_link(const Candidate& c) const {
  if (c.set_type != RrType::dname || links_ == 0) return std::nullopt;
  if (c.record.type == RrType::rrsig && !dnssec_ok_) return std::nullopt;
  const Name above = owner(c);
  WireReader reader(reply_.message().first(c.record.end), c.record.rdata_at);
  const Name target = Name::read(reader).value_or(Name());
  for (std::size_t i = 0; i < links_; ++i) {
    const bool fits = c.record.type == RrType::rrsig
                          ? chain_[i].is_subdomain_of(above) && chain_[i] != above
                          : substitutes(chain_[i], above, target, chain_[i + 1]);
    if (fits) return i;
  }
  return std::nullopt;
}

/// Is this answer record part of the chain, or of what stands at its end? Sets its link.
bool Normaliser::belongs(Candidate& c) const {
  if (c.alias) return true;
  if (c.owner_hash == last_hash() && wanted_at_last(c) && owner(c) == last()) {
    c.link = links_;
    return true;
  }
  if (const auto link = dname_link(c)) {
    c.link = *link;
    return true;
  }
  if (!dnssec_ok_ || c.record.type != RrType::rrsig || c.set_type != RrType::cname) return false;
  for (std::size_t i = 0; i < links_; ++i) {
    if (c.owner_hash != chain_hash_[i] || owner(c) != chain_[i]) continue;
    c.link = i;
    return true;
  }
  return false;
}

bool Normaliser::select_answers() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& c = candidates_[i];
    if (c.record.section != Section::answer || !belongs(c)) continue;
    if (!keep(i)) return false;
    const bool any = question_.type == RrType::any;
    if (c.link == links_ && (any || c.record.type == question_.type)) positive_ = true;
    if (is_private_address(c)) private_address_ = true;
  }
  return true;
}

/// The SOA that vouches for the absence, its TTL lowered to what RFC 2308 5 lets it be kept.
bool Normaliser::select_soa() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& c = candidates_[i];
    if (c.record.section != Section::authority || c.record.type != RrType::soa) continue;
    if (!last().is_subdomain_of(owner(c))) continue;
    if (!keep(i)) return false;
    const std::uint32_t minimum = WireReader(reply_.message(), c.record.end - 4).u32();
    c.ttl = std::min(c.ttl, sane_ttl(minimum));
    has_soa_ = true;
    return true;
  }
  return true;
}

/// Is the signer's zone one that a name of the chain lies in?
bool Normaliser::signed_above_chain(const Candidate& rrsig) const {
  constexpr std::size_t kSignerAt = 18;
  WireReader reader(reply_.message().first(rrsig.record.end), rrsig.record.rdata_at + kSignerAt);
  const auto signer = Name::read(reader);
  if (!signer) return false;
  const auto end = chain_.begin() + static_cast<std::ptrdiff_t>(links_ + 1);
  return std::any_of(chain_.begin(), end,
                     [&](const Name& name) { return name.is_subdomain_of(*signer); });
}

/// NSEC and NSEC3 with their signatures, of absence and of wildcards (RFC 4035 3.1.3), and the
/// SOA's. An unsigned one proves nothing and is dropped.
bool Normaliser::select_proofs() {
  const auto in_authority = [](const Candidate& c) {
    return c.record.section == Section::authority;
  };
  const std::size_t count = candidates_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Candidate& c = candidates_[i];
    if (!in_authority(c) || c.record.type != RrType::rrsig) continue;
    const bool proof = c.set_type == RrType::nsec || c.set_type == RrType::nsec3;
    const bool of_soa = c.set_type == RrType::soa && has_soa_;
    if ((proof || of_soa) && signed_above_chain(c) && !keep(i)) return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Candidate& c = candidates_[i];
    if (!in_authority(c) || (c.record.type != RrType::nsec && c.record.type != RrType::nsec3))
      continue;
    const bool is_signed =
        std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& s) {
          return s.kept && in_authority(s) && s.record.type == RrType::rrsig &&
                 s.set_type == c.record.type && s.owner_hash == c.owner_hash;
        });
    if (is_signed && !keep(i)) return false;
  }
  return true;
}

/// Keeps a record unless an equal one is kept already, and lowers its RRset's TTL (RFC 2181 5.2).
/// False if the rdata is malformed.
bool Normaliser::keep(std::size_t index) {
  Candidate& c = candidates_[index];
  std::uint64_t hash = 0;
  const bool sound = walk_rdata(reply_.message(), c.record, [&hash](const RdataPart& part) {
    // Folds case in bytes too; same_rdata() tells them apart.
    hash = mix(hash, hash_name(part.name != nullptr ? part.name->wire() : part.bytes));
  });
  if (!sound) return false;
  c.rdata_hash = hash;
  c.leader = index;
  bool duplicate = false;
  for (std::size_t i = 0; i < candidates_.size() && !duplicate; ++i) {
    const Candidate& other = candidates_[i];
    if (!other.kept || other.owner_hash != c.owner_hash || other.set_type != c.set_type ||
        other.record.section != c.record.section) {
      continue;
    }
    c.leader = other.leader;
    duplicate =
        other.record.type == c.record.type && other.rdata_hash == hash && same_rdata(other, c);
  }
  candidates_[c.leader].ttl = std::min(candidates_[c.leader].ttl, c.ttl);
  c.kept = !duplicate;
  return true;
}

/// A sound rdata taken apart.
struct FlatRdata {
  std::array<RdataPart, 8> parts;
  std::array<Name, 2> names;
  std::size_t count = 0;

  FlatRdata(Bytes message, const Record& record) {
    std::size_t names_used = 0;
    (void)walk_rdata(message, record, [&](const RdataPart& part) {
      parts[count] = part;
      if (part.name != nullptr) {
        names[names_used] = *part.name;
        parts[count].name = &names[names_used++];
      }
      ++count;
    });
  }

  FlatRdata(const FlatRdata&) = delete;
  FlatRdata& operator=(const FlatRdata&) = delete;
};

bool Normaliser::same_rdata(const Candidate& a, const Candidate& b) const {
  const FlatRdata x(reply_.message(), a.record);
  const FlatRdata y(reply_.message(), b.record);
  return std::equal(x.parts.begin(), x.parts.begin() + x.count, y.parts.begin(),
                    y.parts.begin() + y.count, [](const RdataPart& p, const RdataPart& q) {
                      return p.name != nullptr ? *p.name == *q.name
                                               : std::ranges::equal(p.bytes, q.bytes);
                    });
}

bool Normaliser::is_private_address(const Candidate& c) const {
  const bool v4 = c.record.type == RrType::a;
  if (question_.rr_class != RrClass::in || (!v4 && c.record.type != RrType::aaaa)) return false;
  IpAddress address;
  address.family = v4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
  const Bytes rdata = reply_.message().subspan(c.record.rdata_at, c.record.rdata_size);
  std::copy(rdata.begin(), rdata.end(), address.bytes.begin());
  // Block lists answer with loopback addresses; that says nothing about a view.
  return address.is_private() && !address.is_loopback();
}

AnswerKind Normaliser::kind() const {
  if (positive_) return AnswerKind::positive;
  return reply_.rcode() == Rcode::nxdomain ? AnswerKind::nxdomain : AnswerKind::nodata;
}

void Normaliser::write_record(const Candidate& c, WireWriter& writer, NameCompressor& names) const {
  names.write(owner(c));
  writer.u16(static_cast<std::uint16_t>(c.record.type));
  writer.u16(static_cast<std::uint16_t>(c.record.rr_class));
  writer.u32(candidates_[c.leader].ttl);
  const std::size_t length_at = writer.at();
  writer.u16(0);
  const bool compress = rdata_may_compress(c.record.type);
  (void)walk_rdata(reply_.message(), c.record, [&](const RdataPart& part) {
    if (part.name == nullptr) {
      writer.bytes(part.bytes);
    } else if (compress) {
      names.write(*part.name);
    } else {
      writer.bytes(part.name->wire());
    }
  });
  if (writer.ok()) {
    writer.patch_u16(length_at, static_cast<std::uint16_t>(writer.at() - length_at - 2));
  }
}

std::optional<NormalisedAnswer> Normaliser::write(std::span<std::uint8_t> buffer) const {
  WireWriter writer(buffer);
  Header header;
  header.flags = static_cast<std::uint16_t>(
      flag::qr | (reply_.header().flags & (flag::rd | flag::ra | flag::ad | flag::cd)) |
      reply_.header().rcode_bits());
  header.qdcount = 1;
  header.write(writer);
  NameCompressor names(writer);
  names.write(question_.name);
  writer.u16(static_cast<std::uint16_t>(question_.type));
  writer.u16(static_cast<std::uint16_t>(question_.rr_class));

  std::uint32_t ttl = UINT32_MAX;
  const auto write_if = [&](Section section, std::size_t link, std::uint16_t& count) {
    for (const Candidate& c : candidates_) {
      if (!c.kept || c.record.section != section || c.link != link) continue;
      write_record(c, writer, names);
      ttl = std::min(ttl, candidates_[c.leader].ttl);
      ++count;
    }
  };
  // Clients walk the answer once, so the chain goes out in its order.
  for (std::size_t link = 0; link <= links_; ++link)
    write_if(Section::answer, link, header.ancount);
  write_if(Section::authority, 0, header.nscount);
  if (!writer.ok()) return std::nullopt;
  WireWriter front(buffer);
  header.write(front);

  NormalisedAnswer answer{writer.written(), kind(), ttl == UINT32_MAX ? 0 : ttl,
                          has_soa_,         last(), false,
                          private_address_};
  answer.chain_open = links_ > 0 && answer.kind == AnswerKind::nodata && !has_soa_;
  return answer;
}

}  // namespace

std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                          std::span<std::uint8_t> buffer) noexcept {
  if (!reply.has_question()) return std::nullopt;
  return Normaliser(reply, dnssec_ok).run(buffer);
}

}  // namespace holdfast::dns
