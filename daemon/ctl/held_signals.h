// HeldSignals: what must not be left half done is not ended by Ctrl-C, a closed terminal or
// SIGTERM.
#pragma once

#include <csignal>

namespace holdfast::ctl {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGPIPE wait; those that came are over when it goes.
/// One thread's; programs that run_command() starts are not held.
class HeldSignals {
 public:
  HeldSignals() noexcept;
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Does one wait that asks us to end? (SIGPIPE only says that nobody reads.)
  [[nodiscard]] static bool asked_to_end() noexcept;

 private:
  sigset_t former_{};
};

}  // namespace holdfast::ctl
