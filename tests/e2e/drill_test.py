#!/usr/bin/env python3
"""Outages on purpose: clients notice nothing, private names are left alone, and it ends in time."""
import itertools
import json
import os
import shutil
import subprocess
import threading
import time
import unittest

from lab_case import OneWorker, QuickLab, daemon, wait_for


class Drill(QuickLab):
    numbers = itertools.count()  # of names that nobody has asked for

    def drill(self, *arguments):
        done = self.holdfast.ctl("drill", *arguments, "--json")
        return done.returncode, json.loads(done.stdout) if done.stdout else {}

    def start(self, *arguments):
        status, reply = self.drill("start", *arguments)
        self.assertEqual(status, 0, reply)
        return reply

    def refused(self, *arguments):
        done = self.holdfast.ctl("drill", *arguments)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.drill("list")[1]["drills"], [])
        return done.stderr

    def metric(self, series):
        for line in self.holdfast.get("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line[len(series):])
        return None

    def load(self):
        """Asks new names without pause until the test is over; rcodes by their number."""
        seen, over = {}, threading.Event()

        def ask():
            with OneWorker(self.holdfast) as client:
                while not over.is_set():
                    rcode = client.ask(f"load{next(self.numbers)}.example.org")[0]
                    seen[rcode] = seen.get(rcode, 0) + 1
                    time.sleep(0.01)

        thread = threading.Thread(target=ask)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(over.set)
        return seen, lambda: (over.set(), thread.join())

    def test_each_mode_is_survived_and_reported(self):
        modes = os.environ.get("DRILL_MODES", "timeout servfail refused slow loss").split()
        for mode in modes:
            with self.subTest(mode=mode):
                seen, stop = self.load()
                begun = self.start("--provider", "cloud", "--mode", mode, "--for", "3s")
                self.assertEqual(begun["state"], "running")
                report = wait_for(lambda: self.final(begun["id"]), "the report", 150)
                stop()
                print(self.holdfast.ctl("drill", "report", str(begun["id"])).stdout)
                self.assertEqual(report["state"], "ended")
                self.assertEqual(set(seen), {"NOERROR"}, seen)
                during = report["during"]
                self.assertEqual(during["failed"], 0)
                self.assertGreater(during["queries"], 5)
                self.assertGreater(during["spoiled"], 0)
                self.assertGreater(during["seconds"], 2.9)
                self.assertLess(during["seconds"], 15)  # it ended in time, and is told when looked at
                if mode in ("timeout", "servfail", "refused"):
                    (move,) = [m for m in report["moves"] if m["route"] == "."]
                    self.assertLess(move["failover"], 3)
                    self.assertIsNotNone(move["failback"])

    def final(self, ident):
        report = self.drill("report", str(ident))[1]
        return report if report.get("final") else None

    def test_a_lie_is_not_believed_and_leaves_nothing(self):
        name = "held.ttl-1.example.org"
        self.assertEqual(self.holdfast.dig(name)[0], "NOERROR")
        for mode in ("nxdomain", "empty"):
            self.start("--provider", "cloud", "--mode", mode, "--for", "30s")
            time.sleep(1.2)
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR", mode)
            self.holdfast.dig(f"new-{mode}.example.org")  # nobody has seen it: the lie is given out
            self.assertEqual(self.drill("stop")[0], 0)
            rcode, answers = self.holdfast.dig(f"new-{mode}.example.org")
            self.assertEqual((rcode, len(answers)), ("NOERROR", 1), mode)
            self.assertEqual(json.loads(self.holdfast.ctl("holds", "--json").stdout)["holds"], [])

    def test_private_names_are_left_alone(self):
        private = "db.ttl-1.corp.internal"
        self.assertEqual(self.holdfast.dig(private)[0], "NOERROR")
        self.start("--provider", "cloud", "--mode", "timeout", "--for", "30s")
        _, stop = self.load()
        wait_for(lambda: self.holdfast.upstream("cloud")["state"] == "down", "the outage")
        stop()
        for i in range(5):
            time.sleep(0.3)
            before = self.metric('holdfast_answers_total{source="stale"}')
            rcode, answers = self.holdfast.dig(f"new{i}.corp.internal")
            self.assertEqual((rcode, len(answers)), ("NOERROR", 1))
            self.assertEqual(self.holdfast.dig(private)[0], "NOERROR")
            self.assertEqual(self.metric('holdfast_answers_total{source="stale"}'), before)

    def test_a_named_private_route_needs_force_and_nothing_else_is_touched(self):
        error = self.refused("start", "--provider", "cloud", "--mode", "timeout", "--for", "5s",
                             "--route", "corp.internal")
        self.assertIn("private route corp.internal has nobody left of cloud", error)
        self.start("--provider", "cloud", "--mode", "refused", "--for", "5s", "--route",
                   "corp.internal", "--force", "--abort-above", "100")
        self.assertEqual(self.holdfast.dig("a.corp.internal")[0], "SERVFAIL")
        self.assertEqual(self.holdfast.dig("a.example.org")[0], "NOERROR")
        self.assertEqual(self.cloud.seen("a.example.org."), 1)
        self.assertEqual(self.drill("stop")[0], 0)
        self.assertEqual(self.holdfast.dig("a.corp.internal")[0], "NOERROR")

    def test_it_aborts_itself_when_clients_fail(self):
        self.start("--provider", "cloud,alpha", "--mode", "servfail", "--for", "60s", "--force")
        seen, stop = self.load()
        report = wait_for(lambda: self.ended(), "the abort")
        stop()
        self.assertEqual(report["state"], "aborted")
        self.assertIn("% of clients' queries failed", report["why"])
        self.assertLess(report["during"]["seconds"], 10)
        wait_for(lambda: self.metric("holdfast_drill_active") == 0, "the metric")
        wait_for(lambda: self.holdfast.dig("after.example.org")[0] == "NOERROR", "answers")
        self.assertEqual(self.metric('holdfast_drills_total{result="aborted"}'), 1)
        self.assertGreater(seen.get("SERVFAIL", 0), 0)

    def ended(self):
        report = self.drill("report")[1]
        return report if report["state"] != "running" else None

    def test_it_can_be_seen_and_ends_without_holdfastctl(self):
        begun = self.start("--provider", "cloud", "--mode", "timeout", "--for", "2s")
        wait_for(lambda: self.metric("holdfast_drill_active") == 1, "the metric")
        (shown,) = wait_for(lambda: json.loads(self.holdfast.get("/api/v1/status")[1])["drills"],
                            "the status")
        self.assertEqual((shown["id"], shown["provider"], shown["mode"], shown["percent"],
                          shown["route"], shown["pack"]),
                         (begun["id"], "cloud", "timeout", 100, None, None))
        status, other = self.drill("start", "--provider", "alpha", "--mode", "slow", "--for", "2s")
        self.assertEqual(status, 1)
        self.assertIn("drill 1 runs", other["error"])
        wait_for(self.ended, "its end")
        wait_for(lambda: self.metric("holdfast_drill_active") == 0, "the metric")
        told = json.loads(self.holdfast.ctl("timeline", "--kind", "drill", "--json").stdout)
        self.assertEqual([r["cause"] for r in told["records"]], ["drill 1 ended", "drill 1 begins"])
        self.assertIn("drill 1 of cloud begins: timeout at 100 % for 2s", self.holdfast.log())
        self.assertIn("drill 1 of cloud ended", self.holdfast.log())

    def test_a_reload_ends_it_a_refused_one_does_not(self):
        self.start("--provider", "cloud", "--mode", "slow", "--for", "60s")
        good = self.holdfast.path.read_text(encoding="utf-8")
        self.holdfast.path.write_text("{", encoding="utf-8")
        self.holdfast.ctl("reload")
        self.assertEqual(self.drill("report")[1]["state"], "running")
        self.holdfast.path.write_text(good, encoding="utf-8")
        self.assertEqual(self.holdfast.ctl("reload").returncode, 0)
        self.assertEqual(self.drill("report")[1]["state"], "reload")

    def test_packs(self):
        names = [p["name"] for p in self.drill("list")[1]["packs"] if not p["only_in_tests"]]
        self.assertEqual(len(names), 8)
        _, stop = self.load()
        for name in os.environ.get("DRILL_PACKS", "flapping").split():
            with self.subTest(pack=name):
                begun = self.start("--pack", name, "--for", os.environ.get("DRILL_FOR", "6s"))
                self.assertEqual((begun["pack"], begun["mode"]), (name, None))
                wait_for(lambda: self.final(begun["id"]), "the report", 200)
                print(self.holdfast.ctl("drill", "report", str(begun["id"])).stdout)
        stop()

    def test_a_dry_run_does_nothing(self):
        plan = self.start("--provider", "cloud", "--mode", "timeout", "--for", "5s", "--dry-run")
        routes = {r["route"]: r for r in plan["routes"]}
        self.assertEqual(routes["."]["left"], ["alpha"])
        self.assertFalse(routes["corp.internal"]["reached"])
        self.assertEqual(self.drill("list")[1]["drills"], [])
        text = self.holdfast.ctl("drill", "start", "--provider", "cloud", "--mode", "timeout",
                                 "--for", "5s", "--dry-run").stdout
        self.assertIn("route .: without cloud; left: alpha", text)
        self.assertIn("nothing was done", text)

    def test_mistakes_are_told(self):
        good = {"--provider": "cloud", "--mode": "timeout", "--for": "5s"}
        for key, value, told in (("--provider", "nimbus", "cloud, alpha"),
                                 ("--provider", "", "a provider is needed"),
                                 ("--mode", "flood", "servfail"), ("--for", "soon", "soon"),
                                 ("--for", "2h", "1h"), ("--percent", "0", "1 to 100"),
                                 ("--percent", "x", "percentage"), ("--route", "nowhere", "nowhere"),
                                 ("--abort-above", "0", "abort-above"),
                                 ("--delay", "1h", "--delay")):
            words = [word for pair in (good | {key: value}).items() for word in pair]
            self.assertIn(told, self.refused("start", *words), (key, value))
        self.assertIn("no pack", self.refused("start", "--pack", "flood-1953"))
        for name in ("reboot-in-outage", "clock-jump", "bootstrap-dead"):
            self.assertIn("tests/", self.refused("start", "--pack", name))
        self.assertIn("no drill runs", self.refused("stop"))
        self.assertIn("no drill 7", self.refused("report", "7"))

    @unittest.skipUnless(os.geteuid() == 0, "another user is needed")
    def test_only_the_daemons_user_may(self):
        self.folder.chmod(0o755)
        program = shutil.copy(daemon.program("holdfastctl"), self.folder)  # that all may run
        group = os.stat(self.holdfast.config["control"]).st_gid

        def as_member(*words):
            return subprocess.run(
                ["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups",
                 program, "--socket", self.holdfast.config["control"],
                 "drill", *words], capture_output=True, text=True, check=False)

        self.assertEqual(as_member("list").returncode, 0)
        words = ("start", "--provider", "cloud", "--mode", "timeout", "--for", "5s")
        self.assertEqual(as_member(*words, "--dry-run").returncode, 0)
        done = as_member(*words)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the daemon's own user", done.stderr)
        self.assertIn("refused drill to the user with id 65534", self.holdfast.log())
        self.assertEqual(self.drill("list")[1]["drills"], [])

    def test_wait_prints_the_report(self):
        done = self.holdfast.ctl("drill", "start", "--provider", "cloud", "--mode", "slow", "--for",
                                 "1s", "--wait", timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("during", done.stdout)
        self.assertIn("ended", done.stdout)


if __name__ == "__main__":
    unittest.main()
