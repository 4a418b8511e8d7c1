#!/usr/bin/env python3
"""Upstreams over TLS and HTTPS: unbound and dnsdist from Debian with certificates made here, also
behind a proxy. Whatever is wrong with one, its clients get their answers."""
import socket
import sys
import time
import unittest

from lab_case import daemon, wait_for
from certificate import make_certificate, pin_of
from encrypted_case import NAME, Encrypted
from peer import APEX, Dnsdist, Dnsperf, Proxy, Unbound, missing, zone

MISSING = missing("unbound", "dnsdist", "dig", "dnsperf", "openssl")


class RealServers(Encrypted):
    """unbound, and dnsdist before a lab provider, with one certificate."""

    @classmethod
    def build(cls):
        names = [(f"load-{n}.{APEX}", zone.A) for n in range(400)]
        cls.unbound = Unbound(cls.folder, "127.0.0.31", names)
        cls.dnsdist = Dnsdist(cls.folder, "127.0.0.32", cls.alpha.endpoint)
        for server in (cls.unbound, cls.dnsdist):
            server.certificate = cls.certificate
            cls.addClassCleanup(server.kill)
            server.start()

    def expect_told(self, wrong):
        """Of each upstream, by name, its probes' outcome and words of its fault; dnsdist behind it
        answers."""
        for what, (outcome, words) in wrong.items():
            with self.subTest(what):
                self.assertEqual(self.holdfast.dig(f"www.{what}.example")[0], "NOERROR")
                self.assertEqual(self.dnsdist.seen(f"www.{what}.example"), 1)
                upstream = wait_for(lambda: (u := self.holdfast.upstream(what))["fault"] and u,
                                    "its reason")
                self.assertEqual(upstream["last_probe"]["outcome"], outcome)
                self.assertIn(words, upstream["fault"])


class OverTls(RealServers):
    """unbound in the first tier, dnsdist before a lab provider in the second, both over TLS only."""

    @classmethod
    def configuration(cls):
        upstreams = {
            "unbound": cls.over_tls(cls.unbound.tls_endpoint, pins=[pin_of(cls.certificate[0])]),
            "dnsdist": cls.over_tls(cls.dnsdist.tls_endpoint, pins=[pin_of(cls.authority[0])]),
        }
        config = daemon.configuration(cls.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["unbound"], ["dnsdist"]]},
            {"zone": "only.dnsdist.example", "tiers": [["dnsdist"]]},
        ])
        config["workers"] = 2
        return config

    def load(self, numbers, rate):
        load = Dnsperf(self.folder, self.holdfast.port, [f"load-{n}.{APEX} A" for n in numbers],
                       rate)
        self.addCleanup(load.kill)
        return load

    def test_1_both_answer_over_tls(self):
        self.assertEqual(self.holdfast.dig(f"load-0.{APEX}")[0], "NOERROR")
        self.assertEqual(self.unbound.seen(f"load-0.{APEX}"), 1)
        status, texts = self.holdfast.dig("whoami.only.dnsdist.example", "A")
        self.assertEqual((status, len(texts)), ("NOERROR", 1))
        self.assertEqual(self.dnsdist.seen("whoami.only.dnsdist.example"), 1)
        for name in ("unbound", "dnsdist"):
            upstream = self.holdfast.upstream(name)
            self.assertEqual((upstream["state"], upstream["transport"], upstream["fault"]),
                             ("up", "tls", None))
        why = self.holdfast.ctl("why", f"load-1.{APEX}", "--json").stdout
        self.assertIn('"transport":"tls"', why.replace(" ", ""))

    def test_2_many_questions_share_few_connections(self):
        load = self.load(range(1, 200), 400).result()
        self.assertEqual((load.lost, load.rcodes), (0, {"NOERROR": 199}), load.text)
        self.assertLess(self.metric("holdfast_upstream_tcp_connects_total", upstream="unbound"), 12)

    def test_3_the_first_dies_under_load(self):
        before = self.metric("holdfast_upstream_tls_handshakes_total", upstream="dnsdist")
        load = self.load(range(200, 400), 100)
        wait_for(lambda: self.unbound.seen(f"load-250.{APEX}"), "some of the load")
        self.unbound.kill()
        result = load.result()
        self.assertEqual((result.lost, result.rcodes), (0, {"NOERROR": 200}), result.text)
        self.assertGreater(self.dnsdist.seen("." + APEX), 50)
        self.assertGreater(
            self.metric("holdfast_upstream_tls_handshakes_total", upstream="dnsdist"), before)
        wait_for(lambda: self.holdfast.upstream("unbound")["state"] == "down", "unbound to be down")
        self.unbound.start()
        wait_for(lambda: self.holdfast.upstream("unbound")["usable"], "unbound to be back", 40)
        self.assertGreater(self.metric("holdfast_upstream_tls_handshakes_total", result="full"), 0)

    def test_4_only_the_right_server_can_be_pinned(self):
        config = self.holdfast.config
        config["upstreams"]["unbound"]["pins"] = [pin_of(make_certificate(self.folder, "x.example")[0])]
        self.holdfast.write()
        self.assertEqual(self.holdfast.ctl("reload").returncode, 0, self.holdfast.log())
        upstream = wait_for(lambda: (u := self.holdfast.upstream("unbound"))["fault"] and u, "a fault")
        self.assertIn("its pin is " + pin_of(self.certificate[0]), upstream["fault"])
        self.assertEqual(self.holdfast.dig(f"pinned.{APEX}")[0], "NOERROR")


