#!/usr/bin/env python3
"""Encrypted upstreams that are wrong in every way that TLS and HTTP/2 know. Whatever is wrong with
one, its clients get their answers, and the operator its reason."""
import subprocess
import sys
import unittest

from lab_case import daemon
from encrypted_case import FEW, NAME, WrongServers
from peer import missing
from tls_server import TlsServer

MISSING = missing("dig", "openssl")
try:
    from https_server import HttpsServer
except ImportError:
    MISSING += ["python3-h2"]

IDENTITY = {
    "expired": ({"certificate"}, "expired"),
    "misnamed": ({"certificate"}, "hostname mismatch: it is not for other.example"),
    "selfsigned": ({"certificate"}, "self-signed certificate"),
    "unpinned": ({"pin"}, "not pinned"),
}
IN_TLS = {
    "stalls": ({"tls_stalled", "timeout"}, "fell silent in the TLS handshake"),
    "hangs-up": ({"tls_failed"}, "hung up in the TLS handshake"),
    "speaks-http": ({"tls_failed"}, ""),
    "old": ({"tls_failed"}, "protocol"),
    "resets": ({"closed"}, "hung up before it answered"),
    "silent": ({"timeout"}, "is connected, and does not answer"),
}


class OverTls(WrongServers):
    server, working, wrong = TlsServer, ("closes-each", "answers"), {**IDENTITY, **IN_TLS}

    @classmethod
    def upstream(cls, endpoint, name=NAME):
        return {"url": f"tls://{endpoint}?name={name}"}

    def test_1_each_fails_over_inside_the_ladder(self):
        self.expect_failovers()

    def test_2_each_has_its_outcome_and_its_reason(self):
        self.expect_reasons()
    def test_3_one_that_closes_after_each_answer_loses_nothing(self):
        server = self.servers["closes-each"]
        for number in range(30):
            self.assertEqual(self.holdfast.dig(f"n-{number}.closes-each.example")[0], "NOERROR")
        self.assertLess(self.alpha.seen(".closes-each.example."), FEW)
        self.assertGreater(server.connections, 25)
        self.assertGreater(self.metric("holdfast_upstream_tls_handshakes_total",
                                       upstream="closes-each", result="resumed"), 20)

    def test_4_a_kept_connection_that_dies_loses_nothing(self):
        self.expect_dropped_connections_lose_nothing()

    def test_5_what_is_wrong_with_files_is_told_with_its_place(self):
        upstreams = self.holdfast.config["upstreams"]
        good = upstreams["answers"]["ca_file"]
        for file, words in (("/nowhere/ca.pem", "No such file"), ("/etc/passwd", "of no use")):
            upstreams["answers"]["ca_file"] = file
            self.holdfast.write()
            done = subprocess.run(
                [daemon.program("holdfastd"), "--check-config", self.holdfast.path],
                capture_output=True, text=True, check=False)
            told = self.holdfast.ctl("reload")
            for code, text in ((done.returncode, done.stderr), (told.returncode, told.stderr)):
                self.assertEqual(code, 2, text)
                self.assertIn("/upstreams/answers/ca_file", text)
                self.assertIn(words, text)
        upstreams["answers"]["ca_file"] = good
        self.holdfast.write()
        self.assertEqual(self.holdfast.ctl("reload").returncode, 0)


class OverHttps(WrongServers):
    wrong = {
        **IDENTITY, **IN_TLS,
        "500": ({"http_status"}, "HTTP status 500"),
        "429": ({"http_status"}, "HTTP status 429"),
        "page": ({"http_content"}, "not application/dns-message"),
        "large": ({"http_content"}, "larger than a DNS message can be"),
        "short": ({"malformed"}, "the answer is no DNS message"),
        "breaks-off": ({"closed"}, "breaks requests off"),
    }
    working = ("answers", "goaway", "turns-away")

    @classmethod
    def build(cls):
        cls.server = HttpsServer
        super().build()

    @classmethod
    def upstream(cls, endpoint, name=NAME):
        port = endpoint.rpartition(":")[2]
        return {"url": f"https://{name}:{port}/dns-query", "addresses": ["127.0.0.1"]}

    def test_1_each_fails_over_inside_the_ladder(self):
        self.expect_failovers()

    def test_2_each_has_its_outcome_and_its_reason(self):
        self.expect_reasons()

    def test_3_one_that_wants_no_more_loses_nothing(self):
        for what in ("goaway", "turns-away"):
            for number in range(20):
                self.assertEqual(self.holdfast.dig(f"n-{number}.{what}.example")[0], "NOERROR")
            self.assertLess(self.alpha.seen(f".{what}.example."), FEW)
        self.assertGreater(self.servers["goaway"].connections, 20)

    def test_4_a_kept_connection_that_dies_loses_nothing(self):
        self.expect_dropped_connections_lose_nothing()


if __name__ == "__main__":
    if MISSING:
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
