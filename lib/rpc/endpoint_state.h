// EndpointState: what one thread knows of an endpoint: its chain, its newest blocks, how fast it
// is, and whether it is worth asking. Pure; the time is told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "rpc/reply.h"

namespace holdfast::rpc {

/// Why an endpoint is not asked.
enum class Unready : std::uint8_t {
  no,
  unknown,       // it has not said of which chain it is
  no_address,    // its host name is not resolved
  wrong_chain,   //
  unauthorised,  // it refuses us
  failing,       //
  syncing,       // it says so itself
  old_head,      // its newest block is too old
  behind,        // its newest block is some blocks below that of the others
};
inline constexpr std::size_t kUnready = 9;

/// In words.
[[nodiscard]] const char* to_string(Unready why) noexcept;
/// As a label: `ready`, `unknown`, …
[[nodiscard]] const char* label_of(Unready why) noexcept;

/// What an endpoint is asked for. One that tells of its blocks may still fail at every call.
enum class Purpose : std::uint8_t {
  call,   // an eth_call
  about,  // what it is asked about itself
};
inline constexpr std::size_t kPurposes = 2;

[[nodiscard]] const char* to_string(Purpose purpose) noexcept;

class EndpointState {
 public:
  /// A chain id holds this long.
  static constexpr Duration kIdentityKept = 10min;
  /// A head older than this may be behind; one older than kHeadKept is not used any more.
  static constexpr Duration kHeadFresh = 4s;
  static constexpr Duration kHeadKept = 12s;
  /// One that is syncing is asked again whether it still is.
  static constexpr Duration kSyncingKept = 30s;
  /// One that fails is asked whether it still does as often as this while nobody else is there.
  static constexpr Duration kUrgentVisit = 500ms;

  void on_head(const Head& head, std::uint64_t unix_now, TimePoint now);
  /// It told of a block below its newest one, since it was asked for it.
  void on_header(const Head& header);
  /// It said of which chain it is.
  void on_identity(bool right, TimePoint now);
  /// It said whether it is still behind the chain (eth_syncing).
  void on_syncing(bool syncing, TimePoint now);

  /// Is its host's address known? It is until somebody says otherwise.
  void set_located(bool located) noexcept { located_ = located; }

  /// It showed whether reverts come with their data.
  void on_revert(bool with_data) noexcept;
  void on_good(Purpose purpose, Duration took);
  /// `again` is what the server asked for (Retry-After).
  void on_failure(Purpose purpose, const Failure& failure, std::optional<Duration> again,
                  TimePoint now);

  /// It has not answered when others would have.
  void on_overdue() noexcept { ++overdue_; }

  /// It said something else than what was believed.
  void on_minority(TimePoint now) noexcept;

  /// The network changed, or the configuration: what it did before says nothing.
  void forget() noexcept;

  /// Is it to be asked for calls, now? `behind` is not for it alone to know.
  [[nodiscard]] Unready unready(Duration max_head_age, TimePoint now) const noexcept;

  /// May it be asked about itself? One that fails is left alone for longer and longer, but for no
  /// longer than kUrgentVisit if it is urgent, unless it said itself when to come again.
  [[nodiscard]] bool visit_due(TimePoint now, bool urgent) const noexcept;

  /// A call has to show whether it still fails at calls.
  [[nodiscard]] bool fails_calls() const noexcept;

  /// To be asked after all others: it has lost a vote lately, or is silent just now.
  [[nodiscard]] bool doubtful(TimePoint now) const noexcept;

  /// It has lost a vote lately.
  [[nodiscard]] bool outvoted(TimePoint now) const noexcept {
    return doubted_until_ != kNever && now < doubted_until_;
  }

  [[nodiscard]] bool syncing_due(TimePoint now) const noexcept {
    return syncing_at_ == kNever || now - syncing_at_ >= (syncing_ ? kSyncingKept : kIdentityKept);
  }

  [[nodiscard]] bool identity_due(TimePoint now) const noexcept {
    return identity_at_ == kNever || now - identity_at_ >= kIdentityKept;
  }

  [[nodiscard]] bool head_known(TimePoint now) const noexcept {
    return head_at_ != kNever && now - head_at_ < kHeadKept;
  }

  [[nodiscard]] bool head_fresh(TimePoint now) const noexcept {
    return head_at_ != kNever && now - head_at_ < kHeadFresh;
  }

  /// Of its newest block; 0 before it told of one.
  [[nodiscard]] std::uint64_t head() const noexcept {
    return blocks_.empty() ? 0 : blocks_.front().number;
  }

  [[nodiscard]] std::uint64_t head_time() const noexcept { return head_time_; }

  /// Blocks that it has told of, the newest first.
  [[nodiscard]] const std::deque<ens::Block>& blocks() const noexcept { return blocks_; }

  [[nodiscard]] bool has(const ens::Block& block) const noexcept;
  /// It has a block of this number, not deep below its newest one, and has not told which.
  [[nodiscard]] bool may_have(const ens::Block& block) const noexcept;

  /// Does a bare revert of it mean one?
  [[nodiscard]] bool keeps_revert_data() const noexcept { return revert_data_ == true; }

  /// nullopt before it has shown.
  [[nodiscard]] std::optional<bool> revert_data() const noexcept { return revert_data_; }

  /// It refused blocks by hash: they are named by number.
  [[nodiscard]] bool by_number() const noexcept { return by_number_; }

  void set_by_number() noexcept { by_number_ = true; }

  /// Smoothed time to an answer; 0 before the first.
  [[nodiscard]] Duration latency() const noexcept { return latency_; }

  /// The last failure in words; "" once it answers.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// Likewise.
  [[nodiscard]] std::optional<Fault> last_fault() const noexcept { return last_fault_; }

 private:
  void add(const ens::Block& block);
  [[nodiscard]] bool failing(TimePoint now) const noexcept;

  unsigned& failures(Purpose purpose) noexcept {
    return failures_[static_cast<std::size_t>(purpose)];
  }

  std::deque<ens::Block> blocks_;
  TimePoint head_at_ = kNever;
  Duration head_age_{};  // then
  std::uint64_t head_time_ = 0;
  TimePoint identity_at_ = kNever;
  bool wrong_chain_ = false;
  TimePoint syncing_at_ = kNever;
  bool syncing_ = false;
  bool located_ = true;
  std::optional<bool> revert_data_;
  bool by_number_ = false;
  bool unauthorised_ = false;
  std::array<unsigned, kPurposes> failures_{};  // in a row
  TimePoint failed_at_ = kNever;
  TimePoint shunned_until_ = kNever;
  TimePoint told_to_wait_until_ = kNever;  // by itself
  unsigned overdue_ = 0;                   // since it answered last
  unsigned votes_lost_ = 0;                // in a row, so to speak
  TimePoint doubted_until_ = kNever;
  Duration latency_{};
  std::string fault_;
  std::optional<Fault> last_fault_;
};

}  // namespace holdfast::rpc
