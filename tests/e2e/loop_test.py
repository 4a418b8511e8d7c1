#!/usr/bin/env python3
"""An upstream that leads back to holdfast: unbound, told to ask holdfast for everything."""
import os
import sys
import unittest

from lab_case import OwnLab, daemon, wait_for
from peer import Forwarder, missing

MISSING = missing("unbound", "dig")


class Loop(OwnLab):
    @classmethod
    def configure(cls, config):
        port = daemon.free_port()
        config["listen"] = [f"127.0.0.1:{port}"]
        cls.circle = Forwarder(cls.folder, "127.0.0.1", f"127.0.0.1:{port}")
        config["upstreams"]["circle"] = {"class": "external", "provider": "circle",
                                         "url": f"udp://{cls.circle.endpoint}"}
        config["routes"][0]["tiers"] = [["circle"], ["alpha"]]

    def setUp(self):
        super().setUp()
        self.circle.start()
        self.addCleanup(lambda: self.circle.kill())
        self.holdfast.start()
        self.addCleanup(self.holdfast.stop)

    def restart_circle(self, to):
        self.circle.kill()
        self.circle.to = to
        self.circle.start()

    def test_it_is_found_out_and_never_asked(self):
        circle = wait_for(lambda: (u := self.holdfast.upstream("circle"))["cause"] == "loop" and u,
                          "the loop to be noticed")
        self.assertEqual((circle["state"], circle["usable"]), ("down", False))
        self.assertIn("comes back to where holdfast itself listens", circle["fault"])
        wait_for(lambda: "upstream circle fails: a loop" in self.holdfast.log(), "the log line")
        self.assertEqual(self.holdfast.dig("after.example.org")[0], "NOERROR")
        self.alpha.fault = "refused"
        self.assertEqual(self.holdfast.dig("nobody.example.org")[0], "SERVFAIL")
        self.assertEqual(self.circle.seen("after.example.org"), 0)
        self.assertEqual(self.circle.seen("nobody.example.org"), 0, "not even where all fail")
        self.assertEqual(self.holdfast.ctl("force-up", "circle").returncode, 0)
        self.assertFalse(self.holdfast.upstream("circle")["usable"], "the operator cannot want it")

    @unittest.skipUnless(os.environ.get("HOLDFAST_LONG"), "it is asked again after half a minute")
    def test_it_is_taken_back_when_it_leads_elsewhere(self):
        wait_for(lambda: self.holdfast.upstream("circle")["cause"] == "loop", "the loop")
        self.restart_circle(self.alpha.endpoint)
        circle = wait_for(lambda: (u := self.holdfast.upstream("circle"))["usable"] and u,
                          "the end of the loop", 90)
        self.assertEqual(circle["cause"], "loop_over")
        self.assertEqual(self.holdfast.dig("again.example.org")[0], "NOERROR")
        self.assertEqual(self.circle.seen("again.example.org"), 1)


if __name__ == "__main__":
    if MISSING:
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
