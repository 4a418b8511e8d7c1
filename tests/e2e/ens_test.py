#!/usr/bin/env python3
"""The bridge to ENS: questions of tests/ens-lab through the daemon, answered by a real chain; and what
becomes of them when endpoints are silent, lie, or are not what they should be."""
import http.server
import json
import sys
import tempfile
import threading
import unittest
import urllib.request
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

from lab_case import Holdfast, wait_for

import anvil
import daemon

VECTORS = json.loads((anvil.ROOT / "tests/ens-lab/vectors.json").read_text(encoding="utf-8"))
PATIENCE = 20


class Relay(http.server.ThreadingHTTPServer):
    """An endpoint in front of a node: passes on what is asked, or plays a fault."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, node):
        super().__init__(("127.0.0.1", 0), RelayHandler)
        self.node = node
        self.fault = "ok"
        self.asked = []  # methods
        self.headers_seen = []
        self.paths = []
        self.silence = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        pass  # a client that has heard enough hangs up

    def stop(self):
        self.silence.set()
        self.shutdown()
        self.server_close()


class RelayHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):  # noqa: N802 (the library's word)
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append(request["method"])
        server.headers_seen.append(dict(self.headers))
        server.paths.append(self.path)
        fault = server.fault
        if fault == "silent":
            server.silence.wait(5)
            self.close_connection = True
            return
        if fault == "html":
            return self.give(b"<html>502 Bad Gateway</html>")
        if fault == "http500":
            return self.give(b"{}", status=500)
        if fault == "http429":
            return self.give(b"{}", status=429, extra={"Retry-After": "1"})
        if fault == "no_hash" and "blockHash" in json.dumps(request["params"]):
            error = {"code": -32602, "message": "invalid argument 1: hex string"}
            return self.give_json({"id": request["id"], "error": error})
        reply = server.node.call_raw(request)
        if fault.startswith("lie") and request["method"] == "eth_call" and "result" in reply:
            reply["result"] = "0x" + fault[3:].rjust(64, "0")
        if fault == "wrong_chain" and request["method"] == "eth_chainId":
            reply["result"] = "0x5"
        if fault == "rpc_error" and request["method"] == "eth_call":
            reply = {"id": request["id"], "error": {"code": -32603, "message": "internal error"}}
        return self.give_json(reply)

    def give_json(self, reply):
        self.give(json.dumps({"jsonrpc": "2.0", **reply}).encode())

    def give(self, body, status=200, extra=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Node(anvil.Anvil):
    def call_raw(self, request):
        body = json.dumps(request).encode()
        asked = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=5) as reply:
            return json.load(reply)


def question_of(vector):
    wire = bytes.fromhex(vector["qwire"])
    name, _ = dns.name.from_wire(wire, 0)
    query = dns.message.make_query(name, vector["qtypeNumber"], use_edns=0, payload=1232)
    return query


def records(reply):
    """(owner, ttl, type, rdata) of the answer, in its order."""
    out = []
    for rrset in reply.answer:
        for rdata in rrset:
            out.append((rrset.name.to_text().lower(), rrset.ttl,
                        dns.rdatatype.to_text(rrset.rdtype), rdata.to_wire(
                            origin=dns.name.root).hex()))
    return out


def expected(vector):
    return [(dns.name.from_text(r["name"]).to_text().lower(), r["ttl"], r["type"], r["rdata"])
            for r in vector["expect"]["answers"]]


def ede_of(reply):
    return [int(option.code) for option in reply.options
            if option.otype == dns.edns.OptionType.EDE]


class EnsCase(unittest.TestCase):
    """A chain, three endpoints in front of it, and a daemon that each test configures and starts."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        cls.addClassCleanup(folder.cleanup)
        cls.node = Node(folder.name).start()
        cls.addClassCleanup(cls.node.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.relays = []
        for _ in range(3):
            relay = Relay(self.node)
            self.addCleanup(relay.stop)
            self.relays.append(relay)

    def start(self, *, endpoints=None, routes=None, top=None, **chain):
        upstream = {"class": "ens", "provider": "ethereum", "max_head_age": "0s",
                    "gateway_a": ["192.0.2.80"], "gateway_aaaa": ["2001:db8::80"],
                    "endpoints": endpoints or [
                        {"url": relay.url, "provider": f"rpc-{i}"}
                        for i, relay in enumerate(self.relays)], **chain}
        zones = ("eth", "example.com", "xn--bcher-kva.example")
        config = daemon.configuration(
            self.folder, 0, {"ens": upstream},
            routes or [{"zone": zone, "tiers": [["ens"]]} for zone in zones])
        config.update({"workers": 1, **(top or {})})
        self.holdfast = Holdfast(self.folder, config).start()
        self.addCleanup(self.stop)
        return self.holdfast

    def stop(self):
        status = self.holdfast.stop()
        if status not in (0, None):
            raise AssertionError(f"exit status {status}:\n{self.holdfast.log()[-20000:]}")

    def ask(self, query, tcp=False):
        if isinstance(query, str):
            query = dns.message.make_query(query, "A", use_edns=0)
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(query, "127.0.0.1", timeout=PATIENCE, port=self.holdfast.port)

    def rcode(self, name):
        return dns.rcode.to_text(self.ask(name).rcode())

    def addresses(self, name):
        return sorted(str(rdata) for rrset in self.ask(name).answer for rdata in rrset)


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

    def check(self, vector, expect, reply):
        if expect.get("chase"):
            return  # leads out of the bridge, where nobody answers
        if reply.flags & dns.flags.TC:
            return self.assertTrue(vector["id"] == "raw-many")  # 200 addresses: over TCP
        right = [expect["rcode"], *expect.get("rcode_also", [])]
        rcode = dns.rcode.to_text(reply.rcode())
        self.assertIn(rcode, ["REFUSED" if r == "NOTMINE" else r for r in right])
        self.assertFalse(reply.flags & dns.flags.AD)
        found, wanted = records(reply), expected(vector)
        self.assertEqual(sorted((o, t, d) for o, _, t, d in found),
                         sorted((o, t, d) for o, _, t, d in wanted))
        for (_, ttl, _, _), (_, most, _, _) in zip(sorted(found), sorted(wanted)):
            self.assertLessEqual(ttl, most)
        if "ede" in expect:
            self.assertEqual(ede_of(reply), [expect["ede"]])

    def test_contracts_that_need_a_gateway_are_told_so(self):
        self.start()
        reply = self.ask("b.off.eth")
        self.assertEqual(dns.rcode.to_text(reply.rcode()), "SERVFAIL")
        self.assertEqual(ede_of(reply), [int(dns.edns.EDECode.PROHIBITED)])

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


class Node1(EnsCase):
    """A node that goes and comes back."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.node = Node(self.folder).start()
        self.addCleanup(lambda: self.node.stop())
        self.relays = []

    def test_killed_paused_and_restarted(self):
        self.start(endpoints=[{"url": self.node.url, "provider": "own-node"}])
        self.assertEqual(self.addresses("dns.eth"), ["192.0.2.10", "192.0.2.11"])
        self.node.pause()
        self.assertEqual(self.rcode("site.eth"), "SERVFAIL")
        self.node.resume()
        wait_for(lambda: self.addresses("both.eth"), "an answer after the pause")
        self.node.stop()
        self.assertEqual(self.rcode("plain.eth"), "SERVFAIL")
        self.node = Node(self.folder, self.node.port).start()
        wait_for(lambda: self.addresses("www.dns.eth"), "an answer after the restart")


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
