#!/usr/bin/env python3
"""A machine that begins its life in 1970: plain upstreams answer, so that its clock can be set by
name; encrypted ones wait, and serve as soon as it is."""
import os
import tempfile
import unittest
from pathlib import Path

from lab_case import Holdfast, Provider, daemon, preloaded, wait_for
from certificate import make_certificate
from peer import APEX, Unbound, missing, zone

MISSING = missing("unbound", "dig", "openssl", "g++")
NAME = "dns.provider.example"
# What a program is told of the time until the file appears: 1970.
CLOCK = """
#include <ctime>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>
extern "C" int clock_gettime(clockid_t id, timespec* at) {
  using Real = int (*)(clockid_t, timespec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(id, at);
  if (id == CLOCK_REALTIME && access(getenv("CLOCK_SET"), F_OK) != 0) at->tv_sec %= 86400;
  return result;
}
extern "C" time_t time(time_t* at) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != nullptr) *at = now.tv_sec;
  return now.tv_sec;
}
"""


@unittest.skipIf(MISSING, f"not installed: {MISSING}")
class WrongClock(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-clock.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.library = preloaded(self.folder, CLOCK)
        authority = make_certificate(self.folder, "authority.example")
        self.names = [f"name-{n}.{APEX}" for n in range(200)]
        self.unbound = Unbound(self.folder, "127.0.0.31", [(name, zone.A) for name in self.names])
        self.unbound.certificate = make_certificate(self.folder, NAME, authority=authority,
                                                    addresses=("127.0.0.31",))
        self.addCleanup(self.unbound.kill)
        self.unbound.start()
        self.plain = Provider("plain", "127.0.0.1").start()
        self.addCleanup(self.plain.stop)
        self.holdfast = Holdfast(self.folder, daemon.configuration(self.folder, 0, {
            "encrypted": {"url": f"tls://{self.unbound.tls_endpoint}?name={NAME}",
                          "ca_file": str(authority[0])},
            "plain": {"url": f"udp://{self.plain.endpoint}"},
        }, [{"zone": ".", "tiers": [["encrypted"], ["plain"]]}]))
        self.addCleanup(self.holdfast.stop)

    def is_encrypted(self):
        """Is a name that was not asked for before answered by the encrypted upstream?"""
        name = self.names.pop()
        return self.holdfast.dig(name)[0] == "NOERROR" and not self.plain.seen(name + ".")

    def test_plain_upstreams_serve_and_encrypted_ones_wait_for_the_clock(self):
        is_set = self.folder / "set"
        self.holdfast.start(env={**os.environ, "LD_PRELOAD": str(self.library),
                                 "CLOCK_SET": str(is_set),
                                 "ASAN_OPTIONS": "verify_asan_link_order=0"})
        self.assertEqual(self.holdfast.dig("pool.ntp.example")[0], "NOERROR")
        self.assertGreater(self.plain.seen("pool.ntp.example."), 0)
        self.assertIn("encrypted upstreams wait until it is set", self.holdfast.log())
        wait_for(lambda: "clock" in self.holdfast.ctl("status").stdout, "the reason in the status")
        is_set.touch()
        wait_for(lambda: "the machine's clock was set" in self.holdfast.log(), "the clock")
        wait_for(self.is_encrypted, "an answer over TLS")
        wait_for(lambda: 'holdfast_network_changes_total{reason="clock"} 1'
                 in self.holdfast.get("/metrics")[1], "the metric")


if __name__ == "__main__":
    unittest.main()
