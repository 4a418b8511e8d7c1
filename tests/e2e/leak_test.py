#!/usr/bin/env python3
"""No private name leaves for anybody but its own upstreams, whatever fails: every packet of the
host is looked at, in a network namespace of its own, as root."""
import os
import random
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from lab_case import Holdfast, Provider, daemon, wait_for

import capture
import namespace
import zone

# Names of zones and who may be asked about them; the public ones are everybody's. `hint.example`
# is an ordinary name to the configuration: the cloud's answers hold private addresses.
CLOUD, CORP, ALPHA, BETA = "127.0.0.11 127.0.0.12", "127.0.0.13", "127.0.0.21", "127.0.0.22"
SPLIT, OPEN, HINT = "split.example.", "open.example.", "hint.example."
BUILT_IN = ("internal.", "10.in-addr.arpa.", "16.172.in-addr.arpa.", "31.172.in-addr.arpa.",
            "168.192.in-addr.arpa.", "64.100.in-addr.arpa.", "127.100.in-addr.arpa.",
            "254.169.in-addr.arpa.", "c.f.ip6.arpa.", "d.f.ip6.arpa.", "8.e.f.ip6.arpa.",
            "b.e.f.ip6.arpa.")
OWNERS = {name: CLOUD.split() for name in ("secret.example.", SPLIT, HINT, *BUILT_IN)}
OWNERS["branch.example."] = [CORP]
PRIVATE = [apex for apex in OWNERS if apex != HINT]  # by what the configuration says
TYPES = (zone.A, zone.AAAA, zone.TXT, zone.SOA, zone.NS, zone.MX, zone.SRV, 12, 65, 64, 257, 43)
QUERY_BITS = [(cd, do) for cd in (0, 0x0010) for do in (None, 0, 0x8000)]


def odd_case(name, dice):
    return "".join(dice.choice((c.upper(), c)) for c in name)


def query(ident, name, rtype, cd=0, do=None):
    """`do`: the flags of an OPT record, None for a query without one."""
    edns = b"" if do is None else b"\0" + struct.pack(">HHIH", zone.OPT, 1232, do, 0)
    return (struct.pack(">6H", ident, 0x0100 | cd, 1, 0, 0, 1 if edns else 0)
            + zone.name_wire(name) + struct.pack(">2H", rtype, 1) + edns)


