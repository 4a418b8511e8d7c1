#include "ens/profile.h"

#include <algorithm>
#include <array>

namespace holdfast::ens {
namespace {

constexpr std::array kProfiles{&kDnsRecordProfile, &kAddressProfile, &kContenthashProfile,
                               &kTextProfile};

}  // namespace

bool Draft::has(dns::RrType type) const noexcept {
  return std::ranges::find(sets, type, &RrSet::type) != sets.end();
}

void Draft::make(dns::RrType type, std::uint32_t ttl, Blob rdata) {
  sets.push_back({type, ttl, {std::move(rdata)}});
}

std::span<const Profile* const> profiles() noexcept {
  return kProfiles;
}

std::optional<Bytes> returned_bytes(const CallOutcome& outcome) noexcept {
  if (outcome.kind != CallOutcome::Kind::returned) return Bytes{};
  AbiReader reader(outcome.data);
  const Bytes bytes = reader.bytes();
  return reader.ok() ? std::optional(bytes) : std::nullopt;
}

ProfileCalls::ProfileCalls(Subject subject, const AnswerPolicy& policy)
    : subject_(std::move(subject)) {
  for (const Profile* profile : profiles()) {
    profile->ask(subject_, policy, calls_);
    ends_.push_back(calls_.size());
  }
}

std::optional<Draft> ProfileCalls::read(const AnswerPolicy& policy, Results results) const {
  Draft draft;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const Results own = results.subspan(begin, ends_[i] - begin);
    begin = ends_[i];
    if (!own.empty() && !profiles()[i]->read(subject_, policy, own, draft)) return std::nullopt;
    // An alias has no other records (RFC 1034 3.6.2).
    if (draft.has(dns::RrType::cname)) break;
  }
  return draft;
}

}  // namespace holdfast::ens
