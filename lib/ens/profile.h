// Profiles: the kinds of record that a resolver can hold, each with the calls that it takes and
// what it makes of their results. To add one (ENSIP-24's data() is likely), write one file like the
// others and name it in profiles().
#pragma once

#include <span>
#include <vector>

#include "ens/answer.h"
#include "ens/universal_resolver.h"

namespace holdfast::ens {

/// Whose records are asked for.
struct Subject {
  dns::RrType type = dns::RrType::none;
  Node node{};                         // the resolver's key
  EncodedName owner;                   // the owner name in ENSIP-6's form
  std::vector<std::size_t> ancestors;  // offsets in `owner` of the names between it, exclusive, and
                                       // the apex, inclusive: where a wildcard may apply
  bool at_name = false;     // the question is for the node's own name, not for one inside its zone
  bool at_dnslink = false;  // the question is for `_dnslink.` directly below the node's name
  bool link_only = false;   // nothing but the DNSLink of the node is wanted
};

/// What the profiles found, each adding to what those before it did.
struct Draft {
  std::vector<RrSet> sets;
  bool exists = false;  // something is stored at the name, or at a wildcard that covers it

  [[nodiscard]] bool has(dns::RrType type) const noexcept;
  /// Adds a record to a set that is made here. Sets that were stored keep their own TTL.
  void make(dns::RrType type, std::uint32_t ttl, Blob rdata);
};

/// Results in the order of the calls. A profile takes as many as it asked for.
using Results = std::span<const CallOutcome>;

struct Profile {
  /// Adds the calls it needs for the subject; none if it has nothing to say to such a question.
  void (*ask)(const Subject& subject, const AnswerPolicy& policy, std::vector<Blob>& calls);
  /// Reads the results of its calls, never called if it asked for none. False if a result is
  /// malformed.
  bool (*read)(const Subject& subject, const AnswerPolicy& policy, Results results, Draft& draft);
};

/// In the order in which their records stand in an answer.
[[nodiscard]] std::span<const Profile* const> profiles() noexcept;

extern const Profile kDnsRecordProfile;    // ENSIP-6: RRsets, wildcards, CNAME
extern const Profile kAddressProfile;      // ENSIP-1: TXT a=0x…
extern const Profile kContenthashProfile;  // ENSIP-7: TXT, DNSLink, addresses of gateways
extern const Profile kTextProfile;         // ENSIP-5: configured keys as TXT

/// The bytes that a function returned: empty if it is absent or reverted. nullopt if malformed.
[[nodiscard]] std::optional<Bytes> returned_bytes(const CallOutcome& outcome) noexcept;

/// All calls for a subject, and the way back.
class ProfileCalls {
 public:
  ProfileCalls() = default;
  ProfileCalls(Subject subject, const AnswerPolicy& policy);

  [[nodiscard]] const Subject& subject() const noexcept { return subject_; }

  [[nodiscard]] std::span<const Blob> calls() const noexcept { return calls_; }

  /// nullopt if a result is malformed. Precondition: as many results as calls.
  [[nodiscard]] std::optional<Draft> read(const AnswerPolicy& policy, Results results) const;

 private:
  Subject subject_;
  std::vector<Blob> calls_;
  std::vector<std::size_t> ends_;  // where each profile's calls end
};

}  // namespace holdfast::ens