class Load:
    """Clients on UDP sockets and one TCP connection; each query must be answered."""

    def __init__(self, port, seed):
        self.port, self.dice = port, random.Random(seed)

    def messages(self, names):
        """Each name once, its case, type and flags at random."""
        return [query(ident, odd_case(name, self.dice), self.dice.choice(TYPES),
                      *self.dice.choice(QUERY_BITS)) for ident, name in enumerate(names)]

    def over_udp(self, messages, rate=400):
        """The ids of those that got no reply."""
        unanswered = {struct.unpack(">H", message[:2])[0] for message in messages}
        clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        for client in clients:
            client.connect(("127.0.0.1", self.port))
            client.settimeout(0.1)
        end = time.monotonic() + len(messages) / rate + 10

        def receive(client):
            while unanswered and time.monotonic() < end:
                try:
                    unanswered.discard(struct.unpack(">H", client.recv(4096)[:2])[0])
                except TimeoutError:
                    pass
        threads = [threading.Thread(target=receive, args=(c,), daemon=True) for c in clients]
        for thread in threads:
            thread.start()
        for number, message in enumerate(messages):
            clients[number % len(clients)].send(message)
            time.sleep(1 / rate)
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
        return unanswered

    def over_tcp(self, messages):
        """How many replies came."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            stream = client.makefile("rb")
            for message in messages:
                client.sendall(struct.pack(">H", len(message)) + message)
            for count in range(len(messages)):
                size = stream.read(2)
                if len(size) < 2 or not stream.read(struct.unpack(">H", size)[0]):
                    return count
            return len(messages)


def private_names(tag):
    """Names of every private zone, such as search lists make among them."""
    for apex in PRIVATE:
        yield apex
        for number in range(3):
            yield f"h{number}.{tag}.{apex}"
        yield f"www.example.org.{tag}.{apex}"
        yield f"big-3000.{tag}.{apex}"
        yield f"_tcp.alias.{tag}.{apex}"


def public_names(tag):
    for number in range(20):
        yield f"w{number}.{tag}.example.org."
    yield f"nx.{tag}.example.org."
    yield f"big-3000.{tag}.example.org."
    yield f"chain-3.{tag}.example.org."


class Leak(unittest.TestCase):
    POLICY = {"policy": "ordered", "hedge": "route"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-leak.")
        self.addCleanup(folder.cleanup)
        inside = ["secret.example", SPLIT, OPEN, HINT, "internal"]
        self.providers = [
            Provider("vpc-1", "127.0.0.11", private=inside),
            Provider("vpc-2", "127.0.0.12", private=inside),
            Provider("corp", CORP, private=["branch.example"]),
            Provider("alpha", ALPHA), Provider("beta", BETA)]
        self.dying, self.public = self.providers[:3], self.providers[3:]
        for provider in self.providers:
            provider.start()
            self.addCleanup(provider.stop)
        self.capture = capture.Capture().start()
        self.holdfast = Holdfast(Path(folder.name), self.configuration(folder.name))
        self.holdfast.start()
        self.addCleanup(self.holdfast.stop)

    def configuration(self, folder):
        upstreams = {}
        for provider in self.providers:
            scheme = "tcp" if provider.name == "beta" else "udp"
            upstreams[provider.name] = {
                "class": "cloud" if provider.name.startswith("vpc") else "external",
                "provider": provider.name, "url": f"{scheme}://{provider.endpoint}",
                "probe": {"interval": "200ms"}}
        clouds = ["vpc-1", "vpc-2"]
        config = daemon.configuration(folder, 0, upstreams, [
            {"zone": ".", "tiers": [clouds, ["alpha", "beta"]], **self.POLICY},
            {"zone": "secret.example", "tiers": [[n] for n in clouds], "visibility": "private",
             **self.POLICY},
            {"zone": "branch.example", "tiers": [["corp"]], "visibility": "private"},
            {"zone": SPLIT, "tiers": [clouds, ["alpha"]], "visibility": "split-view",
             **self.POLICY},
            {"zone": OPEN, "tiers": [clouds, ["alpha", "beta"]], "visibility": "split-view",
             "allow_public_answers": True, **self.POLICY}])
        config["workers"] = 2
        # All that sends more is on, and what is held ends soon.
        config["failover"] = {
            "exchange_timeout": "300ms", "exchange_timeout_fast": "150ms", "stale_after": "400ms",
            "lookup_deadline": "1s", "hedge_min": "1ms", "hedge_max": "5ms", "hedge_ratio": 1,
            "hedge_burst": 100000, "retry_ratio": 1, "retry_burst": 100000,
            "failure_backoff": "100ms", "failure_backoff_max": "200ms", "failure_ttl": "1s"}
        config["health"] = {"probe_suspect": "100ms", "probe_down_first": "100ms",
                            "probe_down_max": "200ms", "probe_no_usable": "100ms"}
        config["stale"] = {"public": "3s", "private": "3s"}
        config["ttl"] = {"max": "1s", "negative_max": "1s"}
        return config

    def set_aliases(self, tag):
        """CNAMEs across: from public names to private ones, told by everybody, and back. Their
        names by who tells."""
        across, back = [], []
        for number, apex in enumerate(PRIVATE):
            name = f"across{number}.{tag}.example.org."
            for provider in self.providers:
                provider.aliases[name] = f"target.{tag}.{apex}"
            across.append(name)
            name = f"back{number}.{tag}.{apex}"
            for provider in self.dying:
                provider.aliases[name] = f"back.{tag}.example.org."
            back.append(name)
        return across, back

    def warm_hints(self):
        """What the cloud said of them last, while it lived, were private addresses."""
        names = [f"h{number}.{HINT}" for number in range(30)]
        load = Load(self.holdfast.port, 7)
        self.assertEqual(load.over_udp([query(n, name, zone.A) for n, name in enumerate(names)]),
                         set())
        self.assertEqual(self.holdfast.dig(names[0])[1][0].split(".")[0], "10")
        return names

    def play(self, fault, seed):
        tag = fault.replace(":", "-")
        across, back = self.set_aliases(tag)
        for provider in self.dying:
            provider.fault = fault
        load = Load(self.holdfast.port, seed)
        opened = [f"o{number}.{tag}.{OPEN}" for number in range(10)]
        names = [*private_names(tag), *public_names(tag), *across, *back, *opened, *self.hints]
        load.dice.shuffle(names)
        self.assertEqual(load.over_udp(load.messages(names * 2)), set(), fault)
        some = load.messages(load.dice.sample(names, 60))
        self.assertEqual(load.over_tcp(some), len(some), fault)
        asked = sum(provider.seen(f".{tag}.example.org.") for provider in self.public)
        self.assertGreater(asked + (fault == "ok"), 0, fault)

    def test_private_names_reach_their_own_upstreams_only(self):
        self.hints = self.warm_hints()
        for seed, fault in enumerate(("ok", "drop", "refused", "servfail", "loss:60", "slow:350",
                                      "closed")):
            self.play(fault, seed)
        wait_for(lambda: self.holdfast.upstream("vpc-1")["state"] == "down", "the cloud to be down")
        self.play_once_more_when_nothing_is_held()
        self.assertEqual(self.holdfast.stop(), 0)
        self.capture.stop()
        self.assertEqual(self.capture.lost, 0, "packets the record lacks")
        sent = self.capture.sent()
        self.check_record(sent)
        self.assert_nothing_leaked(sent)

    def play_once_more_when_nothing_is_held(self):
        """Past the end of what may be served stale: the hint outlives it."""
        load = Load(self.holdfast.port, 99)
        time.sleep(4.5)
        self.assertEqual(load.over_udp(load.messages(self.hints)), set())
        self.assertEqual(self.holdfast.dig(self.hints[0])[0], "SERVFAIL")

    def check_record(self, sent):
        """It shows what it should show, or its silence about the rest would prove nothing."""
        for provider in self.providers:
            self.assertGreater(sum(map(len, sent.get(provider.address, []))), 2000, provider.name)
        for apex, owners in OWNERS.items():
            asked = [owner for owner in owners if count(sent, owner, apex) > 0]
            self.assertEqual(asked, owners, f"nobody asked about {apex}")
        for address in (ALPHA, BETA):
            self.assertGreater(count(sent, address, "example.org."), 0)
        # With allow_public_answers, and nothing held, others are asked.
        self.assertGreater(count(sent, ALPHA, OPEN) + count(sent, BETA, OPEN), 0)

    def assert_nothing_leaked(self, sent):
        inside = {"127.0.0.1"}  # clients and the daemon itself; providers reply to it
        for apex, owners in OWNERS.items():
            for address in sent:
                if address not in inside and address not in owners:
                    self.assertEqual(count(sent, address, apex), 0, f"{apex} at {address!r}")


class LeakInARace(Leak):
    POLICY = {"policy": "race", "hedge": "route"}


def count(sent, address, apex):
    """Pieces sent there that hold a name at or below `apex`, in any case."""
    wire = zone.name_wire(apex.lower())
    return sum(piece.count(wire) for piece in sent.get(address, []))


if __name__ == "__main__":
    if os.geteuid() != 0 or not namespace.enter():
        print("skipped: no right to make a network namespace")
        sys.exit(77)
    namespace.route_to_nowhere()
    unittest.main()
