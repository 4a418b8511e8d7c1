#!/usr/bin/env python3
"""What the operator sees of the endpoints of a chain, how they are judged, and where they are found."""
import json
import os
import re
import resource
import sys
import time
import unittest
from unittest import mock

import dns.edns
import dns.message
import dns.rcode

from lab_case import wait_for
from ens_case import HOSTILE, EnsCase, ede_of
from peer import Unbound, missing

import anvil

RIGHT = ["192.0.2.10", "192.0.2.11"]  # of dns.eth
KEY = "0123456789abcdef"


class EndpointCase(EnsCase):
    def metric(self, series, **labels):
        """The sum of a series of /metrics over those with these labels."""
        _, page = self.holdfast.get("/metrics")
        found = re.findall(rf"^holdfast_endpoint_{series}(?:{{(.*)}})? (\S+)$", page, re.M)
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(value) for shown, value in found if all(w in shown for w in wanted))

    def endpoint(self, name):
        return next(e for e in self.holdfast.upstream("ens")["endpoints"] if e["name"] == name)

    def await_state(self, name, state):
        try:
            return wait_for(lambda: (e := self.endpoint(name))["state"] == state and e,
                            f"{name} to be {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.endpoint(name)}") from None

    def await_log(self, text):
        wait_for(lambda: text in self.holdfast.log(), f"the log to say {text}")


class Seen(EndpointCase):
    def test_each_endpoint_has_its_series_and_its_row(self):
        self.start(mode="quorum", quorum=2)
        self.assertEqual(self.addresses("dns.eth"), RIGHT)
        for i in range(3):
            row = self.await_state(f"rpc-{i}", "ready")
            self.assertEqual((row["head"]["number"], row["head"]["behind"]), (195, 0))
            self.assertEqual((row["host"], row["fault"], row["minority"]), ("127.0.0.1", None, 0))
            of = {"endpoint": f"rpc-{i}", "upstream": "ens"}
            self.assertEqual(self.metric("head_block", **of), 195)
            self.assertEqual(self.metric("state", state="ready", **of), 1)
            self.assertGreater(self.metric("requests_total", purpose="about", **of), 0)
            self.assertGreater(self.metric("score", **of), 0)
        self.assertGreaterEqual(self.metric("requests_total", purpose="call", outcome="answered"), 6)
        text = self.holdfast.ctl("status").stdout
        self.assertRegex(text, r"rpc-1 +ens +127\.0\.0\.1 +ready +[\d.]+ % +195, ")

    def test_cold_warm_and_cached(self):
        """What a name costs each endpoint that is asked."""
        self.start(mode="quorum", quorum=2)
        wait_for(lambda: all(e["reverts"] for e in self.holdfast.upstream("ens")["endpoints"]),
                 "endpoints to have shown themselves")
        self.assertEqual(self.rcode("eth"), "NOERROR")  # the worker knows a block

        def cost(name, rtype="A"):
            def count():
                return [self.metric("requests_total", purpose="call", endpoint=f"rpc-{i}")
                        for i in range(3)]
            before = count()
            self.holdfast.dig(name, rtype)
            time.sleep(0.3)  # metrics of what is not waited for any more
            return max(after - was for after, was in zip(count(), before))

        # The first question of a thread also shows whether reverts come with their data.
        self.assertLessEqual(cost("dns.eth"), 3 + 1)
        self.assertEqual(cost("dns.eth"), 0)
        self.assertLessEqual(cost("dns.eth", "AAAA"), 1)
        self.assertLessEqual(cost("plain.eth", "TXT"), 3)
        self.assertEqual(cost("plain.eth", "TXT"), 0)

    def test_a_lost_vote_is_counted_and_told(self):
        self.start(mode="quorum", quorum=2)
        self.assertEqual(self.addresses("dns.eth"), RIGHT)
        self.relays[1].fault = "lie7"

        def outvoted():
            self.assertNotEqual(self.rcode(f"x{time.monotonic_ns()}.dns.eth"), "NXDOMAIN")
            return self.metric("minority_total", endpoint="rpc-1") > 0

        wait_for(outvoted, "a lost vote")
        self.assertEqual(self.metric("minority_total", endpoint="rpc-0"), 0)
        self.await_log("endpoint rpc-1 of upstream ens said something else than was believed")
        row = self.endpoint("rpc-1")
        self.assertGreater(row["minority"], 0)
        self.assertLessEqual(row["score"], 0.1)
        calls = self.relays[1].asked.count("eth_call")
        for i in range(10):  # it is asked last from now on
            self.assertEqual(self.addresses(f"y{i}.dns.eth"), ["192.0.2.99"])
        self.assertLessEqual(self.relays[1].asked.count("eth_call"), calls + 2)

    def test_why_tells_block_resolver_endpoints_and_agreement(self):
        self.start(mode="quorum", quorum=2)
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        explained = json.loads(self.holdfast.ctl("why", "www.dns.eth", "--json").stdout)
        chain = explained["exchanges"][0]["chain"]
        self.assertEqual(chain["block"]["number"], 195)
        self.assertRegex(chain["block"]["hash"], "^0x7252e219[0-9a-f]{56}$")
        self.assertRegex(chain["resolver"]["contract"], "^0x[0-9a-f]{40}$")
        self.assertEqual(chain["resolver"]["zone"].rstrip("."), "dns.eth")
        self.assertEqual(chain["calls"][-1]["function"], "resolve")
        for call in chain["calls"]:
            self.assertEqual((call["agreed"], call["needed"]), (2, 2))
            for voice in call["endpoints"]:
                self.assertIn(voice["endpoint"], ("rpc-0", "rpc-1", "rpc-2"))
                if voice["part"] == "believed":
                    self.assertGreaterEqual(voice["ended"], voice["started"])
        self.assertEqual(chain["gateways"], [])
        text = self.holdfast.ctl("why", "www.dns.eth").stdout
        self.assertRegex(text, r"chain    ens, block 195 0x7252")
        self.assertRegex(text, r"resolver 0x[0-9a-f]{40} of dns\.eth")
        self.assertRegex(text, r"2 of 2 +rpc-\d .* believed +\d+ bytes")

    def test_why_tells_of_gateways_and_of_failures(self):
        self.start(mode="first", ccip_allow=["http://127.0.0.1:1"])
        for relay in self.relays:
            relay.urls, relay.fault = ["http://127.0.0.1:1/{sender}/{data}?key=none"], "offchain"
        explained = json.loads(self.holdfast.ctl("why", "dns.eth", "--json").stdout)
        gateway = explained["exchanges"][0]["chain"]["gateways"][0]
        self.assertEqual((gateway["origin"], gateway["said"]), ("http://127.0.0.1:1", "unreachable"))
        self.assertRegex(self.holdfast.ctl("why", "site.eth").stdout,
                         r"http://127\.0\.0\.1:1 .* unreachable")
        for relay in self.relays:
            relay.fault = "rpc_error"
        text = self.holdfast.ctl("why", "both.eth").stdout
        self.assertRegex(text, r"rpc-\d .* failed +refused: -32603 internal error")


