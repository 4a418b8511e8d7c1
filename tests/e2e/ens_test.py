#!/usr/bin/env python3
"""The bridge to ENS: questions of tests/ens-lab through the daemon, answered by a real chain; and what
becomes of them when endpoints are silent, lie, or are not what they should be."""
import json
import sys
import unittest

import dns.edns
import dns.rcode

from lab_case import wait_for
from ens_case import EnsCase, OwnNodes, VECTORS, ede_of, question_of

import anvil


class Answers(EnsCase):
    def test_every_vector_without_a_gateway(self):
        self.start()
        for vector in VECTORS["vectors"]:
            expect = vector["expect"]
            if vector.get("ccip") or vector["id"].startswith("off"):
                continue
            for tcp in (False, True):
                with self.subTest(vector=vector["id"], tcp=tcp):
                    self.check(vector, expect, self.ask(question_of(vector), tcp))

    def test_three_calls_cold_and_none_from_memory(self):
        self.start(endpoints=[{"url": self.relays[0].url, "provider": "rpc-0"}])
        wait_for(lambda: {"eth_getBlockByNumber", "eth_call"} <= set(self.relays[0].asked),
                 "the first probe")
        before = self.relays[0].asked.count("eth_call")
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        cold = self.relays[0].asked.count("eth_call") - before
        self.assertLessEqual(cold, 3 + 1)  # and what shows that reverts come with their data
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        self.assertEqual(self.relays[0].asked.count("eth_call") - before, cold)

    def test_nothing_but_its_zones_reaches_an_endpoint(self):
        self.start(routes=[{"zone": "eth", "tiers": [["ens"]]}])
        for name in ("example.com", "eth.example.org", "dns.eth.example", "localhost"):
            self.assertNotEqual(self.rcode(name), "NOERROR" if name != "localhost" else "NXDOMAIN")
        self.assertLessEqual(self.relays[1].asked.count("eth_call"), 1)  # of the first probe

    def test_a_zone_is_on_chain_under_another_name(self):
        self.start(routes=[{"zone": "copy.example.net", "tiers": [["ens"]],
                            "ens": {"name": "example.com"}}])
        self.assertIn(self.rcode("copy.example.net"), ("NOERROR", "SERVFAIL"))


class Endpoints(EnsCase):
    def test_a_liar_does_not_win_against_two(self):
        self.start(mode="quorum", quorum=2)
        self.relays[0].fault = "lie7"
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        self.assertEqual(self.rcode("nobody-has-this.eth"), "NXDOMAIN")

    def test_two_liars_are_not_believed(self):
        self.start(mode="quorum", quorum=2)
        wait_for(lambda: self.rcode("eth") == "NOERROR", "the chain")
        self.relays[0].fault, self.relays[1].fault = "lie7", "lie8"
        reply = self.ask("dns.eth")
        self.assertEqual(dns.rcode.to_text(reply.rcode()), "SERVFAIL")
        self.assertEqual(ede_of(reply), [int(dns.edns.EDECode.OTHER)])

    def test_one_that_fails_is_made_up_for(self):
        for mode in ("first", "quorum"):
            for fault in ("silent", "html", "http500", "http429", "rpc_error", "wrong_chain"):
                with self.subTest(mode=mode, fault=fault):
                    self.relays[0].fault = fault
                    self.start(mode=mode, **({"quorum": 2} if mode == "quorum" else {}))
                    try:
                        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
                    finally:
                        self.stop()

    def test_an_outage_of_all_is_never_an_answer(self):
        for fault in ("html", "http500", "rpc_error", "wrong_chain", "silent"):
            with self.subTest(fault=fault):
                for relay in self.relays:
                    relay.fault = fault
                self.start()
                try:
                    for name in ("dns.eth", "nobody-has-this.eth", "example.com"):
                        self.assertEqual(self.rcode(name), "SERVFAIL")
                finally:
                    self.stop()

    def test_blocks_by_number_where_hashes_are_not_known(self):
        for relay in self.relays:
            relay.fault = "no_hash"
        self.start()
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])

    def test_a_trusted_one_is_enough_and_its_outage_is_not_the_end(self):
        endpoints = [{"url": relay.url, "provider": f"rpc-{i}", "trusted": i == 0}
                     for i, relay in enumerate(self.relays)]
        self.start(mode="trusted", endpoints=endpoints)
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        # Each thread looks once whether reverts come with their data.
        self.assertLessEqual(self.relays[1].asked.count("eth_call"), 2)
        self.relays[0].fault = "silent"
        self.assertEqual(self.addresses("site.eth"), ["192.0.2.80"])

    def test_what_was_answered_outlives_every_endpoint(self):
        self.start(top={"ttl": {"max": "1s"}})
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        for relay in self.relays:
            relay.fault = "http500"

        def stale():
            reply = self.ask("dns.eth")
            self.assertEqual(len(reply.answer[0]), 2)
            return ede_of(reply) == [int(dns.edns.EDECode.STALE_ANSWER)]

        wait_for(stale, "an answer past its end")

    def test_secrets_go_where_they_should_and_nowhere_else(self):
        key = self.folder / "rpc.key"
        key.write_text("h0sh-h0sh\n", encoding="utf-8")
        key.chmod(0o600)
        self.start(endpoints=[
            {"url": self.relays[0].url + "/v1/{secret}/eth", "provider": "a",
             "secret_file": str(key)},
            {"url": self.relays[1].url + "/v2", "provider": "b", "secret_file": str(key)}])
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        self.assertIn("/v1/h0sh-h0sh/eth", self.relays[0].paths)
        self.assertNotIn("Authorization", self.relays[0].headers_seen[0])
        self.assertEqual(self.relays[1].headers_seen[0]["Authorization"], "Bearer h0sh-h0sh")
        for relay in self.relays:
            relay.fault = "http500"
        self.assertEqual(self.rcode("site.eth"), "SERVFAIL")
        _, metrics = self.holdfast.get("/metrics")
        for text in (self.holdfast.log(), json.dumps(self.holdfast.status()), metrics):
            self.assertNotIn("h0sh", text)


class OneNode(OwnNodes):
    """A node that goes and comes back."""

    def test_killed_paused_and_restarted(self):
        self.start(endpoints=[{"url": self.nodes[0].url, "provider": "own-node"}])
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        self.nodes[0].pause()
        self.assertEqual(self.rcode("site.eth"), "SERVFAIL")
        self.nodes[0].resume()
        wait_for(lambda: self.addresses("both.eth"), "an answer after the pause")
        self.nodes[0].stop()
        self.assertEqual(self.rcode("plain.eth"), "SERVFAIL")
        self.start_again(0)
        wait_for(lambda: self.addresses("www.dns.eth"), "an answer after the restart")


class LaterBlocks(OwnNodes):
    def test_a_block_that_no_reorganisation_takes_away(self):
        self.nodes[0].call("anvil_mine", "0x80")
        newest = int(self.nodes[0].call("eth_blockNumber"), 16)
        for finality, below in (("latest", 0), ("safe", 32), ("finalized", 64)):
            self.start(endpoints=[{"url": self.nodes[0].url, "provider": "own-node"}],
                       finality=finality)
            self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
            (endpoint,) = self.holdfast.upstream("ens")["endpoints"]
            self.assertEqual((endpoint["state"], endpoint["head"]["number"]), ("ready", newest - below))
            self.stop()


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