class OverHttps(RealServers):
    """unbound in the first tier, dnsdist in the second, both over HTTPS; and a path that is none."""

    @classmethod
    def configuration(cls):
        ca = {"ca_file": str(cls.authority[0])}
        named = f"https://{NAME}:{cls.unbound.https_port}/dns-query"
        upstreams = {
            "unbound": {"url": named, "addresses": [cls.unbound.address],
                        "pins": [pin_of(cls.certificate[0])], **ca},
            "dnsdist": {"url": cls.dnsdist.url, **ca},
            "nowhere": {"url": cls.dnsdist.url.replace("dns-query", "nowhere"), **ca},
            "dot": {"url": f"https://{cls.dnsdist.tls_endpoint}/dns-query", **ca},
        }
        config = daemon.configuration(cls.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["unbound"], ["dnsdist"]]},
            {"zone": "only.dnsdist.example", "tiers": [["dnsdist"]]},
            {"zone": "nowhere.example", "tiers": [["nowhere"], ["dnsdist"]]},
            {"zone": "dot.example", "tiers": [["dot"], ["dnsdist"]]},
        ])
        config["workers"] = 2
        return config

    def test_1_both_answer(self):
        self.assertEqual(self.holdfast.dig(f"load-0.{APEX}")[0], "NOERROR")
        self.assertEqual(self.unbound.seen(f"load-0.{APEX}"), 1)
        self.assertEqual(self.holdfast.dig("www.only.dnsdist.example")[0], "NOERROR")
        self.assertEqual(self.dnsdist.seen("www.only.dnsdist.example"), 1)
        for name in ("unbound", "dnsdist"):
            upstream = self.holdfast.upstream(name)
            self.assertEqual((upstream["state"], upstream["transport"], upstream["fault"]),
                             ("up", "https", None))

    def test_2_the_first_dies_under_load(self):
        path = [f"load-{n}.{APEX} A" for n in range(1, 300)]
        load = Dnsperf(self.folder, self.holdfast.port, path, 150)
        self.addCleanup(load.kill)
        wait_for(lambda: self.unbound.seen(f"load-60.{APEX}"), "some of the load")
        self.assertLess(self.metric("holdfast_upstream_tcp_connects_total", upstream="unbound"), 12)
        self.unbound.kill()
        result = load.result()
        self.assertEqual((result.lost, result.rcodes), (0, {"NOERROR": 299}), result.text)
        self.assertGreater(self.dnsdist.seen("." + APEX), 50)

    def test_3_what_is_wrong_is_told(self):
        self.expect_told({"nowhere": ("http_status", "HTTP status 404"),
                          "dot": ("tls_failed", "does not speak h2")})


class FullQueue:
    """An address and port where nobody answers a SYN."""

    def __init__(self, address, port):
        self.listener = socket.create_server((address, port), backlog=0)
        self.fillers = [socket.socket() for _ in range(4)]
        for filler in self.fillers:
            filler.setblocking(False)
            filler.connect_ex((address, port))

    def close(self):
        for one in (self.listener, *self.fillers):
            one.close()