class Judged(EndpointCase):
    def test_a_fault_is_told_by_name(self):
        told = {"html": "malformed: no JSON-RPC in the body", "http500": "http_status: HTTP 500",
                "http403": "unauthorised: HTTP 403", "http429": "rate_limited: HTTP 429",
                "reset": "unreachable", "drip": "timed_out", "silent": "timed_out",
                "huge": "too_large: more than 1 MiB", **{way: "malformed" for way in HOSTILE}}
        for fault, words in told.items():
            with self.subTest(fault=fault):
                self.relays[0].fault = fault
                self.start(mode="first")
                try:
                    self.assertEqual(self.addresses("dns.eth"), RIGHT)
                    self.await_log(f"endpoint rpc-0 of upstream ens fails: {words}")
                    self.assertNotIn("rpc-1 of upstream ens fails", self.holdfast.log())
                    self.assertNotIn("\x1b", self.holdfast.log())
                finally:
                    self.stop()
                    self.relays[0].fault = "ok"

    def test_a_redirect_leads_nowhere(self):
        for relay in self.relays[:2]:
            relay.fault = "redirect"
            relay.elsewhere = self.relays[2].url + "/elsewhere"
        self.start(mode="first", endpoints=[{"url": relay.url, "provider": f"rpc-{i}"}
                                            for i, relay in enumerate(self.relays[:2])])
        self.assertEqual(self.rcode("dns.eth"), "SERVFAIL")
        self.await_log("endpoint rpc-0 of upstream ens fails: http_status: HTTP 302")
        self.assertEqual(self.relays[2].paths, [])

    def test_memory_stays_within_bounds(self):
        def resident():
            with open(f"/proc/{self.holdfast.process.pid}/statm", encoding="ascii") as statm:
                return int(statm.read().split()[1]) * resource.getpagesize()

        # What is freed is freed, under AddressSanitizer too.
        with mock.patch.dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=4"):
            self.start(mode="quorum", quorum=2)
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        before = resident()
        for way in ("huge", "deep", "deep_data"):
            for relay in self.relays:
                relay.fault = way
            for number in range(20):
                self.assertEqual(self.rcode(f"{way.replace('_', '-')}-{number}.dns.eth"), "SERVFAIL")
        self.assertLess(resident() - before, 64 << 20)

    def test_what_is_too_large_is_a_names_fault_and_no_endpoints(self):
        """Anybody may store more than anybody reads: three such names in a row, and others go on."""
        self.start(mode="first")
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        for rtype in ("A", "AAAA", "TXT", "CAA", "MX", "SRV"):  # a call each
            reply = self.ask(dns.message.make_query("ret256k.eth", rtype, use_edns=0))
            self.assertEqual((dns.rcode.to_text(reply.rcode()), ede_of(reply)),
                             ("SERVFAIL", [int(dns.edns.EDECode.INVALID_DATA)]), rtype)
        for relay in self.relays:
            self.assertGreater(relay.asked.count("eth_call"), 0)
        self.assertEqual([self.endpoint(f"rpc-{i}")["state"] for i in range(3)], ["ready"] * 3)
        self.assertEqual(self.addresses("www.dns.eth")[:2], RIGHT)

    def test_states(self):
        self.relays[0].fault, self.relays[1].fault = "syncing", "wrong_chain"
        self.start(mode="first")
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        self.await_state("rpc-0", "syncing")
        self.await_state("rpc-1", "wrong_chain")
        self.await_state("rpc-2", "ready")
        self.await_log("endpoint rpc-1 of upstream ens: unknown -> wrong_chain")
        self.assertEqual(self.metric("state", endpoint="rpc-0", state="syncing"), 1)
        self.assertEqual(self.metric("score", endpoint="rpc-0"), 0)

    def test_one_whose_blocks_are_old_or_behind(self):
        self.relays[0].fault = "stale"
        self.start(mode="quorum", quorum=2)
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        row = self.await_state("rpc-0", "behind")
        self.assertEqual(row["head"]["behind"], 195 - 16)
        self.assertEqual(self.metric("blocks_behind", endpoint="rpc-0"), 195 - 16)

    def test_one_that_strips_reverts(self):
        self.relays[0].fault = "no_data"
        self.start(mode="first")
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        wait_for(lambda: self.endpoint("rpc-0")["reverts"] == "stripped", "the word for it")
        self.assertEqual(self.metric("strips_reverts", endpoint="rpc-0"), 1)
        self.assertIn("rpc-0: strips the data of reverts", self.holdfast.ctl("status").stdout)

    def test_one_that_fails_comes_back(self):
        self.relays[0].fault = "http500"
        self.start(mode="first")
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")

        def asked(state):
            self.rcode(f"x{time.monotonic_ns()}.dns.eth")
            return self.endpoint("rpc-0")["state"] == state

        wait_for(lambda: asked("failing"), "three failures", 40)
        self.await_log("endpoint rpc-0 of upstream ens: ready -> failing (http_status: HTTP 500)"
                       if "ready -> failing" in self.holdfast.log() else "-> failing")
        self.relays[0].fault = "ok"
        wait_for(lambda: asked("ready"), "it to be back", 60)
        self.await_log("endpoint rpc-0 of upstream ens: failing -> ready")


