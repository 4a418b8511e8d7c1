#!/usr/bin/env python3
"""A worker that is stuck is noticed; a flood and the death of every provider are no sign of one."""
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from lab_case import Holdfast, daemon, wait_for
from stopped_thread import StoppedThread, find_thread

MOST_SILENT = 10  # seconds that systemd may hear nothing; it waits for three times as long


class Systemd(threading.Thread):
    """Hears what the daemon tells, and when it last said that it lives."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.fed, self.longest = str(path), None, 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.start()

    def run(self):
        while True:
            try:
                lines = self.socket.recv(4096).split(b"\n")
            except OSError:
                return
            if b"WATCHDOG=1" in lines:
                now = time.monotonic()
                self.longest = max(self.longest, now - self.fed) if self.fed else 0
                self.fed = now

    def silent_for(self):
        return time.monotonic() - self.fed


class SelfCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        folder = Path(folder.name)
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # takes what comes, says nothing
        silent.bind(("127.0.0.2", 0))
        self.addCleanup(silent.close)
        config = daemon.configuration(folder, 0, {
            "a": {"class": "external", "provider": "refuses", "url": "udp://127.0.0.1:9"},
            "b": {"class": "external", "provider": "silent",
                  "url": f"udp://127.0.0.2:{silent.getsockname()[1]}"}},
            [{"zone": ".", "tiers": [["a"], ["b"]]}])
        config["workers"] = 1
        self.systemd = Systemd(folder / "notify")
        self.addCleanup(self.systemd.socket.close)
        self.holdfast = Holdfast(folder, config)
        self.holdfast.start(env={**os.environ, "NOTIFY_SOCKET": self.systemd.path})
        self.addCleanup(self.holdfast.stop)
        wait_for(lambda: self.systemd.fed, "the watchdog to be fed")

    def unanswered(self):
        line = 'holdfast_self_queries_total{result="unanswered"} '
        page = self.holdfast.get("/metrics")[1]
        return int(page.split("\n" + line)[1].split("\n")[0])

    def alive(self):
        return self.holdfast.get("/livez")[0] == 200

    def test_a_worker_that_is_stuck_is_noticed(self):
        self.assertTrue(self.alive())
        with StoppedThread(find_thread(self.holdfast.process.pid, "worker")):
            self.assertTrue(self.alive(), "nobody can know yet")
            wait_for(lambda: self.systemd.silent_for() > 8, "the watchdog to be fed no more", 40)
            wait_for(lambda: self.unanswered() >= 3, "questions without an answer", 60)
            wait_for(lambda: not self.alive(), "/livez to say so")
            self.assertIn("a worker has not turned", self.holdfast.log())
        wait_for(self.alive, "the worker to go on")
        wait_for(lambda: self.systemd.silent_for() < 1, "the watchdog to be fed again")

    def test_a_flood_while_no_provider_lives_is_no_sign(self):
        drill = self.holdfast.ctl("drill", "start", "--provider", "silent", "--mode", "timeout",
                                  "--for", "1m")
        self.assertEqual(drill.returncode, 0, drill.stderr)
        names = self.holdfast.folder / "names.txt"
        names.write_text("".join(f"n{i}.example.org A\n" for i in range(100_000)))
        flood = subprocess.Popen(
            ["dnsperf", "-s", "127.0.0.1", "-p", str(self.holdfast.port), "-d", names, "-l", "8",
             "-c", "16", "-q", "5000", "-t", "1"], stdout=subprocess.DEVNULL)
        while flood.poll() is None:
            self.assertTrue(self.alive())
            time.sleep(0.2)
        wait_for(lambda: self.holdfast.upstream("b")["cause"], "the silent one to be judged")
        self.assertFalse(self.holdfast.upstream("b")["usable"])
        self.assertLess(max(self.systemd.longest, self.systemd.silent_for()), MOST_SILENT)


if __name__ == "__main__":
    unittest.main()
