#!/usr/bin/env python3
"""An upstream that is given by host name, and a bootstrap server that tells where it is, late."""
import socket
import struct
import threading
import unittest

from lab_case import LabCase, wait_for


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


if __name__ == "__main__":
    unittest.main()
