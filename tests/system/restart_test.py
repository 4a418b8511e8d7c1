#!/usr/bin/env python3
"""On a machine with real systemd: no query is lost while the daemon is restarted or upgraded, and few
when it is killed. 1,000 queries a second, one try each."""
import json
import subprocess
import sys
import time
import unittest
from pathlib import Path

import machine

QPS = 1000
RESTARTS = 20
UPGRADES = 5
KILLS = 20
IN_HAND = 20  # queries that may be lost with a process that is killed
EXPOSURE = 16  # 1.6, as systemd-analyze counts it
AROUND = 0.25  # seconds before a kill, in which what was in hand had been sent
LAB = {"safety": {"min_usable": 1, "ejection_interval": "5s"},
       "store": {"path": "/var/lib/holdfast"},
       "upstreams": {"alpha": {"provider": "alpha", "url": "udp://127.0.0.11:5301"},
                     "beta": {"provider": "beta", "url": "udp://127.0.0.12:5301"}},
       "routes": [{"zone": ".", "tiers": [["alpha"], ["beta"]]}]}


class Restart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = machine.for_package()
        cls.addClassCleanup(cls.machine.stop)
        cls.machine.start()
        provider = machine.ROOT / "tests/lab/provider.py"
        for name, address in (("alpha", "127.0.0.11"), ("beta", "127.0.0.12")):
            process = cls.machine.beside(sys.executable, "-B", provider, "--name", name, "--listen",
                                         f"{address}:5301", stdin=subprocess.PIPE,
                                         stdout=subprocess.DEVNULL)
            cls.addClassCleanup(process.communicate)
            cls.addClassCleanup(process.kill)
        cls.machine.must("dpkg", "-i", "/mnt/holdfast.deb")
        cls.machine.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
        cls.machine.must("systemctl", "restart", "holdfast")

    def under_load(self, action, times):
        """The client's figures while `action` is done so often."""
        client = self.machine.beside(sys.executable, "-B", Path(__file__).with_name("client.py"),
                                     "127.0.0.1", str(QPS), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.addCleanup(client.kill)
        time.sleep(1)
        for _ in range(times):
            try:
                action()
            except AssertionError:
                print(self.machine.run("journalctl", "-u", "holdfast", "-n", "40", "--no-pager").stdout)
                raise
            self.machine.run("systemctl", "reset-failed", "holdfast.service")
            time.sleep(0.5)
        figures = json.loads(client.communicate()[0])
        shown = ", ".join(f"{key} {value}" for key, value in figures.items() if key != "lost_at")
        print(f"{self.id().rpartition('.')[2]}: {shown}")
        return figures

    def main_pid(self):
        return int(self.machine.must("systemctl", "show", "-P", "MainPID", "holdfast"))

    def has_caught_up(self):
        done = self.machine.run("holdfastctl", "--json", "status")
        return done.returncode == 0 and json.loads(
            done.stdout)["traffic"]["lookups_in_flight"] == 0

    def kill(self):
        """Of a process that has caught up with its own start, however slow this machine is."""
        self.machine.wait_for(self.has_caught_up, "the lookups")
        before = self.main_pid()
        self.kills.append(time.monotonic())
        self.machine.must("kill", "-KILL", before)
        self.machine.wait_for(lambda: self.main_pid() not in (0, before), "the next process")

    def test_the_service_is_up_and_holds_little_power(self):
        status = self.machine.read(f"/proc/{self.main_pid()}/status")
        self.assertIn("CapEff:\t0000000000000400", status)
        self.assertIn("Seccomp:\t2", status)
        self.assertNotIn("Uid:\t0", status)
        told = self.machine.must("holdfastctl", "status")
        self.assertIn("127.0.0.1:53", told)
        self.assertEqual(self.machine.run("systemctl", "is-enabled", "holdfast.socket",
                                          "holdfast.service").stdout.split(), ["enabled"] * 2)

    def test_this_systemd_finds_no_fault_and_little_exposure(self):
        units = [f"holdfast{part}" for part in (".service", ".socket", "-ipv6.socket",
                                                "-takeover.service", "-resume.service",
                                                "-giveback.service")]
        done = self.machine.run("systemd-analyze", "verify", "--man=no", *units)
        self.assertEqual((done.returncode, [line for line in (done.stdout + done.stderr).splitlines()
                                            if "holdfast" in line]), (0, []))
        done = self.machine.run("systemd-analyze", "security", "--no-pager", f"--threshold={EXPOSURE}",
                                "holdfast.service")
        print(done.stdout.splitlines()[-1])
        self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def test_a_restart_loses_nothing(self):
        figures = self.under_load(lambda: self.machine.must("systemctl", "restart", "holdfast"),
                                  RESTARTS)
        self.assertEqual((figures["lost"], figures["failed"]), (0, 0))

    def test_an_upgrade_loses_nothing(self):
        figures = self.under_load(lambda: self.machine.must("dpkg", "-i", "/mnt/holdfast.deb"),
                                  UPGRADES)
        self.assertEqual((figures["lost"], figures["failed"]), (0, 0))

    def test_a_kill_loses_what_was_in_hand(self):
        self.kills = []
        figures = self.under_load(self.kill, KILLS)
        ends = [*(kill - AROUND for kill in self.kills[1:]), float("inf")]
        lost = [sum(kill - AROUND <= at < end for at in figures["lost_at"])
                for kill, end in zip(self.kills, ends)]
        print(f"lost with each kill: {lost}")
        self.assertEqual(sum(lost), figures["lost"], "none is lost but with a kill")
        self.assertLessEqual(max(lost), IN_HAND)
        self.assertEqual(figures["failed"], 0)


if __name__ == "__main__":
    machine.need()
    unittest.main()
