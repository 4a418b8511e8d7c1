#include "rpc/endpoint_state.h"

#include <algorithm>

namespace holdfast::rpc {
namespace {

// As many as differ between endpoints of one chain, and then some.
constexpr std::size_t kBlocksKept = 8;
// Nodes keep the state of the last 128 blocks, if they do not keep all.
constexpr std::uint64_t kDeepestBlock = 96;
// So many failures in a row, and it is left alone for a while: 1 s, doubling.
constexpr unsigned kPatience = 3;
constexpr unsigned kMostDoublings = 5;
constexpr Duration kLongestAway = 60s;
// So many that were due have not come, and none has come since: others are asked first.
constexpr unsigned kOverduePatience = 3;
// Some count requests that they refuse.
constexpr Duration kRefusalKept = 1min;
// After a lost vote it is asked last for so long, doubling.
constexpr Duration kDoubt = 1min;

bool same(const ens::Block& a, const ens::Block& b) noexcept {
  return a.number == b.number && a.hash == b.hash;
}

}  // namespace

void EndpointState::add(const ens::Block& block) {
  if (has(block)) return;
  // What it said of this height, or of higher ones, is no longer so: the chain was reorganised.
  std::erase_if(blocks_, [&](const ens::Block& old) { return old.number >= block.number; });
  blocks_.push_front(block);
  if (blocks_.size() > kBlocksKept) blocks_.pop_back();
}

void EndpointState::on_head(const Head& head, std::uint64_t unix_now, TimePoint now) {
  if (head.number > 0) add({head.number - 1, head.parent});
  add({head.number, head.hash});
  // One that has gone back has no block above its head.
  std::erase_if(blocks_, [&](const ens::Block& old) { return old.number > head.number; });
  head_at_ = now;
  head_time_ = head.time;
  const std::uint64_t age = unix_now > head.time ? unix_now - head.time : 0;
  constexpr std::uint64_t kMostSeconds = 1'000'000'000;
  head_age_ = std::chrono::seconds(std::min(age, kMostSeconds));
}

void EndpointState::on_header(const Head& header) {
  const ens::Block block{header.number, header.hash};
  if (!may_have(block)) return;
  if (blocks_.size() == kBlocksKept) blocks_.pop_back();
  const auto lower = [&](const ens::Block& old) { return old.number < block.number; };
  blocks_.insert(std::ranges::find_if(blocks_, lower), block);
}

void EndpointState::on_identity(bool right, TimePoint now) {
  wrong_chain_ = !right;
  identity_at_ = now;
}

void EndpointState::on_syncing(bool syncing, TimePoint now) {
  syncing_ = syncing;
  syncing_at_ = now;
}

void EndpointState::on_revert(bool with_data) noexcept {
  revert_data_ = with_data;
}

void EndpointState::on_good(Purpose purpose, Duration took) {
  failures(purpose) = 0;
  overdue_ = 0;
  unauthorised_ = false;
  latency_ = latency_ == Duration{} ? took : latency_ + (took - latency_) / 8;
  if (purpose == Purpose::about && fails_calls()) return;
  shunned_until_ = kNever;
  told_to_wait_until_ = kNever;
  fault_.clear();
  last_fault_.reset();
}

void EndpointState::on_failure(Purpose purpose, const Failure& failure,
                               std::optional<Duration> again, TimePoint now) {
  fault_ = std::string(to_string(failure.fault)) + ": " + failure.why;
  last_fault_ = failure.fault;
  // These say nothing of its health: it is behind, or of another make, or somebody stored a lot.
  if (failure.fault == Fault::no_block || failure.fault == Fault::bad_parameter) return;
  if (failure.fault == Fault::too_large && purpose == Purpose::call) return;
  if (failure.fault == Fault::unauthorised) unauthorised_ = true;
  const unsigned running = ++failures(purpose);
  failed_at_ = now;
  Duration away{};
  if (running >= kPatience) away = 1s * (1U << std::min(running - kPatience, kMostDoublings));
  if (failure.fault == Fault::rate_limited) {
    const Duration asked = std::min(again.value_or(1s), kLongestAway);
    told_to_wait_until_ = now + asked;
    away = std::max(away, asked);
  }
  shunned_until_ = now + away;
}

void EndpointState::on_minority(TimePoint now) noexcept {
  const Duration last = kDoubt * (1U << std::min(votes_lost_, kMostDoublings));
  const bool long_ago = doubted_until_ != kNever && now - doubted_until_ > last;
  votes_lost_ = long_ago ? 0 : votes_lost_;
  // Calls of one moment that it lost together are one lost vote.
  if (votes_lost_ > 0 && now < doubted_until_) return;
  doubted_until_ = now + kDoubt * (1U << std::min(votes_lost_, kMostDoublings));
  ++votes_lost_;
}

void EndpointState::forget() noexcept {
  const bool located = located_;
  *this = {};
  located_ = located;
}

bool EndpointState::fails_calls() const noexcept {
  return failures_[static_cast<std::size_t>(Purpose::call)] >= kPatience;
}

/// Until it has shown that it does not: time alone mends nothing.
bool EndpointState::failing(TimePoint now) const noexcept {
  const bool tried = std::ranges::any_of(failures_, [](unsigned n) { return n >= kPatience; });
  return tried || (told_to_wait_until_ != kNever && now < told_to_wait_until_);
}

Unready EndpointState::unready(Duration max_head_age, TimePoint now) const noexcept {
  if (!located_) return Unready::no_address;
  if (wrong_chain_) return Unready::wrong_chain;
  if (unauthorised_) return Unready::unauthorised;
  if (failing(now)) return Unready::failing;
  if (identity_at_ == kNever) return Unready::unknown;
  if (syncing_) return Unready::syncing;
  const bool old = max_head_age != Duration{} && head_at_ != kNever && head_age_ > max_head_age;
  return old ? Unready::old_head : Unready::no;
}

bool EndpointState::visit_due(TimePoint now, bool urgent) const noexcept {
  if (!located_) return false;
  if (wrong_chain_ && !identity_due(now)) return false;
  if (unauthorised_ && now - failed_at_ < kRefusalKept) return false;
  if (told_to_wait_until_ != kNever && now < told_to_wait_until_) return false;
  if (shunned_until_ == kNever || now >= shunned_until_) return true;
  // At once the first time: it may have been this machine that stood still.
  const bool just_begun = std::ranges::all_of(failures_, [](unsigned n) { return n <= kPatience; });
  return urgent && (just_begun || now - failed_at_ >= kUrgentVisit);
}

bool EndpointState::doubtful(TimePoint now) const noexcept {
  return overdue_ >= kOverduePatience || outvoted(now);
}

bool EndpointState::has(const ens::Block& block) const noexcept {
  return std::ranges::any_of(blocks_, [&](const ens::Block& own) { return same(own, block); });
}

bool EndpointState::may_have(const ens::Block& block) const noexcept {
  return block.number < head() && head() - block.number <= kDeepestBlock &&
         std::ranges::find(blocks_, block.number, &ens::Block::number) == blocks_.end();
}

const char* to_string(Unready why) noexcept {
  switch (why) {
    case Unready::no:
      return "ready";
    case Unready::unknown:
      return "has not said of which chain it is";
    case Unready::no_address:
      return "its address is not known";
    case Unready::wrong_chain:
      return "of another chain";
    case Unready::unauthorised:
      return "refuses us";
    case Unready::failing:
      return "failing";
    case Unready::syncing:
      return "is syncing";
    case Unready::old_head:
      return "its newest block is too old";
    case Unready::behind:
      return "behind the others";
  }
  return "?";
}

const char* label_of(Unready why) noexcept {
  switch (why) {
    case Unready::no:
      return "ready";
    case Unready::unknown:
      return "unknown";
    case Unready::no_address:
      return "no_address";
    case Unready::wrong_chain:
      return "wrong_chain";
    case Unready::unauthorised:
      return "unauthorised";
    case Unready::failing:
      return "failing";
    case Unready::syncing:
      return "syncing";
    case Unready::old_head:
      return "old_head";
    case Unready::behind:
      return "behind";
  }
  return "?";
}

const char* to_string(Purpose purpose) noexcept {
  return purpose == Purpose::call ? "call" : "about";
}

}  // namespace holdfast::rpc
