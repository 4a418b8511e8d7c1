#!/usr/bin/env python3
"""A machine that sleeps for an hour and goes on: everybody is probed anew, what was remembered has become an
hour older, and nobody's question fails."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab_case import Holdfast, Provider, daemon, preloaded, wait_for
from peer import missing

MISSING = missing("dig", "g++")
# From the moment the file appears CLOCK_BOOTTIME has gone on for an hour that CLOCK_MONOTONIC knows
# nothing of; alarms that were set go off at once or when they would have.
CLOCK = """
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <sys/timerfd.h>
#include <unistd.h>
static time_t slept() { return access(getenv("SLEPT"), F_OK) == 0 ? 3600 : 0; }
extern "C" int clock_gettime(clockid_t id, timespec* at) noexcept {
  using Real = int (*)(clockid_t, timespec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(id, at);
  if (id == CLOCK_BOOTTIME) at->tv_sec += slept();
  return result;
}
extern "C" int timerfd_settime(int fd, int flags, const itimerspec* at, itimerspec* old) noexcept {
  using Real = int (*)(int, int, const itimerspec*, itimerspec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "timerfd_settime"));
  itimerspec then = *at;
  if ((flags & TFD_TIMER_ABSTIME) != 0 && then.it_value.tv_sec > slept()) then.it_value.tv_sec -= slept();
  return real(fd, flags, &then, old);
}
"""


@unittest.skipIf(MISSING, f"not installed: {MISSING}")
class Sleep(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-sleep.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.library = preloaded(self.folder, CLOCK)
        self.providers = {}
        for name in ("alpha", "beta"):
            self.providers[name] = Provider(name, "127.0.0.1").start()
            self.addCleanup(self.providers[name].stop)
        upstreams = {name: {"url": f"udp://{provider.endpoint}"}
                     for name, provider in self.providers.items()}
        self.holdfast = Holdfast(self.folder, daemon.configuration(
            self.folder, 0, upstreams, [{"zone": ".", "tiers": [["alpha"], ["beta"]]}]))
        self.addCleanup(self.holdfast.stop)

    def probes(self):
        return {name: provider.seen(".", "NS") for name, provider in self.providers.items()}

    def asked(self, name):
        return sum(provider.seen(name + ".") for provider in self.providers.values())

    def resolves(self, name):
        self.assertEqual(self.holdfast.dig(name)[0], "NOERROR", name)

    def test_all_is_an_hour_older_and_nobody_notices(self):
        slept = self.folder / "slept"
        self.holdfast.start(env={**os.environ, "LD_PRELOAD": str(self.library), "SLEPT": str(slept),
                                 "ASAN_OPTIONS": "verify_asan_link_order=0"})
        short, long = "ttl-1800.example.org", "ttl-86400.example.org"
        for name in (short, long, short, long):
            self.resolves(name)
        self.assertEqual((self.asked(short), self.asked(long)), (1, 1))
        wait_for(lambda: min(self.probes().values()) > 0, "the first probes")
        before = self.probes()
        slept.touch()
        self.resolves("new.example.org")
        wait_for(lambda: "network changed (resume from sleep)" in self.holdfast.log(), "the resume")
        wait_for(lambda: all(count > before[name] for name, count in self.probes().items()),
                 "new probes of everybody")
        for name in (short, long, "newer.example.org"):
            self.resolves(name)
        wait_for(lambda: self.asked(short) == 2, "a new answer for what has expired")
        self.assertEqual(self.asked(long), 1)
        ttl = int(subprocess.run(["dig", "@127.0.0.1", "-p", str(self.holdfast.port), long, "+noall",
                                  "+answer"], capture_output=True, text=True, check=True)
                  .stdout.split()[1])
        self.assertLessEqual(ttl, 86400 - 3600)
        self.assertIn('holdfast_network_changes_total{reason="resume"} 1',
                      self.holdfast.get("/metrics")[1])


if __name__ == "__main__":
    unittest.main()
