#!/usr/bin/env python3
"""A cloud that drops above 1024 packets a second, and bursts of clients far beyond: with `max_pps`
no query fails, nothing is dropped, and the cloud stays up. An eighth of it all, unless HOLDFAST_LONG
is set: sanitizers on a busy machine are too slow to exceed the real limit."""
import os
import re
import socket
import struct
import time
import unittest

from lab_case import Holdfast, LabCase, wait_for

import zone

SCALE = 1 if os.environ.get("HOLDFAST_LONG") else 8
LIMIT, BUDGET = 1024 // SCALE, 900 // SCALE
BURSTS, SIZE, PAUSE = 4, 600 // SCALE, 0.4  # 1,500 a second


class Throttle(LabCase):
    @classmethod
    def configure(cls, config):
        config["upstreams"]["cloud"]["max_pps"] = BUDGET
        # A test that shares its CPU is slow to answer: only what is lost is silence here.
        config["health"] = {"overdue_floor": "1s"}

    def setUp(self):
        super().setUp()
        self.cloud.fault = f"above:{LIMIT}"
        self.cloud.dropped = 0

    def metric(self, pattern):
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.holdfast.get("/metrics")[1].splitlines()
                   if re.match(pattern, line))

    def replies(self, holdfast, label):
        """The rcodes of all that was answered of BURSTS × SIZE new names."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            client.connect(("127.0.0.1", holdfast.port))
            for burst in range(BURSTS):
                began = time.monotonic()
                for number in range(SIZE):
                    name = zone.name_wire(f"n{burst}-{number}.{label}.example.org.")
                    client.send(struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1")
                time.sleep(max(0, began + PAUSE - time.monotonic()))
            client.settimeout(6)
            rcodes = []
            try:
                while len(rcodes) < BURSTS * SIZE:
                    rcodes.append(client.recv(512)[3] & 15)
            except TimeoutError:
                pass
            return rcodes

    def test_within_its_budget_a_cloud_is_no_outage(self):
        self.assertEqual(self.replies(self.holdfast, "kept"), [zone.NOERROR] * (BURSTS * SIZE))
        # None, unless the daemon stood still between the time it stamped and the packets it sent.
        self.assertLess(self.cloud.dropped, SIZE // 10)
        self.assertEqual(self.holdfast.upstream("cloud")["state"], "up")
        events = self.holdfast.status()["transitions"]
        self.assertNotIn("cloud", [event["upstream"] for event in events])
        throttled = self.metric('holdfast_exchanges_total{upstream="cloud".*outcome="throttled"')
        asked = self.cloud.seen(".kept.example.org.")
        self.assertGreater(throttled, SIZE)
        # An eighth of the budget goes at once, probes take of it, and what grows back is little.
        self.assertGreater(asked, BURSTS * BUDGET // 16)
        self.assertEqual(throttled + asked, BURSTS * SIZE)
        self.assertGreaterEqual(
            self.metric('holdfast_upstream_throttled_total{upstream="cloud"'), throttled)

    def test_without_one_the_cloud_drops(self):
        """Or the other test would prove nothing."""
        folder = self.folder / "free"
        folder.mkdir()
        config = self.configuration()
        config["control"] = str(folder / "control.sock")
        config["upstreams"]["cloud"]["max_pps"] = 0
        free = Holdfast(folder, config)
        self.addCleanup(free.stop)
        free.start()
        wait_for(lambda: self.cloud.seen(".") > 0, "the first probe")
        self.replies(free, "free")
        self.assertGreater(self.cloud.dropped, 0)


if __name__ == "__main__":
    unittest.main()
