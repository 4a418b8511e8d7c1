// Which records of a reply answer its question: the CNAME chain, what stands at its end, and what
// proves an absence. Decides and finds TTLs; normalise.cc writes the result out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "dns/message_view.h"
#include "dns/normalise.h"

namespace holdfast::dns {

/// A record that may be kept, and what was found out about it.
struct Candidate {
  static constexpr std::uint16_t kNone = 0xffff;  // candidates are fewer than 6,000

  Record record;
  std::uint64_t owner_hash = 0;
  std::uint64_t rdata_hash = 0;
  RrType set_type = RrType::none;  // an RRSIG belongs to the RRset that it covers (RFC 4034 3)
  std::uint32_t ttl = 0;           // in the leader: the smallest of its RRset
  std::size_t leader = 0;          // index of the first kept record of the same RRset
  std::size_t link = 0;            // index of the name in the chain that it belongs to
  bool alias = false;              // the CNAME that leads to the next name of the chain
  bool kept = false;
  std::uint16_t next_leader = kNone;  // in chains by hash
  std::uint16_t next_kept = kNone;
};

class AnswerSelection {
 public:
  /// Longer chains are refused: no honest zone has them.
  static constexpr std::size_t kMaxLinks = 24;

  /// Precondition: reply.has_question() and reply.ok(). Reply and `believed` must outlive this.
  AnswerSelection(const MessageView& reply, bool dnssec_ok, const Believed& believed);

  /// Chooses the records, by the rules of normalise(). False if the reply is malformed where it
  /// matters.
  [[nodiscard]] bool run();

  [[nodiscard]] const std::vector<Candidate>& candidates() const noexcept { return candidates_; }

  /// How many CNAMEs were followed; kept records have links 0 … links().
  [[nodiscard]] std::size_t links() const noexcept { return links_; }

  /// The end of the chain.
  [[nodiscard]] const Name& last() const noexcept { return chain_[links_]; }

  /// A record of the asked type is there.
  [[nodiscard]] bool positive() const noexcept { return positive_; }

  [[nodiscard]] bool has_soa() const noexcept { return has_soa_; }

  /// The reply is not believed about last().
  [[nodiscard]] bool cut() const noexcept { return cut_; }

  /// What the record goes out with: the smallest TTL of its RRset.
  [[nodiscard]] std::uint32_t ttl(const Candidate& c) const noexcept {
    return candidates_[c.leader].ttl;
  }

 private:
  [[nodiscard]] Name owner(const Candidate& c) const { return reply_.owner(c.record); }

  void collect();
  [[nodiscard]] bool follow_chain();
  [[nodiscard]] bool append_link(Candidate& alias);
  [[nodiscard]] Candidate* find_at_last(RrType type);
  [[nodiscard]] bool select_answers();
  [[nodiscard]] bool belongs(Candidate& c) const;
  [[nodiscard]] bool wanted_at_last(const Candidate& c) const;
  [[nodiscard]] std::optional<std::size_t> cname_signature_link(const Candidate& c) const;
  [[nodiscard]] std::optional<std::size_t> dname_link(const Candidate& c) const;
  [[nodiscard]] bool select_soa();
  [[nodiscard]] bool select_signatures();
  [[nodiscard]] bool select_proofs();
  [[nodiscard]] bool signed_above_chain(const Candidate& rrsig) const;
  [[nodiscard]] bool keep(std::size_t index);
  [[nodiscard]] std::optional<std::size_t> leader_of(const Candidate& c) const;
  [[nodiscard]] bool is_kept(const Candidate& c) const;

  const MessageView& reply_;
  const Question& question_;
  bool dnssec_ok_;
  const Believed& believed_;
  std::vector<Candidate> candidates_;
  // Where the chains of kept records begin, by hash: 64 KiB may hold thousands.
  std::array<std::uint16_t, 256> leaders_;
  std::array<std::uint16_t, 256> kept_;
  std::array<Name, kMaxLinks + 1> chain_;  // the question's name first
  std::array<std::uint64_t, kMaxLinks + 1> chain_hash_{};
  std::size_t links_ = 0;
  bool positive_ = false;
  bool has_soa_ = false;
  bool cut_ = false;
};

}  // namespace holdfast::dns
