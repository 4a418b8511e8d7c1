#!/usr/bin/env python3
"""Upstreams that are given by host name, and bootstrap servers that tell where they are: late, and
until they die."""
import socket
import struct
import tempfile
import threading
import unittest
from pathlib import Path

from lab_case import Holdfast, LabCase, daemon, wait_for
from certificate import make_certificate
from peer import APEX, Named, Unbound, missing, zone

NAME = "dns.provider.example"
MISSING = missing("unbound", "named", "openssl")


class Bootstrap(threading.Thread):
    """Answers every A question with 127.0.0.1, others with nothing; silent until told to speak."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.speaks = threading.Event()

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not self.speaks.is_set():
                continue
            end = query.index(b"\0", 12) + 5
            is_a = query[end - 4:end - 2] == b"\0\1"
            head = query[:2] + struct.pack(">5H", 0x8180, 1, 1 if is_a else 0, 0, 0)
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([127, 0, 0, 1])
            self.socket.sendto(head + query[12:end] + (record if is_a else b""), client)


class AddressComesLate(LabCase):
    @classmethod
    def configure(cls, config):
        cls.bootstrap = Bootstrap()
        cls.bootstrap.start()
        config["bootstrap"] = [cls.bootstrap.endpoint]
        port = cls.alpha.endpoint.rpartition(":")[2]
        config["upstreams"]["named"] = {"class": "external", "provider": "named",
                                        "url": f"udp://dns.provider.example:{port}"}
        config["routes"].append({"zone": "example.net", "tiers": [["named"], ["alpha"]]})

    def test_it_is_down_until_its_address_is_known(self):
        named = self.holdfast.upstream("named")
        self.assertEqual((named["state"], named["usable"], named["cause"]),
                         ("down", False, "no_address"))
        self.assertIsNone(named["next_probe"])
        self.assertIn("upstream named: up -> down (no_address)", self.holdfast.log())
        self.assertIn("no_address", self.holdfast.ctl("status").stdout)
        self.assertEqual(self.holdfast.dig("before.example.net")[0], "NOERROR")
        self.bootstrap.speaks.set()
        named = wait_for(lambda: (u := self.holdfast.upstream("named"))["usable"] and u,
                         "the upstream to be usable", 60)
        self.assertEqual((named["state"], named["cause"]), ("up", "address_found"))
        wait_for(lambda: self.holdfast.upstream("named")["last_probe"], "a probe at once", 5)
        self.assertEqual(self.holdfast.dig("after.example.net")[0], "NOERROR")
        self.assertEqual(self.holdfast.upstream("named")["answered"], 1)


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}; see .ci/setup test")
class RealServers(LabCase):
    """unbound over TLS under a name that named knows: at an IPv6 address, where nobody listens, and
    an IPv4 address."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        authority = make_certificate(cls.folder, "authority.example")
        cls.unbound = Unbound(cls.folder, "127.0.0.33",
                              [(f"n{n}.{APEX}", zone.A) for n in range(8)])
        cls.unbound.certificate = make_certificate(cls.folder, NAME, authority=authority)
        cls.named = Named(cls.folder, "127.0.0.1",
                          [f"{NAME}. 600 A 127.0.0.33", f"{NAME}. 600 AAAA ::1"])
        for server in (cls.unbound, cls.named):
            server.start()
            cls.addClassCleanup(server.kill)
        tls = {"class": "external", "ca_file": str(authority[0])}
        upstreams = {
            "named": {**tls, "url": f"tls://{NAME}:{cls.unbound.tls_port}"},
            "lost": {**tls, "url": "tls://nowhere.provider.example"},
        }
        config = daemon.configuration(cls.folder, 0, upstreams,
                                      [{"zone": ".", "tiers": [["named"], ["lost"]]}])
        config["bootstrap"] = [cls.named.endpoint]
        config["store"] = {"path": str(cls.folder / "store")}
        cls.holdfast = Holdfast(cls.folder, config)
        cls.addClassCleanup(cls.check_stop)

    def setUp(self):
        pass

    def ask(self, number):
        self.assertEqual(self.holdfast.dig(f"n{number}.{APEX}")[0], "NOERROR")

    def usable(self):
        return wait_for(lambda: (u := self.holdfast.upstream("named"))["usable"] and u,
                        "the upstream to be found")

    def test_the_upstream_outlives_its_bootstrap_server_and_a_restart(self):
        self.holdfast.start()
        self.assertIn(NAME, self.usable()["address"])
        self.ask(0)
        lost = wait_for(lambda: (u := self.holdfast.upstream("lost"))["fault"] and
                        "yet" not in u["fault"] and u, "the reason")
        self.assertEqual((lost["state"], lost["cause"]), ("down", "no_address"))
        self.assertIn("no address of nowhere.provider.example: ", lost["fault"])
        self.assertIn("/upstreams/lost/url: no addresses for nowhere.provider.example",
                      self.holdfast.log())

        self.named.kill()
        self.ask(1)
        # What was learnt is on disk within two seconds of its coming.
        wait_for(lambda: self.holdfast.status()["store"]["written"] > 0, "the store")
        self.assertEqual(self.holdfast.stop(), 0)
        self.holdfast.start()
        self.usable()
        self.assertIn(f"{NAME} is taken to be where it was before the restart",
                      self.holdfast.log())
        self.ask(2)
        self.assertEqual(self.holdfast.upstream("named")["answered"], 1)


if __name__ == "__main__":
    unittest.main()
