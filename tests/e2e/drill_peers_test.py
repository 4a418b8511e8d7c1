#!/usr/bin/env python3
"""Drills between real servers: each mode, and each pack that a running daemon can play, with unbound
before dnsdist. Prints a line of figures for each; all of them with HOLDFAST_LONG=1."""
import json
import os
import sys
import threading
import time
import unittest

from lab_case import OneWorker, wait_for
from peer import APEX, missing, zone
from peers_test import World

MISSING = missing("unbound", "dnsdist")
LONG = os.environ.get("HOLDFAST_LONG") == "1"
MODES = "timeout servfail refused nxdomain empty slow loss" if LONG else "timeout"
PACKS = ("seoul-2018 us-east-1-2012 stale-2012 empty-answer dynamodb-2025 total-blackout flapping "
         "eni-throttle") if LONG else "seoul-2018"
NAMES = [(f"load-{n}.ttl-1.{APEX}", zone.A) for n in range(500)]


def shown(seconds):
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


@unittest.skipIf(MISSING, f"not installed: {MISSING}")
class DrillsBetweenPeers(World):
    @classmethod
    def setUpClass(cls):
        cls.build(NAMES, cls.addClassCleanup)

    @classmethod
    def configuration(cls):
        config = super().configuration()
        config["health"] = {"slow_start": "3s", "probe_down_max": "1s"}
        return config

    def load(self):
        """A hundred questions a second, of names that live a second, until it is stopped."""
        over = threading.Event()
        wrong = []

        def ask():
            with OneWorker(self.holdfast) as client:
                number = 0
                while not over.is_set():
                    number += 1
                    rcode, answers = client.ask(NAMES[number % len(NAMES)][0])
                    if rcode != "NOERROR" or not answers:
                        wrong.append(rcode)
                    time.sleep(0.01)

        thread = threading.Thread(target=ask)
        thread.start()

        def stop():
            over.set()
            thread.join()
            return wrong

        self.addCleanup(stop)
        return stop

    def ctl(self, *words):
        done = self.holdfast.ctl("drill", *words, "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def run_drill(self, what, *words):
        stop = self.load()
        time.sleep(6)  # each name has been asked, and what was before is measured
        ident = str(self.ctl("start", *words)["id"])
        report = wait_for(lambda: self.final(ident), f"the report of {what}", 180)
        wrong = stop()
        before, during, after = (report[phase] for phase in ("before", "during", "after"))
        move = next(m for m in report["moves"] if m["route"] == ".")
        print(f"| `{what}` | {report['state']} | {during['queries']} | {during['answered']} "
              f"| {during['failed']} | {during['stale']} | {len(wrong)} "
              f"| {' / '.join(shown(p['p50']) for p in (before, during, after))} "
              f"| {' / '.join(shown(p['p99']) for p in (before, during, after))} "
              f"| {shown(move['failover'])} | {shown(move['failback'])} "
              f"| {during['exchanges']} | {max(0, during['exchanges'] - during['spoiled'])} |",
              file=sys.stderr)
        return report, wrong

    def final(self, ident):
        report = self.ctl("report", ident)
        return report if report["final"] else None

    def test_each_mode(self):
        for mode in MODES.split():
            with self.subTest(mode=mode):
                report, wrong = self.run_drill(mode, "--provider", "unbound", "--mode", mode,
                                               "--for", "6s")
                self.assertEqual(report["state"], "ended")
                self.assertEqual(report["during"]["failed"], 0)
                self.assertEqual(wrong, [])  # all are known: not even a lie is given out

    def test_each_pack(self):
        for pack in PACKS.split():
            with self.subTest(pack=pack):
                report, wrong = self.run_drill(pack, "--pack", pack, "--for", "12s")
                self.assertEqual(report["state"], "ended")
                self.assertEqual(report["during"]["failed"], 0)
                if pack not in ("dynamodb-2025",):  # there all agree, and are believed
                    self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