class Keys(EndpointCase):
    def test_no_key_is_shown_anywhere(self):
        """Keys in paths and queries of urls, which an endpoint may repeat in what it says."""
        endpoints = [{"url": f"{relay.url}/v3/{KEY}?token={KEY}xyz", "provider": f"rpc-{i}"}
                     for i, relay in enumerate(self.relays)]
        self.start(endpoints=endpoints, top={"log": {"level": "debug"}})
        self.assertEqual(self.addresses("dns.eth"), RIGHT)
        self.assertIn(f"/v3/{KEY}?token={KEY}xyz", self.relays[0].paths)
        shown = [self.holdfast.ctl("why", "www.dns.eth").stdout]
        for fault in ("tells_its_key", "html", "http403", "lie7", "reset"):
            for relay in self.relays:
                relay.fault = fault
            self.rcode(f"{fault.replace('_', '-')}.dns.eth")
            shown += [self.holdfast.ctl("why", "site.eth", *more).stdout for more in ((), ("--json",))]
            if fault == "tells_its_key":
                self.await_log("endpoint rpc-0 of upstream ens fails: refused")
        self.assertIn("refused: -32000 no such key at /v3/***?token=***", "".join(shown))
        shown += [self.holdfast.get(page)[1] for page in ("/metrics", "/api/v1/status", "/status")]
        shown += [self.holdfast.ctl("status").stdout, self.holdfast.log()]
        bad = self.holdfast.config["upstreams"]["ens"]["endpoints"]
        bad[0]["weight"] = 0
        self.holdfast.write()
        done = self.holdfast.ctl("reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/upstreams/ens/endpoints/0/weight", done.stderr + done.stdout)
        shown += [done.stdout, done.stderr, self.holdfast.log()]
        for text in shown:
            self.assertNotIn(KEY, text)


