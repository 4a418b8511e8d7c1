#!/usr/bin/env python3
"""A daemon that may open few files: it serves clients one after the other, stays under control, and
says what it lacks."""
import resource
import socket
import struct
import time
import unittest

from lab_case import Holdfast, LabCase, wait_for

LIMIT = 72
CLIENTS = 80
QUERY = struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + b"\3www\7example\3org\0\0\1\0\1"


def limited(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


class FewDescriptors(LabCase):
    def start(self, limit, workers=2):
        folder = self.folder / str(limit)
        folder.mkdir()
        config = dict(self.holdfast.config, control=str(folder / "control.sock"),
                      listen=["127.0.0.1:0"], workers=workers)
        daemon = Holdfast(folder, config)
        self.addCleanup(daemon.stop)
        return daemon.start(preexec_fn=limited(limit))

    def test_more_clients_over_tcp_than_descriptors(self):
        daemon = self.start(LIMIT)
        clients = []
        for _ in range(CLIENTS):
            client = socket.create_connection(("127.0.0.1", daemon.port), timeout=5)
            self.addCleanup(client.close)
            client.sendall(struct.pack(">H", len(QUERY)) + QUERY)
            clients.append(client)
        for number, client in enumerate(clients):
            reply = client.recv(2)
            self.assertEqual(len(reply), 2, f"client {number} of {CLIENTS} got no reply")
        began = time.monotonic()
        self.assertEqual(daemon.ctl("status").returncode, 0)
        self.assertEqual(daemon.get("/readyz")[0], 200)
        self.assertIn("holdfast_descriptors_lacking_total", daemon.get("/metrics")[1])
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(daemon.dig("over.udp.example.org")[0], "NOERROR")
        wait_for(lambda: "too few file descriptors" in daemon.log(), "the line in the log")
        self.assertIn("LimitNOFILE=", daemon.log().partition("too few")[2])
        self.assertLess(daemon.log().count("too few file descriptors"), 4)

    def test_too_few_to_start(self):
        for limit in range(10, 40):
            with self.subTest(limit=limit):
                try:
                    self.start(limit).stop()
                except AssertionError as failure:
                    log = str(failure)
                    if "vptr for" in log or "invalid vptr" in log:
                        self.skipTest("a sanitizer that needs a descriptor itself")
                    self.assertIn("LimitNOFILE=", log.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
