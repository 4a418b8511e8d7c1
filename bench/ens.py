#!/usr/bin/env python3
"""ens.py [run|record]: names on a chain under load, with endpoints that are silent or lie.

`run` starts three endpoints (bin/rpc) that answer after 20 ms what a node once said (ens-transcript.txt), and one daemon
for each case, and asks it at a steady rate for names of which each is new; then counts what a cold, a warm and
a cached name cost, and runs the micro benchmarks of names where they were built (build/bench, or MICRO). `record` makes
the transcript anew, from a real node (anvil). Prints tables for RESULTS.md, writes results/ens.json.
"""
import argparse
import asyncio
import http.server
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/lab"))

import anvil  # noqa: E402 (found in the folder above)
import daemon  # noqa: E402

TRANSCRIPT = HERE / "ens-transcript.txt"
RIGHT = bytes([192, 0, 2, 99])
ZONE = "dns.eth"  # has a wildcard
PATIENCE = 5  # seconds, as glibc's


def name_of(number):
    return f"n{number:06d}.{ZONE}"


def query_of(name, ident, rr_type=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", rr_type, 1)


def outcome_of(reply):
    if reply[3] & 15 == 2:
        return "servfail"
    if reply[3] & 15 == 0 and reply[6:8] == b"\0\1":
        return "right" if reply[-4:] == RIGHT else "wrong"
    return "wrong"  # no such name, or no address: a lie, too


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


class Recorder(http.server.ThreadingHTTPServer):
    """In front of a node; keeps what it says by what it was asked."""

    daemon_threads = True

    def __init__(self, node):
        super().__init__(("127.0.0.1", 0), RecorderHandler)
        self.node, self.kept = node, {}
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class RecorderHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):  # noqa: N802 (the library's word)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        asked = urllib.request.Request(self.server.node.url, body,
                                       {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=5) as reply:
            text = reply.read()
        said = json.loads(text)
        key = request["method"]
        if key == "eth_call":
            data = request["params"][0]["data"][2:]
            key = f"{data[:8]}/{len(data)}"
        member = "error" if "error" in said else "result"
        self.server.kept[key] = json.dumps({member: said[member]}, separators=(",", ":"))[1:-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class OneDaemon:
    """A daemon whose endpoints are these urls; `chain` are further keys of the upstream."""

    def __init__(self, folder, urls, **chain):
        upstream = {"class": "ens", "provider": "ethereum", "max_head_age": "0s", "ccip": "off",
                    "endpoints": [{"url": url, "provider": f"rpc-{i}"}
                                  for i, url in enumerate(urls)], **chain}
        config = daemon.configuration(folder, 0, {"ens": upstream},
                                      [{"zone": "eth", "tiers": [["ens"]]}])
        self.config = {**config, "workers": 2}
        self.folder = Path(folder)
        self.process = None

    def __enter__(self):
        path, log = self.folder / "holdfast.json", self.folder / "holdfastd.log"
        path.write_text(json.dumps(self.config), encoding="utf-8")
        with open(log, "wb") as out:
            self.process = subprocess.Popen([daemon.program("holdfastd"), "--config", path],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + 20
        while True:
            text = log.read_text(encoding="utf-8")
            dns = re.search(r"answers on 127\.0\.0\.1:(\d+)", text)
            web = re.search(r"http://127\.0\.0\.1:(\d+)/", text)
            if dns and web:
                self.port, self.web = int(dns[1]), int(web[1])
                return self
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("holdfastd did not start: " + text)
            time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, name, rr_type=1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", self.port))
            client.send(query_of(name, 1, rr_type))
            return client.recv(4096)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/metrics", timeout=5) as page:
            return page.read().decode()

    def cpu(self):
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def calls(self):
        """eth_calls of each endpoint so far, of questions and not of those about itself."""
        found = re.findall(r'^holdfast_endpoint_requests_total\{[^}]*endpoint="([^"]*)",'
                           r'purpose="call"[^}]*\} (\d+)', self.metrics(), re.M)
        sums = {}
        for endpoint, count in found:
            sums[endpoint] = sums.get(endpoint, 0) + int(count)
        return sums


class Endpoint:
    """bin/rpc on a free port."""

    def __init__(self, delay_ms, lie=""):
        self.port = daemon.free_port("127.0.0.1")
        words = [HERE / "bin/rpc", "--listen", f"127.0.0.1:{self.port}", "--transcript", TRANSCRIPT,
                 "--delay-ms", str(delay_ms), *(["--lie", lie] if lie else [])]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return json.loads(self.process.communicate()[0])

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class Hole:
    """Takes no connection: the kernel drops what comes once two wait."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(0)
        self.port = self.socket.getsockname()[1]
        self.waiting = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self.waiting.append(one)

    def stop(self):
        for one in (self.socket, *self.waiting):
            one.close()
        return {}


class Load(asyncio.DatagramProtocol):
    """Open loop: questions go out when they are due, whatever comes back."""

    def __init__(self, rate, seconds, first):
        self.rate, self.count, self.first = rate, int(rate * seconds), first
        self.sent, self.outcomes, self.took = {}, {}, []
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, _):
        now = time.monotonic()
        due = self.sent.pop(data[0] << 8 | data[1], None)
        if due is None:
            return
        outcome = outcome_of(data)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.took.append((now - due) * 1000)

    async def run(self, at_half=None):
        begin = time.monotonic() + 0.1
        for number in range(self.count):
            due = begin + number / self.rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self.sent[number & 0xFFFF] = due
            self.transport.sendto(query_of(name_of(self.first + number), number & 0xFFFF))
            if at_half and number == self.count // 2:
                at_half()
        end = time.monotonic() + PATIENCE
        while self.sent and time.monotonic() < end:
            await asyncio.sleep(0.05)
        if self.sent:
            self.outcomes["timeout"] = len(self.sent)
            self.took += [PATIENCE * 1000] * len(self.sent)


async def load(port, rate, seconds, first, at_half=None):
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(
        lambda: Load(rate, seconds, first), remote_addr=("127.0.0.1", port))
    await client.run(at_half)
    transport.close()
    return client


def measure(o, what, endpoints, at_half=None, **chain):
    folder = tempfile.TemporaryDirectory(prefix="holdfast-bench.")
    with folder, OneDaemon(folder.name, [f"http://127.0.0.1:{e.port}" for e in endpoints],
                           **chain) as holdfast:
        holdfast.ask(name_of(999_999))  # endpoints are known
        before, cpu = holdfast.calls(), holdfast.cpu()
        client = asyncio.run(load(holdfast.port, o.qps, o.secs, 0, at_half))
        after, cpu = holdfast.calls(), holdfast.cpu() - cpu
    took = sorted(client.took)
    calls = {name: round((after[name] - before.get(name, 0)) / client.count, 3) for name in after}
    result = {"case": what, "queries": client.count, **client.outcomes,
              "p50_ms": round(percentile(took, 0.5), 1), "p99_ms": round(percentile(took, 0.99), 1),
              "max_ms": round(took[-1], 1), "cpu_us": round(1e6 * cpu / client.count),
              "calls_per_query": calls}
    for endpoint in endpoints:
        if isinstance(endpoint, Endpoint):
            endpoint.resume()
        result.setdefault("endpoints", []).append(endpoint.stop())
    print("   ", result, flush=True)
    return result


def cases(o):
    def honest():
        return Endpoint(o.delay)

    quorum = {"mode": "quorum", "quorum": 2}
    yield measure(o, "first, all well", [honest(), honest(), honest()], mode="first")
    yield measure(o, "first, one blackholed", [honest(), honest(), Hole()], mode="first")
    yield measure(o, "quorum of 2, all well", [honest(), honest(), honest()], **quorum)
    yield measure(o, "quorum of 2, one blackholed", [honest(), honest(), Hole()], **quorum)
    three = [honest(), honest(), honest()]
    yield measure(o, "quorum of 2, one falls silent half-way", three, three[0].pause, **quorum)
    yield measure(o, "quorum of 2, one lies", [honest(), honest(), Endpoint(o.delay, "01")], **quorum)
    yield measure(o, "quorum of 2, two lie differently",
                  [honest(), Endpoint(o.delay, "01"), Endpoint(o.delay, "02")], **quorum)


def costs(o):
    """eth_calls of a cold, a warm and a cached name, at the endpoint that is asked most."""
    endpoints = [Endpoint(o.delay) for _ in range(3)]
    folder = tempfile.TemporaryDirectory(prefix="holdfast-bench.")
    one = OneDaemon(folder.name, [f"http://127.0.0.1:{e.port}" for e in endpoints], mode="quorum",
                    quorum=2)
    one.config["workers"] = 1
    with folder, one as holdfast:
        holdfast.ask("eth")  # needs no call
        # Each thread, the worker and the one that probes, has a call show it how an endpoint reverts.
        end = time.monotonic() + 10
        while sum(holdfast.calls().values()) < 2 * 3 and time.monotonic() < end:
            time.sleep(0.1)
        found = {}
        aaaa = 28  # warm: where its zone is cut is known, and its records are asked for
        for what, rr_type in (("cold", 1), ("warm", aaaa), ("cached", 1)):
            before = holdfast.calls()
            if holdfast.ask(name_of(1), rr_type)[3] & 15 != 0:
                raise RuntimeError(f"the {what} name is not answered")
            time.sleep(0.5)  # what was not waited for is counted, too
            after = holdfast.calls()
            found[what] = max(after[one] - before.get(one, 0) for one in after)
    for endpoint in endpoints:
        endpoint.stop()
    return found


def normalised():
    """Labels a second and core, by what they are; {} where the program was not built."""
    micro = Path(os.environ.get("MICRO", HERE.parent / "build/bench/bench/micro/micro"))
    if not micro.is_file():
        return {}
    done = subprocess.run([micro, "--benchmark_filter=normalise", "--benchmark_format=json"],
                          capture_output=True, check=True)
    return {one["name"]: round(1e9 / one["cpu_time"])
            for one in json.loads(done.stdout)["benchmarks"]}


def table(results):
    print("|case|queries|right|SERVFAIL|wrong|no reply|p50 ms|p99 ms|CPU us a query|"
          "calls a query and endpoint|")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|")
    for r in results:
        counts = [r.get(key, 0) for key in ("right", "servfail", "wrong", "timeout")]
        calls = " / ".join(f"{count:.2f}" for count in r["calls_per_query"].values())
        print("|" + "|".join(map(str, [r["case"], r["queries"], *counts, r["p50_ms"], r["p99_ms"],
                                       r["cpu_us"], calls])) + "|")


def record():
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.") as folder:
        node = anvil.Anvil(folder).start()
        recorder = Recorder(node)
        with OneDaemon(folder, [f"http://127.0.0.1:{recorder.server_port}"], mode="first") as one:
            reply = one.ask(name_of(0))
        recorder.shutdown()
        node.stop()
    if outcome_of(reply) != "right":
        raise RuntimeError("the node's answer is not what it should be")
    lines = [f"{key} {said}\n" for key, said in sorted(recorder.kept.items())]
    TRANSCRIPT.write_text("".join(lines), encoding="utf-8")
    print(f"{TRANSCRIPT}: {len(lines)} replies")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=("run", "record"), default="run")
    parser.add_argument("--qps", type=int, default=500)
    parser.add_argument("--secs", type=float, default=20)
    parser.add_argument("--delay", type=int, default=20, help="ms until an endpoint replies")
    o = parser.parse_args()
    if o.command == "record":
        return record()
    results = list(cases(o))
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    calls, labels = costs(o), normalised()
    everything = {"load": results, "calls": calls, "labels_a_second": labels}
    (folder / "ens.json").write_text(json.dumps(everything, indent=1), encoding="utf-8")
    print()
    table(results)
    print("\n|a name that is|eth_calls of an endpoint|\n|---|---:|")
    for what, count in calls.items():
        print(f"|{what}|{count}|")
    print("\n|names|labels a second and core|\n|---|---:|")
    for what, count in labels.items():
        print(f"|{what}|{count:,}|")
    return None


if __name__ == "__main__":
    os.environ.setdefault("HOLDFASTD", str(HERE.parent / "build/release/daemon/holdfastd"))
    main()
