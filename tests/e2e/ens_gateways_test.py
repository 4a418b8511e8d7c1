#!/usr/bin/env python3
"""Gateways that contracts name (CCIP-Read): what they say for the names of tests/ens-lab, and that
neither contracts nor gateways can send the daemon where it should not go, nor hold it up."""
import os
import resource
import sys
import time
import unittest

import dns.rcode

from ens_case import EnsCase, VECTORS, ede_of, question_of

import anvil
import certificate
import gateways
import namespace
from gateways import IllGateway

METADATA = "169.254.169.254"
PUBLIC = "93.184.216.34"  # an address of this namespace that looks like anybody's
PROHIBITED, UNREACHABLE = 18, 22
SOON = 15  # seconds: a question takes three at most, and the machine may be slow


def needs_gateway(vector):
    return vector.get("ccip") or vector["id"].startswith("off")


class GatewayCase(EnsCase):
    def start_allowed(self, **chain):
        return self.start(**{"ccip_allow": [gateways.ORIGIN], **chain})

    def failure(self, name):
        """(rcode, EDE codes, seconds) of a question."""
        begin = time.monotonic()
        reply = self.ask(name)
        return dns.rcode.to_text(reply.rcode()), ede_of(reply), time.monotonic() - begin

    def ill(self, way, **server):
        gateway = IllGateway(way, **server)
        self.addCleanup(gateway.stop)
        return gateway


@unittest.skipUnless(gateways.can_sign(), "no node or no ethers: .ci/setup test installs it")
class Signed(GatewayCase):
    def setUp(self):
        super().setUp()
        gateway = gateways.SigningGateway().start()
        self.addCleanup(gateway.stop)

    def test_every_vector_that_needs_one(self):
        for mode in ({"mode": "first"}, {"mode": "quorum", "quorum": 3}):
            self.start_allowed(**mode)
            for vector in filter(needs_gateway, VECTORS["vectors"]):
                for tcp in (False, True):
                    with self.subTest(vector=vector["id"], tcp=tcp, **mode):
                        self.check(vector, vector["expect"], self.ask(question_of(vector), tcp))
            self.stop()

    def test_a_client_error_leads_to_the_next_url_if_the_operator_says_so(self):
        for way, found in (("stop", []), ("next", ["203.0.113.5"])):
            self.start_allowed(ccip_4xx=way)
            self.assertEqual(self.addresses("a.off404.eth"), found)
            self.stop()

    def test_a_liar_does_not_win_with_a_gateways_answer_either(self):
        self.start_allowed(mode="quorum", quorum=2)
        self.relays[0].fault = "lie7"
        self.assertEqual(self.addresses("a.off.eth"), ["203.0.113.5"])


class Guards(GatewayCase):
    """The contracts of the lab name 127.0.0.1."""

    def test_an_address_of_ones_own_is_not_knocked_at(self):
        gateway = self.ill(lambda handler: handler.give(b"{}"))
        self.start()
        for name in ("a.off.eth", "a.offpost.eth", "a.off500.eth", "a.offssrf.eth"):
            self.assertEqual(self.failure(name)[:2], ("SERVFAIL", [UNREACHABLE]), name)
        self.assertEqual(gateway.asked, [])

    def test_switched_off_or_not_on_the_list(self):
        gateway = self.ill(lambda handler: handler.give(b"{}"))
        for chain in ({"ccip": "off", "ccip_allow": [gateways.ORIGIN]},
                      {"ccip": "allowlist", "ccip_allow": ["https://gw.example"]},
                      {"ccip_allow": [gateways.ORIGIN], "ccip_deny": ["127.0.0.1"]}):
            with self.subTest(**chain):
                self.start(**chain)
                self.assertEqual(self.failure("a.off.eth")[:2], ("SERVFAIL", [PROHIBITED]))
                self.stop()
        self.assertEqual(gateway.asked, [])

    def test_only_the_origin_that_is_allowed(self):
        gateway = self.ill(lambda handler: handler.give(b"{}"))
        self.start(ccip_allow=["http://127.0.0.1:18551", "https://127.0.0.1:18550"])
        self.assertEqual(self.failure("a.off.eth")[:2], ("SERVFAIL", [UNREACHABLE]))
        self.assertEqual(gateway.asked, [])


