"""What the tests of the ENS bridge stand on: a real chain, endpoints in front of it that play faults,
and the questions of tests/ens-lab with their answers."""
import http.server
import json
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

from lab_case import Holdfast

import anvil
import daemon

VECTORS = json.loads((anvil.ROOT / "tests/ens-lab/vectors.json").read_text(encoding="utf-8"))
PATIENCE = 20
HUGE = "0x" + "ab" * (1 << 20)
# Bodies for a request with this id that mean ill, or nothing.
HOSTILE = {
    "deep": lambda _: b"[" * 100_000,
    "deep_data": lambda number: b'{"jsonrpc":"2.0","id":%d,"error":{"code":3,"data":' % number
    + b'{"data":' * 5000 + b'"0x"' + b"}" * 5002,
    "twice": lambda number: b'{"jsonrpc":"2.0","id":%d,"result":"0x01","result":"0x02"}' % number,
    "nan": lambda number: b'{"jsonrpc":"2.0","id":%d,"result":NaN}' % number,
    "wrong_types": lambda number: b'{"jsonrpc":"2.0","id":%d,"result":[{"number":7}]}' % number,
    "other_id": lambda number: b'{"jsonrpc":"2.0","id":%d,"result":"0x01"}' % (number + 1),
    "batch": lambda number: b'[{"jsonrpc":"2.0","id":%d,"result":"0x01"}]' % number,
    "no_text": lambda _: b"\xff\xfe\x00\n\x1b[31m",
    "nothing": lambda _: b"",
}
UNIVERSAL_RESOLVER = "eeeeeeee14d718c2b47d9923deab1335e144eeee"
RESOLVE, CALLBACK = "0x9061b923", "0xf4d4d2f8"


def offchain_lookup(urls):
    """The revert OffchainLookup of the universal resolver with these URLs, whose data is 0x71."""
    def word(number):
        return number.to_bytes(32, "big")

    def blob(data):
        return word(len(data)) + data.ljust(-(-len(data) // 32) * 32, b"\0")

    texts = [blob(url.encode()) for url in urls]
    starts = [32 * len(urls) + sum(len(text) for text in texts[:i]) for i in range(len(urls))]
    listed = word(len(urls)) + b"".join(word(start) for start in starts) + b"".join(texts)
    asked, extra = blob(b"q"), blob(b"extra")
    at = 5 * 32
    members = (bytes.fromhex(UNIVERSAL_RESOLVER).rjust(32, b"\0") + word(at)
               + word(at + len(listed)) + bytes.fromhex(CALLBACK[2:]).ljust(32, b"\0")
               + word(at + len(listed) + len(asked)))
    return "0x556f1830" + (members + listed + asked + extra).hex()


class Relay(http.server.ThreadingHTTPServer):
    """An endpoint in front of a node: passes on what is asked, or plays a fault."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, node):
        super().__init__(("127.0.0.1", 0), RelayHandler)
        self.node = node
        self.fault = "ok"
        self.asked = []  # methods
        self.requests = []
        self.headers_seen = []
        self.paths = []
        self.urls = []       # of gateways that every contract names, if the fault is "offchain"
        self.callbacks = []  # calls that bring what a gateway said
        self.elsewhere = ""  # where "redirect" leads
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
        server.requests.append(request)
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
        if fault == "redirect":
            return self.give(b"", status=302, extra={"Location": self.server.elsewhere})
        if fault == "http429":
            return self.give(b"{}", status=429, extra={"Retry-After": "1"})
        if fault == "reset":
            self.close_connection = True
            return
        if fault in HOSTILE:
            return self.give(HOSTILE[fault](request["id"]))
        if fault == "drip":
            return self.drip()
        if fault == "tells_its_key":
            error = {"code": -32000, "message": f"no such key at {self.path}"}
            return self.give_json({"id": request["id"], "error": error})
        if fault == "http403":
            return self.give(b"{}", status=403)
        if fault == "syncing" and request["method"] == "eth_syncing":
            return self.give_json({"id": request["id"], "result": {"currentBlock": "0x1"}})
        if fault == "slow":
            server.silence.wait(0.1)
        if fault == "no_hash" and "blockHash" in json.dumps(request["params"]):
            error = {"code": -32602, "message": "invalid argument 1: hex string"}
            return self.give_json({"id": request["id"], "error": error})
        call = request["params"][0].get("data", "") if request["method"] == "eth_call" else ""
        if call.startswith(CALLBACK):
            server.callbacks.append(call)
        if fault == "offchain" and call.startswith(RESOLVE):
            error = {"code": 3, "message": "execution reverted", "data": offchain_lookup(server.urls)}
            return self.give_json({"id": request["id"], "error": error})
        reply = server.node.call_raw(request)
        if fault == "lie" and "result" in reply:  # 203.0.113.x for 192.0.2.x
            reply = json.loads(json.dumps(reply).replace("0004c00002", "0004cb0071"))
        elif fault.startswith("lie") and request["method"] == "eth_call" and "result" in reply:
            reply["result"] = "0x" + fault[3:].rjust(64, "0")
        if fault == "wrong_chain" and request["method"] == "eth_chainId":
            reply["result"] = "0x5"
        if fault == "rpc_error" and request["method"] == "eth_call":
            reply = {"id": request["id"], "error": {"code": -32603, "message": "internal error"}}
        if fault == "stale" and request["method"] == "eth_getBlockByNumber":
            reply["result"].update(number="0x10", timestamp="0x5f5e1000", hash="0x" + "5a" * 32)
        if fault == "empty" and request["method"] == "eth_call" and "result" in reply:
            reply["result"] = "0x"
        if fault == "huge":
            reply["result"] = HUGE
        if "data" in reply.get("error", {}):
            self.shape_revert(reply["error"], fault)
        return self.give_json(reply, cut=fault == "truncated")

    def drip(self):
        """A body that would come, a byte every 50 ms."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            while not self.server.silence.wait(0.05):
                self.wfile.write(b"{")
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def shape_revert(self, error, fault):
        """As other clients than the node's say it."""
        if fault == "no_data":
            error.update(code=-32000, message="execution reverted")
            del error["data"]
        if fault == "parity":
            error.update(code=-32015, message="VM execution error.", data="Reverted " + error["data"])
        if fault == "besu":
            error.update(code=-32000, message="Execution reverted")

    def give_json(self, reply, cut=False):
        text = json.dumps({"jsonrpc": "2.0", **reply}).encode()
        self.give(text[:len(text) // 2] if cut else text)

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
        return self.start_with({"ens": upstream}, routes or [
            {"zone": zone, "tiers": [["ens"]]} for zone in zones], **(top or {}))

    def start_with(self, upstreams, routes, **top):
        config = daemon.configuration(self.folder, 0, upstreams, routes)
        config.update({"workers": 1, **top})
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


class OwnNodes(EnsCase):
    """Each test has nodes of its own on one chain, which it may pause, stop and start."""

    wanted = 1

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.nodes = [Node(self.folder).start() for _ in range(self.wanted)]
        for i in range(self.wanted):
            self.addCleanup(lambda i=i: self.nodes[i].stop())
        self.relays = []

    def start_again(self, number):
        self.nodes[number] = Node(self.folder, self.nodes[number].port).start()