@unittest.skipIf(missing("tinyproxy"), "tinyproxy is not installed")
class ThroughAProxy(RealServers):
    """dnsdist over HTTPS behind tinyproxy in the first tier, unbound over TLS in the second; a server
    that the proxy does not connect to; a proxy that is none; and servers whose first address is dead
    or silent."""

    @classmethod
    def build(cls):
        super().build()
        cls.proxy = Proxy(cls.folder, "127.0.0.33", cls.dnsdist.https_port)
        cls.addClassCleanup(cls.proxy.kill)
        cls.proxy.start()
        cls.silent = "127.0.0.35"
        queue = FullQueue(cls.silent, cls.dnsdist.https_port)
        cls.addClassCleanup(queue.close)

    @classmethod
    def configuration(cls):
        ca = {"ca_file": str(cls.authority[0])}
        proxy = {"proxy": f"http://{cls.proxy.endpoint}", **ca}
        upstreams = {
            "dnsdist": {"url": cls.dnsdist.url, **proxy},
            "forbidden": {"url": cls.unbound.url, **proxy},
            "none": {"url": cls.dnsdist.url, "proxy": f"http://{cls.unbound.endpoint}", **ca},
            "unbound": cls.over_tls(cls.unbound.tls_endpoint),
        }
        named = f"https://{NAME}:{cls.dnsdist.https_port}/dns-query"
        for name, first in (("dead", "127.0.0.34"), ("silent", cls.silent)):
            upstreams[name] = {"url": named, "addresses": [first, cls.dnsdist.address], **proxy}
        return daemon.configuration(cls.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["dnsdist"], ["unbound"]]},
            {"zone": "only.dnsdist.example", "tiers": [["dnsdist"]]},
            {"zone": "forbidden.example", "tiers": [["forbidden"], ["dnsdist"]]},
            {"zone": "none.example", "tiers": [["none"], ["dnsdist"]]},
            {"zone": "dead.example", "tiers": [["dead"]]},
            {"zone": "silent.example", "tiers": [["silent"]]},
        ])

    def test_1_it_answers_through_the_proxy(self):
        self.assertEqual(self.holdfast.dig("www.only.dnsdist.example")[0], "NOERROR")
        self.assertEqual(self.dnsdist.seen("www.only.dnsdist.example"), 1)
        self.assertGreaterEqual(self.proxy.tunnels(self.dnsdist.url.split("/")[2]),
                                self.metric("holdfast_upstream_tcp_connects_total",
                                            upstream="dnsdist"), self.holdfast.log())
        upstream = self.holdfast.upstream("dnsdist")
        self.assertEqual((upstream["state"], upstream["fault"]), ("up", None))

    def test_2_what_is_wrong_is_told(self):
        self.expect_told({"forbidden": ("connection_refused", "the proxy refuses: 403"),
                          "none": ("tls_stalled", "the proxy fell silent")})

    def test_3_the_next_address_is_tried_through_it_too(self):
        for what in ("dead", "silent"):  # the patience of a handshake is 0.9 s
            with self.subTest(what):
                self.holdfast.ctl("reload", "--force")  # connections begin anew
                begin = time.monotonic()
                self.assertEqual(self.holdfast.dig(f"www.{what}.example")[0], "NOERROR")
                self.assertLess(time.monotonic() - begin, 0.85)

    def test_4_the_proxy_dies_under_load(self):
        questions = [f"load-{n}.{APEX} A" for n in range(300)]
        load = Dnsperf(self.folder, self.holdfast.port, questions, 150)
        self.addCleanup(load.kill)
        wait_for(lambda: self.dnsdist.seen(f"load-60.{APEX}"), "some of the load")
        self.proxy.kill()
        result = load.result()
        self.assertEqual((result.lost, result.rcodes), (0, {"NOERROR": 300}), result.text)
        self.assertGreater(self.unbound.seen("." + APEX), 50)
        self.proxy.start()
        wait_for(lambda: self.holdfast.upstream("dnsdist")["state"] in ("recovering", "up"),
                 "its return")


if __name__ == "__main__":
    if MISSING:
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
