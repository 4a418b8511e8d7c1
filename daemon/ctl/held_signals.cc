#include "daemon/ctl/held_signals.h"

#include <array>
#include <ctime>

namespace holdfast::ctl {
namespace {

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP};

sigset_t held() noexcept {
  sigset_t set{};
  ::sigemptyset(&set);
  for (const int signal : kEnding)
    ::sigaddset(&set, signal);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

HeldSignals::HeldSignals() noexcept {
  const sigset_t set = held();
  (void)::pthread_sigmask(SIG_BLOCK, &set, &former_);
}

HeldSignals::~HeldSignals() {
  const sigset_t set = held();
  const timespec at_once{};
  while (::sigtimedwait(&set, nullptr, &at_once) > 0) {
  }
  (void)::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
}

bool HeldSignals::asked_to_end() noexcept {
  sigset_t waiting{};
  if (::sigpending(&waiting) != 0) return false;
  for (const int signal : kEnding) {
    if (::sigismember(&waiting, signal) == 1) return true;
  }
  return false;
}

}  // namespace holdfast::ctl
