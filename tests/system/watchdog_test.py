#!/usr/bin/env python3
"""On a machine with real systemd: a daemon whose worker is stuck is ended and started again."""
import json
import subprocess
import sys
import time
import unittest
from pathlib import Path

import machine

sys.path.insert(0, str(machine.ROOT / "tests/lab"))

from stopped_thread import StoppedThread, find_thread  # noqa: E402

LAB = {"safety": {"min_usable": 1, "ejection_interval": "5s"},
       "workers": 1,
       "upstreams": {"alpha": {"provider": "alpha", "url": "udp://127.0.0.11:5301"},
                     "beta": {"provider": "beta", "url": "udp://127.0.0.12:5301"}},
       "routes": [{"zone": ".", "tiers": [["alpha"], ["beta"]]}]}
# WatchdogSec=30s, the 5 s after which a worker is late, and as much again for a busy machine.
MOST = 70


class Watchdog(unittest.TestCase):
    def setUp(self):
        self.machine = machine.for_package()
        self.addCleanup(self.machine.stop)
        self.machine.start()
        provider = self.machine.beside(
            sys.executable, "-B", machine.ROOT / "tests/lab/provider.py", "--name", "alpha",
            "--listen", "127.0.0.11:5301", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(provider.communicate)
        self.addCleanup(provider.kill)
        self.machine.must("dpkg", "-i", "/mnt/holdfast.deb")
        self.machine.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
        self.machine.must("systemctl", "restart", "holdfast")

    def main_pid(self):
        return int(self.machine.must("systemctl", "show", "-P", "MainPID", "holdfast"))

    def outside(self, pid):
        """The id that a process of the machine has here."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            if text.startswith("Name:\tholdfastd\n") and f"\t{pid}\n" in text.split("NSpid:")[1]:
                return int(status.parent.name)
        raise AssertionError("the daemon is nowhere")

    def resolves(self):
        return "status: NOERROR" in self.machine.run(
            "dig", "@127.0.0.1", "www.example.org", "+time=3", "+tries=1").stdout

    def test_a_stuck_worker(self):
        self.machine.wait_for(self.resolves, "an answer")
        first = self.main_pid()
        begun = time.monotonic()
        with StoppedThread(find_thread(self.outside(first), "worker")) as worker:
            self.assertFalse(self.resolves(), "the only worker is stuck")
            self.machine.wait_for(worker.gone, "the watchdog", MOST)
        self.machine.wait_for(self.resolves, "the daemon to be back", MOST)
        print(f"back {time.monotonic() - begun:.1f} s after a worker got stuck")
        self.assertNotEqual(self.main_pid(), first)
        journal = self.machine.must("journalctl", "-u", "holdfast", "--no-pager")
        self.assertIn("a worker has not turned", journal)
        self.assertIn("atchdog", journal)


if __name__ == "__main__":
    machine.need()
    unittest.main()
