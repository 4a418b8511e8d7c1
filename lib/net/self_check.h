// SelfCheck: asks one of our own listeners as a client would, with a name that is answered here and
// from new ports each time, so that the answer tells of the listener and of no upstream.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/endpoint.h"
#include "net/event_loop.h"

namespace holdfast {

class BootstrapChannel;

/// Of the control thread, but for counts().
class SelfCheck {
 public:
  /// No answer so often in a row is no accident.
  static constexpr unsigned kLost = 3;

  struct Counts {
    std::uint64_t answered = 0, unanswered = 0;
    unsigned unanswered_in_row = 0;
    double last_seconds = 0;  // of the last one answered
  };

  /// `listeners`: what is listened on, asked in turn; an unspecified address stands for loopback.
  /// Each is asked from `ports` ports at once (at most 8 are used): where workers share it, each of
  /// them is likely to be among those who must answer.
  SelfCheck(EventLoop& loop, const std::vector<Endpoint>& listeners, std::size_t ports);
  ~SelfCheck();
  SelfCheck(const SelfCheck&) = delete;
  SelfCheck& operator=(const SelfCheck&) = delete;

  /// Asks, unless the last time still waits for answers, which it does for at most 3 s. Answered is
  /// what is answered on every port.
  void ask();

  /// Asks no more. Before the loop is drained for good.
  void close();

  /// Any thread.
  [[nodiscard]] Counts counts() const noexcept;

 private:
  void on_answer(bool answered, TimePoint asked) noexcept;
  void note(bool answered, Duration took) noexcept;

  EventLoop& loop_;
  std::vector<Endpoint> listeners_;
  std::size_t ports_;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<BootstrapChannel>> channels_;  // each has a port of its own
  std::size_t waiting_ = 0;                                  // of them
  bool all_answered_ = true;
  std::atomic<std::uint64_t> answered_{0}, unanswered_{0};
  std::atomic<unsigned> in_row_{0};
  std::atomic<double> last_seconds_{0};
};

}  // namespace holdfast
