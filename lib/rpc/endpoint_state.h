// EndpointState: what one thread knows of an endpoint: its chain, its newest blocks, how fast it
// is, and whether it is worth asking. Pure; the time is told.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "rpc/reply.h"

namespace holdfast::rpc {

/// Why an endpoint is not asked; in the order of what an operator should hear first.
enum class Unready : std::uint8_t { no, unknown, wrong_chain, unauthorised, failing, old_head };

[[nodiscard]] const char* to_string(Unready why) noexcept;

class EndpointState {
 public:
  /// A chain id holds this long.
  static constexpr Duration kIdentityKept = 10min;
  /// A head older than this may be behind; one older than kHeadKept is not used any more.
  static constexpr Duration kHeadFresh = 4s;
  static constexpr Duration kHeadKept = 12s;

  void on_head(const Head& head, std::uint64_t unix_now, TimePoint now);
  /// It said of which chain it is.
  void on_identity(bool right, TimePoint now);
  /// It showed whether reverts come with their data.
  void on_revert(bool with_data) noexcept;
  void on_good(Duration took);
  /// `again` is what the server asked for (Retry-After).
  void on_failure(const Failure& failure, std::optional<Duration> again, TimePoint now);

  /// The network changed, or the configuration: what it did before says nothing.
  void forget() noexcept { *this = {}; }

  /// Is it to be asked at all, now?
  [[nodiscard]] Unready unready(Duration max_head_age, TimePoint now) const noexcept;

  [[nodiscard]] bool identity_due(TimePoint now) const noexcept {
    return identity_at_ == kNever || now - identity_at_ >= kIdentityKept;
  }

  [[nodiscard]] bool head_known(TimePoint now) const noexcept {
    return head_at_ != kNever && now - head_at_ < kHeadKept;
  }

  [[nodiscard]] bool head_fresh(TimePoint now) const noexcept {
    return head_at_ != kNever && now - head_at_ < kHeadFresh;
  }

  /// Blocks that it has told of, the newest first.
  [[nodiscard]] const std::deque<ens::Block>& blocks() const noexcept { return blocks_; }

  [[nodiscard]] bool has(const ens::Block& block) const noexcept;

  /// Does a bare revert of it mean one?
  [[nodiscard]] bool keeps_revert_data() const noexcept { return revert_data_ == true; }

  [[nodiscard]] bool revert_data_known() const noexcept { return revert_data_.has_value(); }

  /// It refused blocks by hash: they are named by number.
  [[nodiscard]] bool by_number() const noexcept { return by_number_; }

  void set_by_number() noexcept { by_number_ = true; }

  /// Smoothed time to an answer; 0 before the first.
  [[nodiscard]] Duration latency() const noexcept { return latency_; }

  /// The last failure in words; "" once it answers.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  void add(const ens::Block& block);

  std::deque<ens::Block> blocks_;
  TimePoint head_at_ = kNever;
  Duration head_age_{};  // then
  TimePoint identity_at_ = kNever;
  bool wrong_chain_ = false;
  std::optional<bool> revert_data_;
  bool by_number_ = false;
  bool unauthorised_ = false;
  unsigned failures_ = 0;  // in a row
  TimePoint shunned_until_ = kNever;
  Duration latency_{};
  std::string fault_;
};

}  // namespace holdfast::rpc
