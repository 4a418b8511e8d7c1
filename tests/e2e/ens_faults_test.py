#!/usr/bin/env python3
"""Endpoints that fail in every way, in front of one, two and three of three, in every mode: clients get
the right answer or SERVFAIL, and the right one as long as enough of the endpoints are honest. And nodes
that are paused, killed and started again under load."""
import concurrent.futures
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import dns.exception
import dns.rcode

from ens_case import EnsCase, OwnNodes, Relay

import anvil

# An endpoint that does this is as good as any other …
HARMLESS = ("ok", "slow", "parity", "besu", "no_hash", "no_data")
# … and with one that does this it is as if it were not there.
USELESS = ("silent", "reset", "http500", "http429", "html", "truncated", "rpc_error", "empty",
           "wrong_chain", "stale", "huge")
AT_ONCE = 6
FAULTS = (*HARMLESS, *USELESS, "lie")

RIGHT, LIE = ["192.0.2.99"], ["203.0.113.99"]
HONEST_NEEDED = {"first": 1, "quorum": 2, "trusted": 1}  # of three; the last one is trusted


class Matrix(EnsCase):
    """One upstream for each fault, with endpoints of its own and a zone below the wildcard of dns.eth; a
    few at a time, since all endpoints are threads of one Python."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.relays, self.open = [], []

    def upstream(self, fault, broken, mode):
        relays = []
        for i in range(3):
            relay = Relay(self.node)
            relay.fault = fault if i < broken else "ok"
            self.open.append(relay)
            relays.append({"url": relay.url, "provider": f"rpc-{i}",
                           "trusted": mode == "trusted" and i == 2})
        return {"class": "ens", "provider": f"chain-{fault}", "max_head_age": "0s", "mode": mode,
                "ccip": "off", "endpoints": relays, **({} if mode == "first" else {"quorum": 2})}

    def name_of(self, fault):
        return fault.replace("_", "-") + ".dns.eth"

    def judge_all(self, broken):
        for mode in HONEST_NEEDED:
            for first in range(0, len(FAULTS), AT_ONCE):
                self.judge(mode, broken, FAULTS[first:first + AT_ONCE])

    def judge(self, mode, broken, faults):
        upstreams = {fault: self.upstream(fault, broken, mode) for fault in faults}
        routes = [{"zone": self.name_of(fault), "tiers": [[fault]]} for fault in faults]
        self.start_with(upstreams, routes)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            replies = dict(zip(faults, pool.map(
                lambda fault: self.ask("x." + self.name_of(fault)), faults)))
        self.stop()
        for relay in self.open:
            relay.stop()
        self.open = []
        for fault, reply in replies.items():
            with self.subTest(mode=mode, broken=broken, fault=fault):
                found = sorted(str(rdata) for rrset in reply.answer for rdata in rrset)
                rcode = dns.rcode.to_text(reply.rcode())
                self.assertIn((rcode, found), self.allowed(fault, broken, mode))

    def allowed(self, fault, broken, mode):
        right, failure, lie = ("NOERROR", RIGHT), ("SERVFAIL", []), ("NOERROR", LIE)
        if fault in HARMLESS:
            return [right]
        enough = 3 - broken >= HONEST_NEEDED[mode]
        if fault in USELESS:
            return [right] if enough else [failure]
        if mode == "first" and broken < 3:
            return [right, lie]  # one liar is enough
        # Two that tell the same lie are a quorum of two; one against two honest ones never wins.
        return [right] if enough else [lie, right, failure]

    def test_one_of_three(self):
        self.judge_all(1)

    def test_two_of_three(self):
        self.judge_all(2)

    def test_three_of_three(self):
        self.judge_all(3)


class Nodes(OwnNodes):
    wanted = 2

    def test_one_is_paused_killed_and_started_again_under_load(self):
        self.start(mode="first", endpoints=[
            {"url": node.url, "provider": f"node-{i}"} for i, node in enumerate(self.nodes)])
        self.assertEqual(self.addresses("x.dns.eth"), RIGHT)
        wrong, asked, ended = [], [0], threading.Event()

        def load():
            while not ended.wait(0.05):
                asked[0] += 1
                name = f"x{asked[0]}.dns.eth"
                try:
                    found = self.addresses(name)
                except dns.exception.Timeout as error:
                    found = repr(error)
                if found != RIGHT:
                    wrong.append((name, found))

        loader = threading.Thread(target=load)
        loader.start()
        try:
            for step in (self.nodes[0].pause, self.nodes[0].resume, self.nodes[1].stop,
                         lambda: self.start_again(1), lambda: None):
                step()
                until = asked[0] + 20
                end = time.monotonic() + 30
                while asked[0] < until and time.monotonic() < end:
                    ended.wait(0.1)
        finally:
            ended.set()
            loader.join()
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(asked[0], 100)


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
