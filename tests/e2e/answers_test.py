#!/usr/bin/env python3
"""Real clients get answers, over UDP and TCP, also while a provider is silent."""
import subprocess
import unittest

from lab_case import LabCase


class Answers(LabCase):
    def test_udp_and_tcp(self):
        status, over_udp = self.holdfast.dig("www.example.org")
        self.assertEqual(status, "NOERROR")
        self.assertTrue(over_udp)
        self.assertEqual(self.holdfast.dig("www.example.org", "A", "+tcp"), (status, over_udp))

    def test_kdig_and_drill_understand_it(self):
        port = str(self.holdfast.port)
        kdig = subprocess.run(["kdig", "@127.0.0.1", "-p", port, "kdig.example.org", "+short"],
                              capture_output=True, text=True, check=False)
        self.assertRegex(kdig.stdout, r"^\d+\.\d+\.\d+\.\d+\n$", kdig.stderr)
        drill = subprocess.run(["drill", "-p", port, "drill.example.org", "@127.0.0.1"],
                               capture_output=True, text=True, check=False)
        self.assertIn("rcode: NOERROR", drill.stdout)

    def test_a_cached_answer_asks_nobody(self):
        self.holdfast.dig("once.example.org")
        asked = self.cloud.seen("once.example.org.")
        self.assertEqual(asked, 1)
        for _ in range(5):
            self.assertEqual(self.holdfast.dig("once.example.org")[0], "NOERROR")
        self.assertEqual(self.cloud.seen("once.example.org."), asked)

    def test_names_answered_here(self):
        self.assertEqual(self.holdfast.dig("localhost"), ("NOERROR", ["127.0.0.1"]))
        self.assertEqual(self.holdfast.dig("x.invalid")[0], "NXDOMAIN")
        self.assertEqual(self.cloud.seen("x.invalid."), 0)

    def test_a_silent_provider_costs_no_answer(self):
        self.cloud.fault = "drop"
        for number in range(20):
            status, answers = self.holdfast.dig(f"silent-{number}.example.org")
            self.assertEqual((status, bool(answers)), ("NOERROR", True), number)

    def test_private_names_stay_private(self):
        self.cloud.fault = "servfail"
        self.assertEqual(self.holdfast.dig("secret.corp.internal")[0], "SERVFAIL")
        self.assertEqual(self.alpha.seen(".corp.internal."), 0)


if __name__ == "__main__":
    unittest.main()
