// SelfCheck: asks one of our own listeners as a client would, with a name that is answered here and
// from a new port each time, so that the answer tells of the listener and of no upstream.
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

  /// `listeners`: what is listened on, in turn; an unspecified address stands for loopback.
  SelfCheck(EventLoop& loop, const std::vector<Endpoint>& listeners);
  ~SelfCheck();
  SelfCheck(const SelfCheck&) = delete;
  SelfCheck& operator=(const SelfCheck&) = delete;

  /// Asks, unless the last question still waits for its answer, which it does for at most 3 s.
  void ask();

  /// Asks no more. Before the loop is drained for good.
  void close();

  /// Any thread.
  [[nodiscard]] Counts counts() const noexcept;

 private:
  void note(bool answered, Duration took) noexcept;

  EventLoop& loop_;
  std::vector<Endpoint> listeners_;
  std::size_t next_ = 0;
  std::unique_ptr<BootstrapChannel> channel_;  // one for each question: a port of its own
  bool waiting_ = false;
  std::atomic<std::uint64_t> answered_{0}, unanswered_{0};
  std::atomic<unsigned> in_row_{0};
  std::atomic<double> last_seconds_{0};
};

}  // namespace holdfast