class Finder(Unbound):
    """Knows where endpoints are: at an IPv6 address, where nobody listens, and an IPv4 address."""

    def beyond(self):
        return []

    def configure(self):
        command = super().configure()
        hosts = "".join(f"  local-data: 'rpc-{i}.provider.example 60 IN {rtype} {address}'\n"
                        for i in range(2)
                        for rtype, address in (("AAAA", "::1"), ("A", "127.0.0.1")))
        path = command[-1]
        path.write_text(path.read_text().replace("remote-control:", hosts + "remote-control:"))
        return command


@unittest.skipIf(missing("unbound"), "no unbound: .ci/setup test installs it")
class HostNames(EndpointCase):
    def setUp(self):
        super().setUp()
        self.finder = Finder(self.folder, "127.0.0.1", []).start()
        self.addCleanup(self.finder.kill)

    def by_name(self, number, host=None):
        port = self.relays[number].server_port
        return {"url": f"http://{host or f'rpc-{number}.provider.example'}:{port}",
                "provider": f"rpc-{number}"}

    def start_by_name(self, *endpoints, **top):
        return self.start(endpoints=endpoints, mode="first",
                          top={"bootstrap": [self.finder.endpoint],
                               "store": {"path": str(self.folder / "store")}, **top})

    def test_found_by_bootstrap_servers_and_kept_without_them(self):
        self.start_by_name(self.by_name(0), self.by_name(1))
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        self.assertGreater(self.finder.seen("rpc-0.provider.example"), 0)
        self.assertEqual(self.endpoint("rpc-0")["host"], "rpc-0.provider.example")
        self.finder.kill()
        self.assertEqual(self.addresses("www.dns.eth"), self.addresses("www.dns.eth"))
        time.sleep(2.5)  # what was learnt is on disk within 2 s
        self.stop()
        self.holdfast.start()
        wait_for(lambda: self.addresses("x1.dns.eth") == ["192.0.2.99"],
                 "an answer after a restart without bootstrap servers")
        self.assertIn("is taken to be where it was before the restart", self.holdfast.log())

    def test_one_that_is_not_found_is_done_without(self):
        self.start_by_name(self.by_name(0, "nowhere.provider.example"), self.by_name(1))
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")
        row = self.await_state("rpc-0", "no_address")
        self.assertIn("no address of nowhere.provider.example", row["fault"])
        self.await_log("/upstreams/ens/endpoints/0/url: no addresses for nowhere.provider.example")
        self.await_log("endpoint rpc-0 of upstream ens fails: no address of nowhere")

    def test_none_that_is_found_is_an_upstream_that_is_down(self):
        self.start_by_name(self.by_name(0, "nowhere.provider.example"))
        self.assertEqual(self.rcode("dns.eth"), "SERVFAIL")
        upstream = wait_for(lambda: (u := self.holdfast.upstream("ens"))["state"] == "down" and u,
                            "the upstream to be down")
        self.assertEqual(upstream["cause"], "no_address")
        self.assertIn("no address of nowhere.provider.example", upstream["fault"])

    def test_localhost_needs_nobody(self):
        self.start(endpoints=[self.by_name(0, "localhost")], mode="first")
        wait_for(lambda: self.addresses("dns.eth") == RIGHT, "an answer")

    def test_without_bootstrap_servers_it_is_a_mistake(self):
        config = self.start(mode="first").config
        config["upstreams"]["ens"]["endpoints"] = [
            {"url": f"http://rpc-0.provider.example:1/{KEY}", "provider": "a"}]
        self.holdfast.write()
        done = self.holdfast.ctl("reload")
        said = done.stdout + done.stderr
        self.assertIn("/upstreams/ens/endpoints/0/url", said)
        self.assertIn("rpc-0.provider.example", said)
        self.assertNotIn(KEY, said)


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
