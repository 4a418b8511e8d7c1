#!/usr/bin/env python3
"""A record that is suddenly gone: believed when two providers say so, held when one does."""
import json
import subprocess
import time
import unittest

from lab_case import LabCase, OneWorker, wait_for


def dig(holdfast, name):
    """All that dig shows."""
    command = ["dig", "@127.0.0.1", "-p", str(holdfast.port), name, "+tries=1", "+time=6"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


class Absence(LabCase):
    """Cloud first, alpha behind it; corp.internal is the cloud's alone."""

    def learn(self, *names):
        for name in names:
            self.assertTrue(self.addresses(name), f"{name} is known to begin with")
        time.sleep(1.1)  # their TTL is over

    def addresses(self, name):
        return self.holdfast.dig(name)[1]

    def metric(self, series):
        for line in self.holdfast.get("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line[len(series):])
        return None

    def test_the_lie_of_one_reaches_nobody_and_costs_little(self):
        self.learn("ttl-1.www.example.org")
        before = self.cloud.seen() + self.alpha.seen()
        self.cloud.fault = "empty"
        with OneWorker(self.holdfast) as client:
            for _ in range(50):
                self.assertTrue(client.ask("ttl-1.www.example.org")[1])
        packets = self.cloud.seen() + self.alpha.seen() - before
        # The record lives a second: each time it ends, one question to each of the two.
        self.assertLessEqual(packets, 12, "packets for fifty queries, probes included")
        self.assertGreaterEqual(self.metric('holdfast_turns_total{reason="contradicted"}'), 1)

    def test_a_true_deletion_is_believed_within_a_second(self):
        for gone in ("empty", "nxdomain"):
            name = f"ttl-1.{gone}.example.org"
            self.learn(name)
            self.cloud.fault = self.alpha.fault = gone
            began = time.monotonic()
            self.assertEqual(self.addresses(name), [])
            self.assertLess(time.monotonic() - began, 1)
            self.cloud.fault = self.alpha.fault = "ok"

    def test_why_tells_what_clients_get(self):
        name = "ttl-1.why.example.org"
        self.learn(name)
        self.cloud.fault, self.alpha.fault = "nxdomain", "servfail"
        self.assertIn("EDE: 3 (Stale Answer): (held: not every", dig(self.holdfast, name))
        why = json.loads(self.holdfast.ctl("why", name, "--json").stdout)
        self.assertRegex(why["held"], r"^stale for \d+s$")
        answer = why["answer"]
        self.assertEqual((answer["rcode"], answer["source"]), ("NOERROR", "stale"))
        self.assertEqual(answer["ede"]["code"], 3)
        self.assertIn("held: not every provider", answer["ede"]["text"])
        self.assertEqual([record["ttl"] for record in answer["records"]], [30])

        self.cloud.fault = "servfail"
        answer = json.loads(self.holdfast.ctl("why", name, "--json").stdout)["answer"]
        self.assertEqual((answer["rcode"], answer["source"]), ("NOERROR", "stale"))
        answer = json.loads(self.holdfast.ctl("why", "new.example.org", "--json").stdout)["answer"]
        self.assertEqual((answer["rcode"], answer["source"]), ("SERVFAIL", "failure"))
        self.assertEqual(answer["ede"]["code"], 23)

    def test_held_where_nobody_else_may_answer_and_released_by_the_operator(self):
        name = "ttl-1.db.corp.internal"
        self.learn(name)
        asked_before = self.alpha.seen(name + ".")
        self.cloud.fault = "nxdomain"
        reply = dig(self.holdfast, name)
        self.assertIn("status: NOERROR", reply)
        self.assertIn("EDE: 3 (Stale Answer): (held: its only provider says it is gone)", reply)
        held = json.loads(self.holdfast.ctl("holds", "--json").stdout)["holds"]
        self.assertEqual([(h["name"], h["type"], h["denied_by"]) for h in held],
                         [(name, "A", "cloud")])
        self.assertIn(name, self.holdfast.ctl("holds").stdout)
        self.assertIn("holdfastctl holds", self.holdfast.ctl("status").stdout)
        self.assertNotIn(name, self.holdfast.get("/api/v1/status")[1], "names stay on the socket")
        wait_for(lambda: self.metric("holdfast_holds") == 1, "the gauge of holds")
        wait_for(lambda: f"{name} A is held: its only" in self.holdfast.log(), "a line of the log")

        self.assertEqual(self.holdfast.ctl("release", name).returncode, 0)
        self.assertEqual(self.holdfast.dig(name), ("NXDOMAIN", []))
        self.assertEqual(json.loads(self.holdfast.ctl("holds", "--json").stdout)["holds"], [])
        self.assertEqual(self.alpha.seen(name + "."), asked_before, "never asked of another")
        nothing = self.holdfast.ctl("release", name)
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("nothing is held", nothing.stderr)


class AgreedEmpty(LabCase):
    """2025-10-20: every provider agrees on an empty answer, and the operator would not have it."""

    @classmethod
    def configure(cls, config):
        config["failover"] = {"hold_steady": "1s"}
        config["routes"].append({"zone": "held.example", "tiers": [["cloud"], ["alpha"]],
                                 "lkg": {"on_agreement": "hold", "hold": "1h"}})

    def test_only_where_the_route_says_so(self):
        names = ("ttl-1.db.held.example", "ttl-1.db.plain.example")
        for _ in range(3):
            for name in names:
                self.assertIn("ANSWER: 1", dig(self.holdfast, name))
            time.sleep(1.1)
        self.cloud.fault = self.alpha.fault = "empty"
        held, plain = (dig(self.holdfast, name) for name in names)
        self.assertIn("ANSWER: 1", held)
        self.assertIn("held: every provider says it is gone", held)
        self.assertIn("ANSWER: 0", plain)


if __name__ == "__main__":
    unittest.main()
