"""Scenario transports: misses over UDP, TCP, DoT and DoH; a provider that dies; idle connections.

The upstream is bin/upstream behind a dnsdist that speaks all four, with a certificate of its own.
"""
import os
import signal
import subprocess
import sys
import time

import load
import results
from peers import ROOT, RUN, Server, Upstream, module, query, slots

sys.path.insert(0, ROOT + "/../tests/lab")

from certificate import make_certificate  # noqa: E402

TRANSPORTS = {"udp": 5301, "tcp": 5301, "dot": 5853, "doh": 5443}
NAME = "resolver.example"
P = ("p50", "p99")
AT_RATE = 1000  # queries a second, for latencies and for the provider that dies
DIES_AT, END = 3, 8  # seconds
MANY = 60  # upstreams, each with two idle connections: one for probes


class Provider:
    """A dnsdist in front of a bin/upstream. As `peers.Upstream` is, for one transport."""

    def __init__(self, ip, transport, certificate, addresses=()):
        self.ip, self.port = ip, TRANSPORTS[transport]
        self.addresses = addresses or (ip,)  # it listens at
        self.behind = Upstream(ip, 5400, ttl=86400)
        self.folder = f"{RUN}/provider-{ip}"
        self.certificate, self.key = certificate
        self.process = None

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        self.behind.start()
        files = f'"{self.certificate}", "{self.key}"'
        lines = ['setSecurityPollSuffix("")', 'setACL("127.0.0.0/8")']
        lines += ["setMaxUDPOutstanding(65535)", "setMaxTCPClientThreads(1)"]
        many = "{maxInFlight=1000}"
        for n, ip in enumerate(self.addresses):
            word = "addLocal" if n else "setLocal"
            lines.append(f'{word}("{ip}:{TRANSPORTS["udp"]}", {many})')
            lines.append(f'addTLSLocal("{ip}:{TRANSPORTS["dot"]}", {files}, {many})')
            lines.append(f'addDOHLocal("{ip}:{TRANSPORTS["doh"]}", {files}, "/dns-query")')
        lines.append(f'newServer({{address="{self.ip}:5400", sockets=4}})')
        path = self.folder + "/dnsdist.conf"
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        command = ["dnsdist", "--supervised", "--disable-syslog", "-C", path]
        with open(self.folder + "/log.txt", "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", "1", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        for _ in range(100):
            if query(self.ip, TRANSPORTS["udp"]):
                return self
            time.sleep(0.05)
        raise RuntimeError("no provider: see " + self.folder)

    def questions(self):
        return self.behind.questions()

    def pids(self):
        return [*self.behind.pids(), self.process.pid] if self.process else []

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.behind.kill()


def speaks(name, transport):
    return transport in getattr(module(name), "UPSTREAM_TRANSPORTS", ())


def told(transport, authority):
    """What a server hears of its upstreams, for its launch()."""
    return {"transport": transport, "ca": str(authority[0]), "upstream_name": NAME}


def serve(name, slot, transport, authority, certificate, count=1, **settings):
    """A server that asks `count` providers over one transport, ready to be asked."""
    providers = [
        Provider(f"127.0.{40 + slot}.{n + 1}", transport, certificate).start() for n in range(count)
    ]
    about = told(transport, authority)
    server = Server(name, slot, providers, tag=f"_{transport}", **about, **settings)
    try:
        return server.start()
    except (RuntimeError, OSError):
        server.close()
        raise


def latency(server, seed):
    run = load.run(server, open=AT_RATE, duration=3, names="uniq:l", seed=seed)
    return {key: run["lat_us"][key] for key in P}


def measure(server, number, seconds):
    names = f"uniq:t{number}"
    load.run(server, closed=50, count=2000, duration=5, names=names, seed=77)
    closed = load.measured(server, 1000 * (number + 1), closed=200, duration=seconds, names=names)
    return {**closed, **latency(server, 9000 + number)}


def throughput(names, certificates, rounds, seconds):
    report = {"at": time.strftime("%F %T"), "servers": {}}
    for number in range(rounds):
        for transport in TRANSPORTS:
            for slot, name in slots([n for n in names if speaks(n, transport)]):
                runs = report["servers"].setdefault(name, {"runs": {}})
                server = None
                try:
                    server = serve(name, slot, transport, *certificates)
                    runs["version"] = server.version()
                    run = measure(server, number, seconds)
                    runs["runs"].setdefault(transport, []).append(run)
                    shown = [run[key] for key in ("q_per_cpu_s", "loss_pct", "other_cpu", *P)]
                    print(number, transport, name, *shown, flush=True)
                except (RuntimeError, OSError) as error:
                    runs.setdefault("errors", []).append(f"{transport}: {error}")
                    print(transport, name, "ERROR", error, flush=True)
                finally:
                    if server:
                        server.close()
    return report


def death(name, slot, certificates, transport, how):
    """AT_RATE questions a second; the provider asked dies, or falls silent, in their middle."""
    server = serve(name, slot, transport, *certificates, count=2)
    out = f"{RUN}/{name}_death.bin"
    try:
        options = {"open": AT_RATE, "names": "uniq:d", "timeout_ms": 5000, "out": out, "seed": 4}
        client = load.start(server, duration=END, **options)
        time.sleep(DIES_AT)
        asked = [provider.questions() for provider in server.upstreams]
        victim = server.upstreams[asked.index(max(asked))]
        if how == "killed":
            victim.kill()
        else:
            victim.process.send_signal(signal.SIGSTOP)
        client.communicate()
        if how != "killed":
            victim.process.send_signal(signal.SIGCONT)
        records = load.records(out)
        after = [r[1] if r[2] == 0 else load.GAVE_UP_MS for r in records if r[0] >= DIES_AT - 0.2]
        return {
            "asked": len(records),
            "failed": sum(1 for r in records if r[2] != 0),
            "p99_ms": results.rounded(results.percentile(after, 0.99)),
            "max_ms": results.rounded(max(after)),
        }
    finally:
        server.close()


class Address:
    """One more address of a provider, as another provider."""

    def __init__(self, ip, port):
        self.ip, self.port = ip, port

    def pids(self):
        return []

    def questions(self):
        return 0

    def kill(self):
        pass


def connections_to(port):
    command = ["ss", "-Htn", "state", "established", "dport", "=", f":{port}"]
    return len(subprocess.run(command, capture_output=True, text=True).stdout.splitlines())


def with_connections(slot, certificates, transport, count, there):
    """(RSS in KiB, connections) of holdfast with `count` upstreams that were asked and probed; but
    for the first one they refuse connections unless they are `there`."""
    authority, certificate = certificates
    addresses = [f"127.0.{40 + slot}.{n + 1}" for n in range(count)]
    listening = addresses if there else addresses[:1]
    provider = Provider(addresses[0], transport, certificate, listening).start()
    upstreams = [provider, *(Address(ip, provider.port) for ip in addresses[1:])]
    routes = [{"zone": ".", "tiers": [["u0"]]}]
    routes += [{"zone": f"r{n}.benchzone.com", "tiers": [[f"u{n}"]]} for n in range(1, count)]
    about = told(transport, authority)
    server = Server("holdfast", slot, upstreams, tag="_idle", extra={"routes": routes}, **about)
    try:
        server.start()
        for n in range(1, count):
            query(server.ip, server.port, f"a.r{n}.benchzone.com", timeout=3)
        return server.rss(), connections_to(provider.port)
    finally:
        server.close()


def idle(slot, certificates, runs=3):
    """KiB that one more connection to an upstream, idle, costs holdfast: beyond the same upstreams
    when they refuse."""
    sizes = {}
    for transport in ("dot", "doh"):
        each = []
        for _ in range(runs):
            (without, few), (with_all, many) = (
                with_connections(slot, certificates, transport, MANY, there)
                for there in (False, True)
            )
            each.append(round((with_all - without) / max(1, many - few), 1))
        sizes[transport] = {"connections": many, "kib_each": each}
    return sizes


def transports(names, rounds=3, seconds=2):
    folder = RUN + "/certificates"
    os.makedirs(folder, exist_ok=True)
    authority = make_certificate(folder, "authority.example")
    certificate = make_certificate(folder, NAME, authority=authority)
    certificates = (authority, certificate)
    report = throughput(names, certificates, rounds, seconds)
    slot = dict((name, slot) for slot, name in slots(names))
    for name in [n for n in names if n in ("holdfast", "dnsdist")]:
        ends = report["servers"].setdefault(name, {}).setdefault("death", {})
        for transport in ("dot", "doh"):
            for how in ("killed", "stopped"):
                ends[f"{transport} {how}"] = death(name, slot[name], certificates, transport, how)
                print(name, transport, how, ends[f"{transport} {how}"], flush=True)
    if "holdfast" in names:
        report["servers"]["holdfast"]["idle"] = idle(slot["holdfast"], certificates)
    print(report["servers"].get("holdfast", {}).get("idle"))
    results.save("transports", report)
