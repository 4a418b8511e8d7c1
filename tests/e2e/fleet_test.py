#!/usr/bin/env python3
"""A fleet's memory in a real Redis: a daemon born during an outage answers what its sibling learnt;
whatever is wrong with Redis, clients do not notice."""
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import dns.message
import dns.query

from lab_case import PATIENCE, Holdfast, Provider, daemon, wait_for
from certificate import make_certificate
from redis_server import Redis

KEY = secrets.token_hex(32)
PASSWORD = "correct-horse-battery"


def metric(holdfast, series):
    """Its value; 0 if it is not there."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", holdfast.get("/metrics")[1], re.MULTILINE)
    return float(found.group(1)) if found else 0


def reads(holdfast, result):
    return metric(holdfast, f'holdfast_fleet_reads_total{{result="{result}"}}')


def ask(holdfast, name, rtype="A"):
    """(rcode, records, EDE codes)"""
    query = dns.message.make_query(name, rtype, use_edns=0)
    reply = dns.query.udp(query, "127.0.0.1", port=holdfast.port, timeout=PATIENCE)
    records = sorted(str(rdata) for rrset in reply.answer for rdata in rrset)
    return (dns.rcode.to_text(reply.rcode()), records,
            [int(o.code) for o in reply.options if o.otype == 15])


def recalled(holdfast, name):
    """What ask() gives, once it is an answer: on a busy machine a read may be late, and then serves
    the next client."""
    def answer():
        said = ask(holdfast, name)
        return said if said[0] == "NOERROR" else None

    return wait_for(answer, f"what the fleet knows of {name}")


class FleetCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-fleet.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.key_file = self.secret("fleet.key", KEY)
        self.providers = {}
        for name, private in (("cloud", ["corp.internal", "shared.internal"]), ("alpha", [])):
            self.providers[name] = Provider(name, "127.0.0.1", private=private)
            self.providers[name].start()
            self.addCleanup(self.providers[name].stop)

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n", encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def start_redis(self, *options, **arguments):
        redis = Redis(self.folder, *options, **arguments)
        redis.start()
        self.addCleanup(redis.stop)
        return redis

    def configuration(self, folder, server, **fleet):
        upstreams = {
            name: {"class": "cloud" if name == "cloud" else "external", "provider": name,
                   "url": f"udp://{provider.endpoint}"}
            for name, provider in self.providers.items()}
        config = daemon.configuration(folder, 0, upstreams, [
            {"zone": ".", "tiers": [["cloud"], ["alpha"]]},
            {"zone": "corp.internal", "tiers": [["cloud"]], "visibility": "private"},
            {"zone": "shared.internal", "tiers": [["cloud"]], "visibility": "private",
             "share": True},
        ])
        config["workers"] = 2
        config["fleet"] = {"redis": f"redis://127.0.0.1:{server.port}", "key_file": self.key_file,
                           **fleet}
        return config

    def machine(self, name, server, wait=True, **fleet):
        """A daemon of the fleet; with `wait` it is connected."""
        folder = self.folder / name
        folder.mkdir()
        holdfast = Holdfast(folder, self.configuration(folder, server, **fleet)).start()

        def stop():
            status = holdfast.stop()
            self.assertIn(status, (0, None), holdfast.log()[-20000:])

        self.addCleanup(stop)
        if wait:
            self.wait_up(holdfast)
        return holdfast

    def wait_up(self, holdfast, up=1):
        wait_for(lambda: metric(holdfast, "holdfast_fleet_up") == up, f"fleet_up == {up}")

    def black_out(self):
        for provider in self.providers.values():
            provider.fault = "drop"


class Siblings(FleetCase):
    NAMES = [f"{label}.example.org" for label in ("www", "mail", "alias.www", "many-5.pool")]

    def teach(self, server, **fleet):
        """A machine that has learnt NAMES and published them, and what it said."""
        first = self.machine("first", server, **fleet)
        known = {name: ask(first, name)[1] for name in self.NAMES}
        # The target of the alias is an answer of its own.
        wait_for(lambda: len(server.keys()) >= len(self.NAMES), "the answers in Redis")
        return first, known

    def test_born_during_an_outage(self):
        redis = self.start_redis()
        _, known = self.teach(redis)
        self.black_out()
        born = self.machine("born", redis)
        for name, records in known.items():
            self.assertTrue(records, name)
            self.assertEqual(recalled(born, name)[1], records, name)
        self.assertEqual(ask(born, "unknown.example.org")[0], "SERVFAIL")
        self.assertGreater(reads(born, "hit") + reads(born, "late"), 0)
        self.assertGreater(reads(born, "miss") + reads(born, "late"), 0)
        status = born.status()["fleet"]
        self.assertTrue(status["up"])
        self.assertIn("fleet", born.ctl("status").stdout)

    def test_what_has_expired_is_served_as_stale(self):
        redis = self.start_redis()
        first = self.machine("first", redis)
        records = ask(first, "ttl-1.example.org")[1]
        wait_for(redis.keys, "the answer in Redis")
        time.sleep(1.5)
        self.black_out()
        born = self.machine("born", redis)
        _, found, ede = recalled(born, "ttl-1.example.org")
        self.assertEqual(found, records)
        self.assertIn(3, ede)

    def test_redis_forgets_when_nobody_would_serve_it_any_more(self):
        redis = self.start_redis()
        first = self.machine("first", redis)
        ask(first, "www.example.org")
        name = wait_for(redis.keys, "the answer in Redis")[0]
        self.assertRegex(name, rb"^holdfast:[0-9a-f]{32}$")
        left = redis.command("PTTL", name)
        self.assertGreater(left, 3 * 86400 * 1000)
        self.assertLess(left, 4 * 86400 * 1000)

    def test_private_names_are_shared_only_where_the_route_says_so(self):
        redis = self.start_redis()
        first = self.machine("first", redis)
        self.assertEqual(ask(first, "secret.corp.internal")[0], "NOERROR")
        self.assertEqual(ask(first, "known.shared.internal")[0], "NOERROR")
        ask(first, "www.example.org")
        wait_for(lambda: len(redis.keys()) >= 2, "the answers in Redis")
        everything = b"".join(k + v for k, v in redis.values().items()).lower()
        self.assertEqual(len(redis.keys()), 2)
        self.assertNotIn(b"secret", everything)
        self.assertIn(b"known", everything)
        self.assertNotIn(b"known", b"".join(redis.keys()))

    def test_password_user_database_and_prefix(self):
        redis = self.start_redis(f"user holdfast on >{PASSWORD} ~ring:* resetchannels -@all "
                                 "+auth +select +ping +set +getrange",
                                 password="of-the-default-user")
        password = self.secret("password", PASSWORD)
        login = {"redis": f"redis://127.0.0.1:{redis.port}/3", "username": "holdfast",
                 "password_file": password, "prefix": "ring"}
        first = self.machine("first", redis, **login)
        ask(first, "www.example.org")
        names = wait_for(lambda: redis.keys(database=3), "the answer in database 3")
        self.assertTrue(names[0].startswith(b"ring:"), names)
        self.assertEqual(redis.keys(), [])

    def test_a_key_is_changed_without_a_gap(self):
        redis = self.start_redis()
        _, known = self.teach(redis)
        self.black_out()
        both = self.secret("both.key", secrets.token_hex(32) + "\n" + KEY)
        born = self.machine("born", redis, key_file=both)
        self.assertEqual(recalled(born, self.NAMES[0])[1], known[self.NAMES[0]])
        other = self.machine("other", redis,
                             key_file=self.secret("other.key", secrets.token_hex(32)))
        self.assertEqual(ask(other, self.NAMES[0])[0], "SERVFAIL")

    def test_what_others_wrote_is_not_believed(self):
        redis = self.start_redis()
        self.teach(redis)
        values = redis.values()
        names = list(values)
        for number, name in enumerate(names):
            value = bytearray(values[name])
            if number == 0:
                value[-1] ^= 1  # another address
            elif number == 1:
                value = values[names[0]]  # the answer to another question
            elif number == 2:
                value = b"x" * (1 << 20)
            else:
                redis.command("DEL", name)
                redis.command("LPUSH", name, "no string")
                continue
            redis.command("SET", name, bytes(value))
        self.black_out()
        born = self.machine("born", redis)
        for name in self.NAMES:
            self.assertEqual(ask(born, name)[0], "SERVFAIL", name)
        self.assertEqual(reads(born, "hit"), 0)
        for reason, count in (("forged", 2), ("oversized", 1)):
            series = f'holdfast_fleet_rejected_total{{reason="{reason}"}}'
            wait_for(lambda: metric(born, series) == count, f"{count} {reason}")
        self.assertEqual(metric(born, "holdfast_fleet_up"), 1)

    def test_over_tls(self):
        redis = self.start_redis(certificate=make_certificate(self.folder))
        ca = str(redis.certificate[0])
        url = f"rediss://127.0.0.1:{redis.port}"
        _, known = self.teach(redis, redis=url, ca_file=ca)
        self.black_out()
        born = self.machine("born", redis, redis=f"rediss://cache.example:{redis.port}",
                            addresses=["127.0.0.1"], ca_file=ca)
        self.assertEqual(recalled(born, self.NAMES[0])[1], known[self.NAMES[0]])


class Stranger:
    """A server that says the same to everybody, and takes what it is told."""

    def __init__(self, greeting):
        self.greeting = greeting
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.taken = []

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
                self.taken.append(connection)
                connection.sendall(self.greeting)
            except OSError:
                return

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        for connection in (self.socket, *self.taken):
            connection.close()


class Trouble(FleetCase):
    """Nothing but a metric changes for clients."""

    def check_answers(self, holdfast, word, count=20):
        slowest = 0
        for number in range(count):
            began = time.monotonic()
            rcode, records, _ = ask(holdfast, f"{word}-{number}.example.org")
            slowest = max(slowest, time.monotonic() - began)
            self.assertEqual((rcode, bool(records)), ("NOERROR", True), f"{word} {number}")
        return slowest

    def refused(self, server, word, fault, **fleet):
        """A daemon that never gets in, and answers all the same."""
        holdfast = self.machine(word, server, wait=False, **fleet)
        wait_for(lambda: metric(
            holdfast, f'holdfast_fleet_connection_failures_total{{reason="{fault}"}}') > 0, fault)
        self.check_answers(holdfast, word)
        self.assertEqual(metric(holdfast, "holdfast_fleet_up"), 0)
        self.assertFalse(holdfast.status()["fleet"]["up"])
        return holdfast

    def test_wrong_password(self):
        redis = self.start_redis(password=PASSWORD)
        wrong = self.secret("password", "not-that-secret-word")
        holdfast = self.refused(redis, "wrong", "login", password_file=wrong)
        shown = holdfast.log() + holdfast.ctl("status", "--json").stdout
        self.assertIn("WRONGPASS", shown)
        self.assertNotIn("not-that-secret-word", shown + holdfast.get("/metrics")[1])
        self.assertNotIn(KEY, shown)
        self.refused(redis, "none", "login")

    def test_a_certificate_that_nobody_vouches_for(self):
        redis = self.start_redis(certificate=make_certificate(self.folder))
        other, _ = make_certificate(self.folder, "other.example")
        url = f"rediss://127.0.0.1:{redis.port}"
        self.refused(redis, "stranger", "tls", redis=url, ca_file=str(other))
        self.refused(redis, "misnamed", "tls", redis=f"rediss://wrong.example:{redis.port}",
                     addresses=["127.0.0.1"], ca_file=str(redis.certificate[0]))

    def test_paused_killed_and_started_again_under_load(self):
        redis = self.start_redis()
        holdfast = self.machine("steady", redis)
        done = threading.Event()
        wrong, slowest = [], [0.0]

        def load(worker):
            number = 0
            while not done.is_set():
                number += 1
                began = time.monotonic()
                try:
                    rcode, records, _ = ask(holdfast, f"load-{worker}-{number}.example.org")
                except Exception as error:  # pylint: disable=broad-except
                    rcode, records = repr(error), []
                slowest[0] = max(slowest[0], time.monotonic() - began)
                if rcode != "NOERROR" or not records:
                    wrong.append((worker, number, rcode))

        workers = [threading.Thread(target=load, args=(n,)) for n in range(3)]
        for worker in workers:
            worker.start()
        try:
            redis.pause()
            self.wait_up(holdfast, 0)
            redis.resume()
            self.wait_up(holdfast)
            redis.stop()
            self.wait_up(holdfast, 0)
            redis.start()
            self.wait_up(holdfast)
        finally:
            done.set()
            for worker in workers:
                worker.join()
        self.assertEqual(wrong, [])
        self.assertLess(slowest[0], 2)
        before = len(redis.keys())
        self.check_answers(holdfast, "after")
        wait_for(lambda: len(redis.keys()) > before, "publishing to go on")

    def test_paused_while_nobody_answers(self):
        """A read takes 20 ms at most; what is held is served, what is not fails as without it."""
        redis = self.start_redis()
        holdfast = self.machine("alone", redis)
        self.check_answers(holdfast, "held", 3)
        self.black_out()
        redis.pause()
        self.addCleanup(redis.resume)
        self.check_answers(holdfast, "held", 3)
        self.assertEqual(ask(holdfast, "unknown.example.org")[0], "SERVFAIL")

    def test_what_is_no_redis(self):
        with Stranger(b"HTTP/1.1 400 Bad Request\r\n\r\n") as web:
            self.refused(web, "web", "protocol")
        with Stranger(b"*1000000000\r\n") as greedy:
            self.refused(greedy, "greedy", "protocol")
        with Stranger(b"") as silent:
            self.refused(silent, "silent", "silent")

    def test_a_server_out_of_memory(self):
        redis = self.start_redis("maxmemory 1", "maxmemory-policy noeviction")
        holdfast = self.machine("full", redis)
        self.check_answers(holdfast, "full")
        wait_for(lambda: metric(
            holdfast, 'holdfast_fleet_not_published_total{reason="refused"}') > 0, "refusals")
        self.assertEqual(metric(holdfast, "holdfast_fleet_up"), 1)


class Start(FleetCase):
    def start_fails(self, expected, **fleet):
        class Nowhere:
            port = 1

        folder = Path(tempfile.mkdtemp(dir=self.folder))
        path = folder / "holdfast.json"
        holdfast = Holdfast(folder, self.configuration(folder, Nowhere, **fleet))
        holdfast.write()
        done = subprocess.run([daemon.program("holdfastd"), "--config", path],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(expected, done.stderr)
        self.assertNotIn(KEY[:16], done.stderr)

    def test_files_that_are_no_secret(self):
        open_to_all = self.secret("open.key", KEY)
        os.chmod(open_to_all, 0o644)
        self.start_fails("others may read it", key_file=open_to_all)
        self.start_fails("is no key", key_file=self.secret("short.key", KEY[:40]))
        self.start_fails("cannot be opened", key_file=str(self.folder / "missing.key"))
        self.start_fails("is no regular file", key_file=str(self.folder))
        self.start_fails("first line is empty", password_file=self.secret("empty", ""))
        self.start_fails("fleet.ca_file", redis="rediss://127.0.0.1", ca_file=open_to_all)

    def test_without_a_server_the_daemon_serves(self):
        class Nowhere:
            port = 1

        holdfast = self.machine("lonely", Nowhere, wait=False)
        self.assertEqual(ask(holdfast, "www.example.org")[0], "NOERROR")
        holdfast.config["fleet"]["prefix"] = "other"
        holdfast.write()
        self.assertIn("fleet", holdfast.ctl("reload").stdout)


if __name__ == "__main__":
    if not shutil.which("redis-server") or not shutil.which("openssl"):
        sys.exit(77)
    unittest.main()
