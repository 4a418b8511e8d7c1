// Drills: at most one at a time, and the reports of the latest. Writes the DrillBoard. Control
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "drill/drill_run.h"

namespace holdfast {

class Drills {
 public:
  static constexpr std::size_t kReports = 16;

  explicit Drills(DrillBoard& board) : board_(board) {}

  /// Called when a drill is over, whatever ended it: nothing it invented may be left.
  using Over = FunctionRef<void(const DrillReport&)>;

  /// nullptr, and `error` says why: another one runs.
  const DrillReport* start(DrillPlan plan, TimePoint now, WallTime wall, std::string& error);

  /// Every beat: follows the steps and ends what is over.
  void follow(TimePoint now, Over over);

  /// Every second, with what was counted; the control thread keeps no clock of ours.
  void count(const DrillSample& sample, TimePoint now, Over over);

  /// The latest sample is no older than a second; false: no such drill runs.
  [[nodiscard]] bool end(unsigned id, DrillEnd how, TimePoint now, Over over);

  void moved(const std::string& route, bool back, TimePoint now);

  /// The one that runs, or nullptr.
  [[nodiscard]] const DrillReport* running() const noexcept;

  /// The latest first.
  [[nodiscard]] std::vector<const DrillReport*> list() const;
  /// 0: the latest. nullptr: never was, or too long ago.
  [[nodiscard]] const DrillReport* find(unsigned id) const noexcept;

  /// How drills ended, since the start; the first counts those begun.
  [[nodiscard]] const std::array<std::uint64_t, kDrillEnds>& counts() const noexcept {
    return counts_;
  }

  [[nodiscard]] const DrillBoard& board() const noexcept { return board_; }

 private:
  struct Second {
    TimePoint at;
    DrillSample sample;
  };

  void finish(Over over);
  void write_board(TimePoint now);

  DrillBoard& board_;
  std::deque<DrillRun> runs_;  // the oldest first
  std::deque<Second> past_;    // a minute of samples
  std::array<std::uint64_t, kDrillEnds> counts_{};
  unsigned last_id_ = 0;
};

}  // namespace holdfast
