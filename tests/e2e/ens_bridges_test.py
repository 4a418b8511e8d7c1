#!/usr/bin/env python3
"""Registries other than Ethereum's own: without a universal resolver, where the registry is walked; and
several bridges side by side, a chain like Ethereum's, a consortium's with a private zone, and one whose
names are a part of eth. No bridge hears of another's names."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

import dns.rcode
import dns.rrset

from ens_case import EnsCase, Node, Relay, VECTORS, ede_of, question_of

import anvil
import gateways
from provider import Provider
from registry import Registry

CONSORTIUM = 8453


class Walk(EnsCase):
    """The chain's contracts but for the universal resolver, which no request names."""

    def test_every_vector(self):
        if not gateways.can_sign():
            self.skipTest("no node or no ethers: .ci/setup test installs it")
        gateway = gateways.SigningGateway().start()
        self.addCleanup(gateway.stop)
        self.start(universal_resolver="none", mode="quorum", quorum=2,
                   ccip_allow=[gateways.ORIGIN])
        for vector in VECTORS["vectors"]:
            for tcp in (False, True):
                with self.subTest(vector=vector["id"], tcp=tcp):
                    self.check(vector, vector["expect"], self.ask(question_of(vector), tcp))
        for relay in self.relays:
            self.assertNotIn("eeeeeeee14d718c2", json.dumps(relay.requests).lower())

    def test_an_outage_is_no_answer_here_either(self):
        self.start(universal_resolver="none")
        for relay in self.relays:
            relay.fault = "empty"
        for name in ("dns.eth", "nobody-has-this.eth"):
            self.assertEqual(self.rcode(name), "SERVFAIL")

    def test_a_registry_that_is_not_there_denies_nothing(self):
        for resolver in ("none", "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"):
            self.start(universal_resolver=resolver, registry="0x" + "11" * 20)
            self.assertEqual(self.rcode("nobody-has-this.eth"), "SERVFAIL")
            self.stop()


class SideBySide(EnsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        cls.addClassCleanup(folder.cleanup)
        cls.other = Node(folder.name, chain_id=CONSORTIUM).start()
        cls.addClassCleanup(cls.other.stop)
        registry = Registry(cls.other)
        registry.make("corp")
        registry.set_records("corp", [
            dns.rrset.from_text("db.corp.", 60, "IN", "A", "10.1.2.3"),
            dns.rrset.from_text("_x._tcp.corp.", 60, "IN", "SRV", "0 0 5432 db.corp.")])
        registry.make("bank.corp")
        registry.set_records("bank.corp", [
            dns.rrset.from_text("bank.corp.", 60, "IN", "A", "10.9.9.9")])
        registry.make("base.eth", resolver="0x" + "00" * 20)
        registry.make("alice.base.eth")
        registry.set_records("alice.base.eth", [
            dns.rrset.from_text("alice.base.eth.", 60, "IN", "A", "192.0.2.77")])

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.main, self.consortium = Relay(self.node), Relay(self.other)
        self.relays = [self.main, self.consortium]
        self.provider = Provider("dns", "127.0.0.1").start()
        for server in (*self.relays, self.provider):
            self.addCleanup(server.stop)

        def chain(relay, **more):
            return {"class": "ens", "provider": "chain", "max_head_age": "0s",
                    "endpoints": [{"url": relay.url, "provider": "rpc"}], **more}

        direct = {"chain_id": CONSORTIUM, "universal_resolver": "none"}
        self.start_with(
            {"main": chain(self.main), "consortium": chain(self.consortium, **direct),
             "base": chain(self.consortium, **direct),
             "dns": {"class": "external", "provider": "dns",
                     "url": f"udp://{self.provider.endpoint}"}},
            [{"zone": ".", "tiers": [["dns"]]},
             {"zone": "eth", "tiers": [["main"]]},
             {"zone": "base.eth", "tiers": [["base"]]},
             {"zone": "corp", "tiers": [["consortium"]], "visibility": "private"}])

    def calls(self, relay):
        return [request["params"][0]["data"] for request in relay.requests
                if request["method"] == "eth_call" and "to" in request["params"][0]]

    def test_each_answers_for_its_own_zone(self):
        for name, addresses in (("dns.eth", ["192.0.2.10", "192.0.2.11"]),
                                ("alice.base.eth", ["192.0.2.77"]),
                                ("db.corp", ["10.1.2.3"]), ("bank.corp", ["10.9.9.9"])):
            self.assertEqual(self.addresses(name), addresses, name)
        self.assertEqual(self.rcode("nobody.base.eth"), "NXDOMAIN")
        self.assertEqual(ede_of(self.ask("db.corp")), [])
        # One resolver has all of corp: what is not stored there may be an empty non-terminal.
        self.assertEqual(self.rcode("nothing.corp"), "NOERROR")
        self.assertEqual(self.addresses("nothing.corp"), [])

    def test_nobody_hears_of_anothers_names(self):
        for name in ("dns.eth", "alice.base.eth", "db.corp", "www.example.org"):
            self.ask(name)
        main, consortium = "".join(self.calls(self.main)), "".join(self.calls(self.consortium))
        self.assertIn(b"\3dns\3eth".hex(), main)
        for label in (b"\4base", b"\5alice", b"\4corp", b"\7example"):
            self.assertNotIn(label.hex(), main)
        registry = Registry(self.node)
        for name in ("dns.eth", "www.example.org", "example.org"):
            self.assertNotIn(registry.namehash(name).hex(), consortium)
        for name in ("db.corp.", "alice.base.eth.", "dns.eth."):
            self.assertEqual(self.provider.seen(name), 0)

    def test_a_private_zone_whose_chain_is_silent_is_asked_of_nobody_else(self):
        self.assertEqual(self.addresses("db.corp"), ["10.1.2.3"])
        self.consortium.fault = "reset"
        self.assertEqual(self.rcode("bank.corp"), "SERVFAIL")
        self.assertEqual(self.provider.seen("bank.corp."), 0)
        self.assertNotIn(b"\4corp".hex(), "".join(self.calls(self.main)))
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])

    def test_an_endpoint_of_another_chain_is_not_believed(self):
        self.stop()
        self.consortium.node = self.node
        self.holdfast.start()
        self.assertEqual(self.rcode("db.corp"), "SERVFAIL")


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
