#!/usr/bin/env python3
"""Replay packs between real servers: unbound plays the cloud, dnsdist the world outside, dnsperf the
clients. What the same outages come down to on virtual time is in tests/scenario/replay_*.scn."""
import random
import select
import socket
import sys
import threading
import time
import unittest

from lab_case import wait_for
from peer import APEX, PRIVATE, missing, zone
from peers_test import World, load_names

MISSING = missing("unbound", "dnsdist", "dig", "dnsperf")
USED = [f"used-{number}.{APEX}" for number in range(10)]
INSIDE = "db." + PRIVATE


class Relay:
    """Datagrams to `server` and back, some per cent of the questions lost: this kernel may know no
    netem. Its own address stands for the server's."""

    def __init__(self, server):
        self.server, self.loss, self.runs = server, 0, True
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((server.address, 0))
        self.endpoint = "%s:%d" % self.socket.getsockname()
        self.ways = {}  # client: its socket towards the server
        self.dice = random.Random(2018)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.runs:
            ready = select.select([self.socket, *self.ways.values()], [], [], 0.1)[0]
            for source in ready:
                if source is self.socket:
                    self.ask()
                else:
                    self.tell(source)

    def ask(self):
        message, client = self.socket.recvfrom(4096)
        if self.dice.random() * 100 < self.loss:
            return
        if client not in self.ways:
            if len(self.ways) > 500:
                self.forget()
            self.ways[client] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.ways[client].connect((self.server.address, self.server.port))
        self.ways[client].send(message)

    def tell(self, way):
        client = next(client for client, known in self.ways.items() if known is way)
        try:
            self.socket.sendto(way.recv(65535), client)
        except OSError:
            pass  # the server's port is closed

    def forget(self):
        for way in self.ways.values():
            way.close()
        self.ways.clear()

    def stop(self):
        self.runs = False
        self.thread.join()
        self.forget()
        self.socket.close()


class Replay(World):
    """unbound behind a relay in the first tier."""

    RATE = 200

    def setUp(self):
        self.names = load_names(2400)
        known = [(name, zone.A) for name in [*self.names, *USED, INSIDE]]
        self.build(known, self.addCleanup)
        wait_for(lambda: self.state("unbound") == self.state("dnsdist") == "up", "both to be up")
        for name in [*USED, INSIDE]:
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR")

    @classmethod
    def configuration(cls):
        cls.relay = Relay(cls.unbound)
        config = super().configuration()
        config["upstreams"]["unbound"]["url"] = f"udp://{cls.relay.endpoint}"
        config["ttl"] = {"max": "2s"}  # what was used before is soon stale
        config["store"] = {"path": str(cls.folder / "store")}
        return config

    def tearDown(self):
        self.relay.stop()

    def assert_used_are_answered(self):
        for name in [*USED, INSIDE]:
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR", name)

    def test_seoul_2018(self):
        load = self.dnsperf(self.names, self.RATE)
        for loss in (0, 5, 25, 50, 80, 100):
            self.relay.loss = loss
            self.assert_used_are_answered()
            time.sleep(1.5)
        self.assert_used_are_answered()
        self.assertEqual(self.dnsdist.seen(INSIDE), 0)
        self.assertNotEqual(self.state("unbound"), "up")
        self.relay.loss = 0
        self.assert_all_answered(load.result(), len(self.names))
        wait_for(lambda: self.state("unbound") in ("recovering", "up"), "unbound to come back",
                 patience=40)

    def test_total_blackout_and_reboot_in_it(self):
        wait_for(lambda: self.metric("holdfast_store_written_total") >= len(USED) + 1,
                 "the store to have it all")
        self.relay.loss = 100
        self.dnsdist.stall()
        self.addCleanup(self.dnsdist.resume)
        time.sleep(2.1)
        self.assert_used_are_answered()
        self.assertEqual(self.holdfast.dig("never." + APEX)[0], "SERVFAIL")
        self.holdfast.process.kill()
        self.holdfast.process.wait()
        self.holdfast.start()
        self.assert_used_are_answered()
        self.relay.loss = 0
        self.dnsdist.resume()
        wait_for(lambda: self.holdfast.dig(self.names[0])[0] == "NOERROR", "names that are new",
                 patience=40)


if __name__ == "__main__":
    if MISSING:  # ctest tells it as skipped, not as passed
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
