#!/usr/bin/env python3
"""Between real servers and real clients: unbound and dnsdist are the two providers, dig, kdig,
drill, dnspython and dnsperf ask. unbound stalls, dies and comes back; no client loses an answer."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode

from lab_case import Holdfast, LabCase, Provider, daemon, wait_for
from peer import APEX, PRIVATE, Dnsdist, Dnsperf, Unbound, missing, zone

MISSING = missing("unbound", "dnsdist", "dig", "kdig", "drill", "dnsperf")
TXT_SIZE = 3000
TYPES = {"A": zone.A, "AAAA": zone.AAAA, "TXT": zone.TXT, "MX": zone.MX, "CAA": 257}


def load_names(count, under=""):
    return [f"load-{number}.{under}{APEX}" for number in range(count)]


class World(LabCase):
    """unbound in the first tier, dnsdist before a lab provider in the second."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.assert_runs()

    def assert_runs(self):
        if self.holdfast.process.poll() is not None:
            self.fail("holdfastd has ended:\n" + self.holdfast.log()[-5000:])

    @classmethod
    def build(cls, names, cleanup):
        """`names`: those unbound knows, with their types. `cleanup`: of the class or of a test."""
        folder = tempfile.TemporaryDirectory(prefix="holdfast-peers.")
        cleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.behind = Provider("behind", "127.0.0.1").start()
        cleanup(cls.behind.stop)
        cls.unbound = Unbound(cls.folder, "127.0.0.21", names)
        cls.dnsdist = Dnsdist(cls.folder, "127.0.0.22", cls.behind.endpoint)
        for server in (cls.unbound, cls.dnsdist):
            cleanup(server.kill)
            server.start()
        cls.holdfast = Holdfast(cls.folder, cls.configuration())
        cleanup(cls.check_stop)
        cls.holdfast.start()

    @classmethod
    def configuration(cls):
        upstreams = {
            "unbound": {"class": "cloud", "provider": "unbound",
                        "url": f"udp://{cls.unbound.endpoint}"},
            "dnsdist": {"class": "external", "provider": "dnsdist",
                        "url": f"udp://{cls.dnsdist.endpoint}"},
        }
        config = daemon.configuration(cls.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["unbound"], ["dnsdist"]]},
            {"zone": PRIVATE, "tiers": [["unbound"]], "visibility": "private"},
        ])
        config["workers"] = 2
        return config

    def metric(self, name, **labels):
        """Sum of the series of `name` that carry these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.holdfast.get("/metrics")[1].splitlines()
                   if re.match(re.escape(name) + r"[{ ]", line) and all(w in line for w in wanted))

    def dnsperf(self, names, rate, runs=1, options=()):
        load = Dnsperf(self.folder, self.holdfast.port,
                       [n if " " in n else n + " A" for n in names], rate, runs, options)
        self.addCleanup(load.kill)
        return load

    def assert_all_answered(self, load, count):
        self.assertEqual((load.sent, load.lost, load.rcodes), (count, 0, {"NOERROR": count}),
                         load.text + self.holdfast.ctl("status").stdout)

    def state(self, upstream):
        return self.holdfast.upstream(upstream)["state"]


class AllIsWell(World):
    """Both providers serve."""

    FLOW = load_names(1250, "kept.") + load_names(1250, "ttl-0.")  # the latter are never cached

    @classmethod
    def setUpClass(cls):
        www = [(f"{label}.{APEX}", rtype) for label in ("www", "many-5", "ttl-7", "direct")
               for rtype in TYPES.values()]
        texts = [(f"{label}.{APEX}", zone.TXT)
                 for label in ("big-900", f"big-{TXT_SIZE}", f"dig.big-{TXT_SIZE}",
                               f"kdig.big-{TXT_SIZE}", f"drill.big-{TXT_SIZE}")]
        load = [(name, zone.A) for name in load_names(3000) + cls.FLOW]
        cls.build(www + texts + load, cls.addClassCleanup)
        wait_for(lambda: all(u["last_probe"] for u in cls.holdfast.status()["upstreams"]),
                 "the first probes")
        cls.idle_descriptors = cls.descriptors()

    def ask(self, name, rtype="A", server=None, payload=None, tcp=False):
        """dnspython's reading of the reply; `payload` None: a query without EDNS."""
        self.assert_runs()  # else each question would wait for its time-out
        server = server or self.holdfast
        query = dns.message.make_query(name, rtype, use_edns=False if payload is None else 0,
                                       payload=payload or 0)
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, server.address, port=server.port, timeout=15)

    @staticmethod
    def said(reply):
        """What must not depend on who is asked: rcode, the records without their TTLs."""
        return (dns.rcode.to_text(reply.rcode()),
                sorted(f"{rrset.name} {record.to_text()}"
                       for rrset in reply.answer for record in rrset),
                sorted(str(rrset.name) for rrset in reply.authority if not reply.answer))

    def test_all_agree(self):
        for label in ("www", "many-5", "ttl-7", "nx"):
            for rtype in TYPES:
                name = f"{label}.{APEX}"
                with self.subTest(name=name, rtype=rtype):
                    said = self.said(self.ask(name, rtype, self.unbound))
                    self.assertEqual(said, self.said(self.ask(name, rtype, self.dnsdist)))
                    for tcp in (False, True):
                        self.assertEqual(said, self.said(self.ask(name, rtype, tcp=tcp)))

    def test_the_second_says_the_same_when_the_first_is_taken_out(self):
        name = f"direct.{APEX}"
        first = self.said(self.ask(name))
        asked, others = self.unbound.seen(name), self.dnsdist.seen(name)
        self.assertGreater(asked, 0)
        self.assertEqual(self.holdfast.ctl("force-down", "unbound").returncode, 0)
        self.addCleanup(self.holdfast.ctl, "force-auto", "unbound")
        self.holdfast.ctl("flush", name)
        self.assertEqual(self.said(self.ask(name)), first)
        self.assertEqual(self.unbound.seen(name), asked)
        self.assertGreater(self.dnsdist.seen(name), others)

    def test_replies_fit_the_size_that_the_client_names(self):
        name = f"big-900.{APEX}"
        for payload, whole in ((None, False), (512, False), (1232, True), (4096, True)):
            with self.subTest(payload=payload):
                reply = self.ask(name, "TXT", payload=payload)
                self.assertEqual(not reply.flags & dns.flags.TC, whole)
                self.assertEqual(bool(reply.answer), whole)
                self.assertEqual(reply.edns, -1 if payload is None else 0)
                self.assertLessEqual(len(reply.to_wire()), payload or 512)
                over_tcp = self.ask(name, "TXT", payload=payload, tcp=True)
                self.assertEqual(len(over_tcp.answer), 1)

    def test_a_long_text_comes_over_tcp_all_the_way(self):
        def over_tcp():
            return self.metric("holdfast_exchanges_started_total", upstream="unbound", reason="tcp")

        before = over_tcp()
        name = f"big-{TXT_SIZE}.{APEX}"
        self.assertTrue(self.ask(name, "TXT", payload=4096).flags & dns.flags.TC)
        record = self.ask(name, "TXT", tcp=True).answer[0][0]
        self.assertEqual(b"".join(record.strings), b"x" * TXT_SIZE)
        self.assertGreater(over_tcp(), before)

    def test_clients_go_from_tc_to_tcp_by_themselves(self):
        port = str(self.holdfast.port)
        commands = {
            "dig": ["dig", "@127.0.0.1", "-p", port, "+bufsize=1232", "TXT"],
            "kdig": ["kdig", "@127.0.0.1", "-p", port, "+bufsize=1232", "-t", "TXT"],
            "drill": ["drill", "-a", "-p", port, "-b", "1232", "@127.0.0.1", "TXT"]}
        for client, command in commands.items():
            with self.subTest(client=client):
                done = subprocess.run([*command, f"{client}.big-{TXT_SIZE}.{APEX}"],
                                      capture_output=True, text=True, timeout=60, check=False)
                text = "".join(re.findall(r'"(x+)"', done.stdout))
                self.assertEqual(len(text), TXT_SIZE, done.stdout + done.stderr)

    def test_negative_answers_are_kept_with_their_soa(self):
        for label, rtype, rcode in (("absent.nx", "A", "NXDOMAIN"), ("www", "SRV", "NOERROR")):
            name = f"{label}.{APEX}"
            with self.subTest(name=name):
                fresh = self.ask(name, rtype)
                asked = self.unbound.seen(name)
                kept = self.ask(name, rtype)
                for reply in (fresh, kept):
                    self.assertEqual(dns.rcode.to_text(reply.rcode()), rcode)
                    self.assertEqual(reply.answer, [])
                    soa = reply.authority[0]
                    self.assertEqual((str(soa.name), soa.rdtype), (APEX, zone.SOA))
                    self.assertLessEqual(soa.ttl, 30)
                self.assertEqual(self.unbound.seen(name), asked)
        name = f"absent.nx.{APEX}"  # NXDOMAIN is about the name, whatever the type
        asked = self.unbound.seen(name)
        self.assertEqual(self.holdfast.dig(name, "AAAA")[0], "NXDOMAIN")
        self.assertEqual(self.unbound.seen(name), asked)

    def test_a_steady_load_loses_nothing(self):
        self.assert_all_answered(self.dnsperf(load_names(3000), 1000).result(), 3000)
        over_tcp = self.dnsperf(load_names(1000), 1000, options=("-m", "tcp", "-c", "8"))
        self.assert_all_answered(over_tcp.result(), 1000)
        edns = self.dnsperf(load_names(1000), 1000, options=("-D",))
        self.assert_all_answered(edns.result(), 1000)

    @classmethod
    def descriptors(cls):
        return len(os.listdir(f"/proc/{cls.holdfast.process.pid}/fd"))

    def resident(self):
        """Resident memory in KiB, or None under a sanitizer, whose quarantine grows."""
        if re.search(r"lib[atl]san", Path(f"/proc/{self.holdfast.process.pid}/maps").read_text()):
            return None
        status = Path(f"/proc/{self.holdfast.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def test_many_queries_leave_nothing_behind(self):
        runs = 20000 // len(self.FLOW)
        self.assert_all_answered(self.dnsperf(self.FLOW, 4000).result(), len(self.FLOW))
        asked, memory = self.metric("holdfast_lookups_total"), self.resident()
        load = self.dnsperf(self.FLOW, 4000, runs).result()
        self.assert_all_answered(load, 20000)
        self.assertGreaterEqual(self.metric("holdfast_lookups_total"), asked + 10000)
        if memory is not None:
            self.assertLess(self.resident(), memory + 4096)
        wait_for(lambda: self.descriptors() <= self.idle_descriptors,
                 "descriptors to be given back", patience=60)  # source ports live some 10 s


class Outages(World):
    """unbound fails under a load of 300 questions a second, none of them cached."""

    RATE = 300

    def setUp(self):
        self.names = load_names(1800)
        private = [f"{label}.{PRIVATE}" for label in ("db", *(f"p-{n}" for n in range(30)))]
        self.build([(name, zone.A) for name in self.names + private], self.addCleanup)
        wait_for(lambda: self.state("unbound") == self.state("dnsdist") == "up", "both to be up")

    def wait_for_load(self, load, server, count):
        def reached():
            return server.seen(f".{APEX}") >= count or not load.running()
        wait_for(reached, f"{count} questions at {server.name}", patience=60)
        self.assertTrue(load.running(), "the load ended too early to tell anything")

    def test_a_stall_costs_no_answer(self):
        load = self.dnsperf(self.names, self.RATE)
        self.wait_for_load(load, self.unbound, 200)
        self.unbound.stall()
        self.wait_for_load(load, self.dnsdist, 600)
        self.assertNotEqual(self.state("unbound"), "up")
        self.unbound.resume()
        self.assert_all_answered(load.result(), len(self.names))
        self.wait_until_back()

    def test_a_kill_costs_no_answer_and_a_restart_brings_it_back(self):
        load = self.dnsperf(self.names, self.RATE)
        self.wait_for_load(load, self.unbound, 200)
        self.unbound.kill()
        self.wait_for_load(load, self.dnsdist, 600)
        self.assertNotEqual(self.state("unbound"), "up")
        self.unbound.start()
        self.assert_all_answered(load.result(), len(self.names))
        self.wait_until_back()

    def wait_until_back(self):
        wait_for(lambda: self.state("unbound") in ("recovering", "up"), "unbound to come back",
                 patience=30)
        self.assertIn("unbound", [event["upstream"]
                                  for event in self.holdfast.status()["transitions"]])
        fresh = iter(range(100000))
        before = self.unbound.seen(".back." + APEX)

        def asked_again():
            self.holdfast.dig(f"n-{next(fresh)}.back.{APEX}")
            return self.unbound.seen(".back." + APEX) > before
        wait_for(asked_again, "a question to unbound", patience=30)

    def test_private_names_go_nowhere_else(self):
        status, answers = self.holdfast.dig("db." + PRIVATE)
        self.assertEqual(status, "NOERROR")
        self.assertRegex(answers[0], r"^10\.0\.0\.\d+$")
        self.unbound.stall()
        self.ask_private(range(0, 10))
        self.unbound.resume()
        self.unbound.kill()
        self.ask_private(range(10, 20))
        self.assertEqual(self.holdfast.dig("public." + APEX)[0], "NOERROR")
        self.assertEqual(self.dnsdist.seen("public." + APEX), 1)
        for suffix in (PRIVATE, ".internal", ".10.in-addr.arpa"):
            self.assertEqual(self.dnsdist.seen(suffix), 0, suffix)
            self.assertEqual(self.behind.seen(suffix.rstrip(".") + "."), 0, suffix)

    def ask_private(self, numbers):
        """Private names, those of built-in private zones among them: SERVFAIL, never silence."""
        names = [name for n in numbers for name in (
            f"p-{n}.{PRIVATE} A", f"p-{n}.other.internal A", f"{n}.2.1.10.in-addr.arpa PTR")]
        load = self.dnsperf(names, 100).result()
        self.assertEqual((load.lost, load.rcodes), (0, {"SERVFAIL": len(names)}), load.text)


if __name__ == "__main__":
    if MISSING:  # ctest tells it as skipped, not as passed
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
