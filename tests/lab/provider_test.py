#!/usr/bin/env python3
"""The lab's own test: providers agree on names, and each fault does what its name says."""
import socket
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import zone  # noqa: E402
from provider import Provider, obey  # noqa: E402


def query(name, rtype=zone.A, payload=0, cookie=b""):
    option = struct.pack(">HH", zone.COOKIE, len(cookie)) + cookie if cookie else b""
    edns = b""
    if payload or option:
        edns = b"\0" + struct.pack(">HHIH", zone.OPT, payload or 1232, 0, len(option)) + option
    return (struct.pack(">6H", 7, 0x0100, 1, 0, 0, 1 if edns else 0) + zone.name_wire(name)
            + struct.pack(">2H", rtype, 1) + edns)


def ask(provider, message, wait=2.0):
    """The reply over UDP, None for silence; ConnectionRefusedError where nothing listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(wait)
        client.connect((provider.address, provider.port))
        client.send(message)
        try:
            return client.recv(4096)
        except TimeoutError:
            return None


def ask_tcp(provider, *messages):
    """Replies over one connection, all questions sent at once."""
    with socket.create_connection((provider.address, provider.port), timeout=2) as client:
        client.sendall(b"".join(struct.pack(">H", len(m)) + m for m in messages))
        stream = client.makefile("rb")
        return [stream.read(struct.unpack(">H", stream.read(2))[0]) for _ in messages]


def rcode(reply):
    return reply[3] & 15


class ProviderTest(unittest.TestCase):
    def setUp(self):
        self.cloud = Provider("cloud", private=["corp.internal"]).start()
        self.addCleanup(self.cloud.stop)
        self.alpha = Provider("alpha").start()
        self.addCleanup(self.alpha.stop)

    def test_providers_agree_on_public_names(self):
        question = query("www.example.org.")
        self.assertEqual(ask(self.cloud, question), ask(self.alpha, question))

    def test_a_fault_of_one_name(self):
        self.cloud.faults["broken.example.org."] = "servfail"
        self.assertEqual(rcode(ask(self.cloud, query("broken.example.org."))), zone.SERVFAIL)
        self.assertEqual(rcode(ask(self.cloud, query("www.example.org."))), zone.NOERROR)

    def test_an_alias_leaves_out_its_target(self):
        self.alpha.aliases["www.example.org."] = "db.corp.internal."
        reply = ask(self.alpha, query("www.example.org."))
        self.assertEqual((0, 1), (rcode(reply), struct.unpack(">H", reply[6:8])[0]))
        self.assertTrue(reply.endswith(zone.name_wire("db.corp.internal.")))

    def test_cookies_and_sites(self):
        def cookies(value):
            reply = ask(self.alpha, query("www.example.org.", cookie=value))
            sent = zone.read_options(reply[-20:]) if reply[11] else {}
            return rcode(reply), sent.get(zone.COOKIE)

        self.assertEqual(ask(self.alpha, query("www.example.org.", payload=1232)),
                         ask(self.alpha, query("www.example.org.", cookie=b"8 bytes.")))
        obey(self.alpha, "cookies give")
        _, right = cookies(b"8 bytes.")
        self.assertEqual((b"8 bytes.", 16), (right[:8], len(right)))
        self.alpha.cookies = "require"
        self.assertEqual((7, right), cookies(b"8 bytes."))  # the lower half of BADCOOKIE
        self.assertEqual((0, right), cookies(right))
        obey(self.alpha, "site 2")
        self.assertEqual(7, cookies(right)[0])
        self.alpha.cookies = "refuse"
        self.assertEqual((zone.FORMERR, None), (cookies(right)[0], None))
        self.assertEqual(2, self.alpha.bad_cookies)
        self.assertEqual(b"8 bytes.", self.alpha.questions[1].options[zone.COOKIE])

    def test_only_whoami_tells_them_apart(self):
        question = query("whoami.lab.", zone.TXT)
        self.assertIn(b"cloud", ask(self.cloud, question))
        self.assertIn(b"alpha", ask(self.alpha, question))

    def test_private_zone_is_the_clouds_alone(self):
        question = query("db.corp.internal.")
        self.assertEqual(zone.NOERROR, rcode(ask(self.cloud, question)))
        self.assertEqual(zone.NXDOMAIN, rcode(ask(self.alpha, question)))
        self.assertEqual(1, self.alpha.seen(".internal."))

    def test_rcode_faults(self):
        for fault, expected in (("servfail", 2), ("refused", 5), ("nxdomain", 3), ("formerr", 1)):
            self.cloud.fault = fault
            self.assertEqual(expected, rcode(ask(self.cloud, query("a.example."))), fault)
        self.cloud.fault = "empty"
        reply = ask(self.cloud, query("a.example."))
        self.assertEqual((0, 0), (rcode(reply), struct.unpack(">H", reply[6:8])[0]))

    def test_silence_and_recovery(self):
        for fault in ("drop", "loss:100", "tcp-only"):
            self.cloud.fault = fault
            self.assertIsNone(ask(self.cloud, query("a.example."), 0.1), fault)
        self.cloud.fault = "ok"
        self.assertIsNotNone(ask(self.cloud, query("a.example.")))

    def test_closed_refuses_and_reopens_on_the_same_port(self):
        port = self.cloud.port
        self.cloud.fault = "closed"
        with self.assertRaises(ConnectionRefusedError):
            ask(self.cloud, query("a.example."))
        with self.assertRaises(ConnectionRefusedError):
            ask_tcp(self.cloud, query("a.example."))
        self.cloud.fault = "ok"
        self.assertEqual(port, self.cloud.port)
        self.assertIsNotNone(ask(self.cloud, query("a.example.")))

    def test_slow_is_late_but_right(self):
        self.cloud.fault = "slow:1000"
        self.assertIsNone(ask(self.cloud, query("a.example."), 0.1))
        self.assertEqual(0, rcode(ask(self.cloud, query("a.example."))))

    def test_above_drops_what_exceeds_a_second(self):
        self.cloud.fault = "above:3"
        answered = [ask(self.cloud, query("a.example."), wait) is not None
                    for wait in (2, 2, 2, 0.1, 0.1)]
        self.assertEqual(answered, [True] * 3 + [False] * 2)
        self.assertEqual(self.cloud.dropped, 2)

    def test_truncation_and_tcp(self):
        question = query("big-3000.example.", zone.TXT)
        reply = ask(self.cloud, question)
        self.assertTrue(reply[2] & 2, "TC over UDP")
        whole, second = ask_tcp(self.cloud, question, query("b.example."))
        self.assertFalse(whole[2] & 2)
        self.assertGreater(len(whole), 3000)
        self.assertEqual(0, rcode(second))

    def test_garbage_is_ignored(self):
        for junk in (b"", b"\0" * 11, b"\xff" * 40, query("a.example.")[:-3]):
            self.assertIsNone(ask(self.cloud, junk, 0.05))
        self.assertIsNotNone(ask(self.cloud, query("a.example.")))

    def test_control_lines(self):
        self.assertIn('"fault": "slow:20"', obey(self.cloud, "fault slow:20\n"))
        self.assertIn("error", obey(self.cloud, "fault nonsense"))
        self.assertIn('"name": "cloud"', obey(self.cloud, "get"))

    def test_only_loopback(self):
        with self.assertRaises(ValueError):
            Provider("far", "192.0.2.1")


if __name__ == "__main__":
    unittest.main()
