// Makes one CPU slower for everything else on it: a real-time task that is busy for a share of each
// millisecond. Every server loses the same share, however many threads it has. Needs root.
//
// hog --cpu N --share 0.75 --seconds LIMIT

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "bench.h"

namespace {

constexpr std::uint64_t kPeriod = 1000000;  // ns: short beside the latencies of an overload
constexpr double kMostShare = 0.9;          // the kernel takes real-time tasks off at 95 %

void become_real_time() {
  sched_param priority{};
  priority.sched_priority = 10;
  if (sched_setscheduler(0, SCHED_FIFO, &priority)) die("SCHED_FIFO");
}

}  // namespace

int main(int argc, char** argv) {
  double share = 0.5, seconds = 60;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--cpu")) pin(atoi(argv[i + 1]));
    if (!strcmp(argv[i], "--share")) share = atof(argv[i + 1]);
    if (!strcmp(argv[i], "--seconds")) seconds = atof(argv[i + 1]);
  }
  if (share < 0 || share > kMostShare) {
    fprintf(stderr, "--share: from 0 to %g\n", kMostShare);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // never without the harness
  become_real_time();
  const auto busy = std::uint64_t(share * double(kPeriod));
  const std::uint64_t end = now_ns() + std::uint64_t(seconds * 1e9);
  for (std::uint64_t begin = now_ns(); begin < end; begin += kPeriod) {
    const timespec next = to_timespec(std::int64_t(begin));
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    while (now_ns() < begin + busy) {
    }
  }
}
