#!/usr/bin/env python3
"""What happened to failover can be read afterwards: by holdfastctl, in the status, in the log."""
import json
import re
import subprocess
import unittest

from lab_case import QuickLab, daemon, wait_for


class Timeline(QuickLab):
    def records(self, *arguments):
        """The oldest first."""
        done = self.holdfast.ctl("timeline", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["records"][::-1]

    def seen(self, kind, subject, patience=20):
        return wait_for(lambda: [r for r in self.records("--kind", kind)
                                 if r["subject"] == subject], f"{kind} of {subject}", patience)

    def ask(self):
        self.asked = getattr(self, "asked", 0) + 1
        return self.holdfast.dig(f"n{self.asked}.example.org")[0]

    def test_an_outage_reads_as_a_story(self):
        self.assertEqual(self.ask(), "NOERROR")
        self.cloud.fault = "drop"

        def left():
            self.ask()
            return [r for r in self.records("--kind", "failover") if r["subject"] == "."]

        away = wait_for(left, "the way out")[0]
        self.assertRegex(away["cause"], r"cloud is (suspect|down) \(\w+\)")
        self.assertEqual(away["evidence"], "tier 1 (cloud) -> tier 2 (alpha)")
        panic = self.seen("panic", "corp.internal")[0]
        self.assertEqual(panic["cause"], "below its floor")
        self.cloud.fault = "ok"
        back = self.seen("failback", ".")[0]
        self.assertRegex(back["evidence"], r"after [\d.]+\w+")
        self.assertEqual(self.seen("panic", "corp.internal")[-1]["cause"], "over")
        states = [r["cause"] for r in self.seen("state", "cloud")]
        self.assertTrue(any("-> down" in cause for cause in states), states)
        everything = self.records()
        self.assertEqual([r["seq"] for r in everything], list(range(1, len(everything) + 1)))
        self.same_everywhere(everything)

    def same_everywhere(self, records):
        """The status has them the latest first, the log a line each, a metric their number."""
        last = records[-1]["seq"]
        shown = wait_for(lambda: self.shown(last), "the status")
        self.assertEqual(shown["records"], records[::-1])
        self.assertEqual(shown["dropped"], 0)
        lines = re.findall(r"timeline (\{.*\})", self.holdfast.log())
        self.assertEqual([json.loads(line) for line in lines], records)
        failovers = sum(r["kind"] == "failover" for r in records)
        self.assertIn(f'holdfast_timeline_records_total{{kind="failover"}} {failovers}\n',
                      self.holdfast.get("/metrics")[1])
        text = self.holdfast.ctl("timeline").stdout.splitlines()
        self.assertEqual(len(text), len(records))

    def shown(self, last):
        timeline = json.loads(self.holdfast.get("/api/v1/status")[1])["timeline"]
        known = [r["seq"] for r in timeline["records"]]
        return timeline if known[:1] == [last] else None

    def test_the_operators_doings_are_in_it(self):
        self.holdfast.ctl("force-down", "cloud")
        self.assertEqual(self.seen("state", "cloud")[0]["cause"], "forced-down")
        self.assertIn("cloud is down (forced)", self.seen("failover", ".")[0]["cause"])
        self.holdfast.ctl("force-auto", "cloud")
        self.seen("failback", ".")
        self.holdfast.ctl("reload")
        self.holdfast.path.write_text("{", encoding="utf-8")
        self.assertNotEqual(self.holdfast.ctl("reload").returncode, 0)
        taken, refused = self.seen("reload", str(self.holdfast.path))
        self.assertEqual(taken["cause"], "taken")
        self.assertIn("refused", refused["cause"])
        self.assertIn("holdfast.json", refused["evidence"])

    def test_a_hold_names_its_question_on_the_socket_only(self):
        name = "held.ttl-1.corp.internal"
        self.assertEqual(self.holdfast.dig(name + ".", "A")[0], "NOERROR")
        self.cloud.fault = "nxdomain"

        def held():
            self.holdfast.dig(name)
            return self.records("--kind", "hold")

        # The answer ends with its TTL; then its only provider says it is gone.
        begun = wait_for(held, "a hold", 60)[0]
        self.assertEqual(begun["subject"], "corp.internal")
        self.assertEqual(begun["name"], name + " A")
        wait_for(lambda: self.shown(begun["seq"]), "the status")
        self.assertNotIn(name, self.holdfast.get("/api/v1/status")[1])
        self.holdfast.ctl("release", name)
        over = wait_for(lambda: self.records("--kind", "hold")[1:], "its end")[0]
        self.assertEqual(over["cause"], "released by the operator")

    def test_it_can_be_followed(self):
        watcher = subprocess.Popen(
            [daemon.program("holdfastctl"), "--socket", self.holdfast.config["control"],
             "timeline", "--follow", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)
        self.addCleanup(watcher.stdout.close)
        self.holdfast.ctl("force-down", "alpha")
        self.assertEqual(json.loads(watcher.stdout.readline())["subject"], "alpha")

    def test_mistakes_are_told(self):
        for words in (("--kind", "weather"), ("--since", "noon")):
            done = self.holdfast.ctl("timeline", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words[1], done.stderr)
        self.assertEqual(self.records("--since", "0s"), [])


if __name__ == "__main__":
    unittest.main()
