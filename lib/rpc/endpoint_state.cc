#include "rpc/endpoint_state.h"

#include <algorithm>

namespace holdfast::rpc {
namespace {

// As many as differ between endpoints of one chain, and then some.
constexpr std::size_t kBlocksKept = 8;
// So many failures in a row, and it is left alone for a while: 1 s, doubling.
constexpr unsigned kPatience = 3;
constexpr unsigned kMostDoublings = 5;
constexpr Duration kLongestAway = 60s;

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
  const std::uint64_t age = unix_now > head.time ? unix_now - head.time : 0;
  constexpr std::uint64_t kMostSeconds = 1'000'000'000;
  head_age_ = std::chrono::seconds(std::min(age, kMostSeconds));
}

void EndpointState::on_identity(bool right, TimePoint now) {
  wrong_chain_ = !right;
  identity_at_ = now;
}

void EndpointState::on_revert(bool with_data) noexcept {
  revert_data_ = with_data;
}

void EndpointState::on_good(Duration took) {
  failures_ = 0;
  shunned_until_ = kNever;
  unauthorised_ = false;
  fault_.clear();
  latency_ = latency_ == Duration{} ? took : latency_ + (took - latency_) / 8;
}

void EndpointState::on_failure(const Failure& failure, std::optional<Duration> again,
                               TimePoint now) {
  fault_ = std::string(to_string(failure.fault)) + ": " + failure.why;
  // These say nothing of its health: it is behind, or of another make.
  if (failure.fault == Fault::no_block || failure.fault == Fault::bad_parameter) return;
  if (failure.fault == Fault::unauthorised) unauthorised_ = true;
  ++failures_;
  Duration away{};
  if (failures_ >= kPatience) away = 1s * (1U << std::min(failures_ - kPatience, kMostDoublings));
  if (failure.fault == Fault::rate_limited) away = std::max(away, again.value_or(1s));
  shunned_until_ = now + std::min(away, kLongestAway);
}

Unready EndpointState::unready(Duration max_head_age, TimePoint now) const noexcept {
  if (wrong_chain_) return Unready::wrong_chain;
  if (unauthorised_) return Unready::unauthorised;
  if (shunned_until_ != kNever && now < shunned_until_) return Unready::failing;
  if (identity_at_ == kNever) return Unready::unknown;
  const bool old = max_head_age != Duration{} && head_at_ != kNever && head_age_ > max_head_age;
  return old ? Unready::old_head : Unready::no;
}

bool EndpointState::has(const ens::Block& block) const noexcept {
  return std::ranges::any_of(blocks_, [&](const ens::Block& own) { return same(own, block); });
}

const char* to_string(Unready why) noexcept {
  switch (why) {
    case Unready::no:
      return "ready";
    case Unready::unknown:
      return "has not said of which chain it is";
    case Unready::wrong_chain:
      return "of another chain";
    case Unready::unauthorised:
      return "refuses us";
    case Unready::failing:
      return "failing";
    case Unready::old_head:
      return "its newest block is too old";
  }
  return "?";
}

}  // namespace holdfast::rpc