class Ill(GatewayCase):
    """A gateway that is allowed, and means ill."""

    def setUp(self):
        super().setUp()
        self.gateway = self.ill(lambda handler: handler.give(b"{}"))
        self.start_allowed()

    def expect_failure(self, way):
        self.gateway.way = way
        asked = len(self.gateway.asked)
        rcode, ede, seconds = self.failure(f"a{asked}.off.eth")
        self.assertEqual((rcode, ede), ("SERVFAIL", [UNREACHABLE]))
        self.assertLess(seconds, SOON)
        self.assertGreater(len(self.gateway.asked), asked)

    def test_a_redirect_leads_nowhere(self):
        metadata = gateways.Listener(METADATA, 80)
        self.addCleanup(metadata.stop)
        for status in (301, 302, 303, 307, 308):
            self.expect_failure(lambda handler, status=status: handler.give(
                b"", status, Location=f"http://{METADATA}/latest/meta-data/"))
        self.assertEqual(metadata.came, 0)

    def test_bodies_that_are_no_answer(self):
        deep = b'{"data":"0x","x":' + b"[" * 100_000
        for body in (b"<html><h1>Attention Required!</h1></html>", b"", b"null", b"[]", deep,
                     b'{"data":"0xzz"}', b'{"data":12}', b'{"data":"0x","data":"0x"}', b'{"data":NaN}'):
            with self.subTest(body=body[:30]):
                self.expect_failure(lambda handler, body=body: handler.give(body))

    def test_slow_ones_are_not_waited_for(self):
        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            while not handler.server.ended.wait(0.05):
                handler.wfile.write(b" ")

        def silence(handler):
            handler.server.ended.wait(20)

        for way in (drip, silence):
            with self.subTest(way=way.__name__):
                self.expect_failure(way)

    def test_what_is_endless_is_cut_off(self):
        def chunks(handler):
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            chunk = b"10000\r\n" + b"0" * 0x10000 + b"\r\n"
            while not handler.server.ended.is_set():
                handler.wfile.write(chunk)

        def headers(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not handler.server.ended.is_set():
                handler.wfile.write(b"X: " + b"0" * 1000 + b"\r\n")

        def large(handler):
            handler.give(b'{"data":"0x' + b"00" * (12 << 20) + b'"}')

        for way in (chunks, headers, large):
            with self.subTest(way=way.__name__):
                self.expect_failure(way)

    def test_memory_stays_within_bounds(self):
        def large(handler):
            handler.give(b'{"data":"0x' + b"00" * (12 << 20) + b'"}')

        self.gateway.way = large
        self.failure("a.off.eth")
        before = self.resident()
        for i in range(30):
            self.failure(f"a{i}.off.eth")
        self.assertLess(self.resident() - before, 64 << 20)

    def resident(self):
        with open(f"/proc/{self.holdfast.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def test_nothing_is_kept_for_a_gateway(self):
        self.gateway.way = lambda handler: handler.give(b"{}", Set_Cookie="a=b; Path=/")
        for name in ("a.off.eth", "b.off.eth", "a.offpost.eth"):
            self.failure(name)
        self.assertGreaterEqual(len(self.gateway.asked), 3)
        for _, headers in self.gateway.asked:
            self.assertFalse({"Cookie", "Authorization", "Referer"} & set(headers))


class Hosts(GatewayCase):
    """Gateways with a name, over TLS. The endpoint in front of the chain puts their URLs into the
    contract's mouth."""

    def setUp(self):
        super().setUp()
        pair = certificate.make_certificate(self.folder, "gw.example")
        self.authority = str(pair[0])
        self.pair = pair
        self.hosts = gateways.HostServer({})
        self.addCleanup(self.hosts.stop)

    def name_gateways(self, *urls, **chain):
        self.relays[0].urls = urls
        self.relays[0].fault = "offchain"
        self.start(endpoints=[{"url": self.relays[0].url, "provider": "rpc"}], mode="first",
                   ccip_ca_file=self.authority,
                   top={"bootstrap": [f"127.0.0.1:{self.hosts.port}"]}, **chain)

    def gateway(self, address="127.0.0.1", port=0):
        return self.ill(lambda handler: handler.give(b'{"data":"0x1234"}'), address=address,
                        port=port, certificate=self.pair)

    def expect_refusals(self, hosts):
        for i, host in enumerate(hosts):
            with self.subTest(host=host):
                self.relays[0].urls = [f"https://{host}/{{data}}"]
                self.assertEqual(self.failure(f"x{i}.dns.eth")[:2], ("SERVFAIL", [UNREACHABLE]))

    def test_looked_up_by_the_bootstrap_servers_and_checked_by_its_certificate(self):
        gateway = self.gateway()
        origin = f"https://gw.example:{gateway.server_port}"
        self.hosts.hosts = {"gw.example.": ["127.0.0.1"]}
        self.name_gateways(origin + "/{sender}/{data}.json", ccip_allow=[origin])
        self.failure("dns.eth")
        (path, headers), = gateway.asked
        self.assertRegex(path, r"^/0xeeee[0-9a-f]{36}/0x71\.json$")
        self.assertEqual(headers["Host"], origin[8:])
        self.assertIn("gw.example.", self.hosts.asked)
        # The contract was called back with what it said.
        self.assertTrue(any("1234" in call for call in self.relays[0].callbacks))

    def test_a_certificate_of_another_is_not_accepted(self):
        gateway = self.gateway()
        origin = f"https://other.example:{gateway.server_port}"
        self.hosts.hosts = {"other.example.": ["127.0.0.1"]}
        self.name_gateways(origin + "/{data}", ccip_allow=[origin])
        self.assertEqual(self.failure("dns.eth")[:2], ("SERVFAIL", [UNREACHABLE]))
        self.assertEqual(gateway.asked, [])

    def test_names_that_lead_into_ones_own_network(self):
        addresses = ["127.0.0.1", METADATA, "10.9.8.7", PUBLIC, "::1", "::ffff:127.0.0.1"]
        listeners = [gateways.Listener(a, 443) for a in ("127.0.0.1", METADATA, "10.9.8.7", PUBLIC)]
        for listener in listeners:
            self.addCleanup(listener.stop)
        self.hosts.hosts = {f"a{i}.example.": [a] for i, a in enumerate(addresses)}
        self.hosts.hosts["all.example."] = addresses
        self.name_gateways()
        self.expect_refusals([host[:-1] for host in [*self.hosts.hosts, "nowhere.example."]])
        self.assertEqual([listener.came for listener in listeners], [0] * len(listeners))
        self.assertTrue({"all.example.", "nowhere.example."} <= set(self.hosts.asked))

    def test_hosts_that_are_an_address_in_disguise(self):
        listener = gateways.Listener("127.0.0.1", 443)
        self.addCleanup(listener.stop)
        self.name_gateways()
        self.expect_refusals(["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost",
                              "[::ffff:7f00:1]", "gw.example@127.0.0.1", "127.0.0.1:443"])
        self.assertEqual((listener.came, self.hosts.asked), (0, []))


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    if os.geteuid() != 0 or not namespace.enter():
        print("skipped: no right to make a network namespace")
        sys.exit(77)
    for own in (METADATA, PUBLIC, "10.9.8.7"):
        namespace.ip(f"addr add {own}/32 dev lo")
    unittest.main()
