#!/usr/bin/env python3
"""A zone is published on a chain and compared with the DNS: `holdfastctl ens publish-plan` says what to
send, an account of the node sends it, the daemon answers the records; `ens check` tells what differs. And
the copy stands in for the zone when all its servers fail: marked, in the order of the tiers, and nothing of
any other name ever reaches an endpoint."""
import json
import socket
import sys
import threading
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from ens_case import EnsCase, ede_of
import anvil
from registry import ACCOUNT, Registry

ZONE = """\
$ORIGIN example.net.
$TTL 300
@       IN SOA ns1 hostmaster ( 2026112801 ; serial
            7200 900 1209600 300 )
        NS  ns1
        NS  ns2.example.org.
        A   192.0.2.1
        A   192.0.2.2
        AAAA 2001:db8::1
        MX  10 mail
        TXT "v=spf1 -all" "second string"
        CAA 0 issue "letsencrypt.org"
ns1     A   192.0.2.3
WWW     60 IN CNAME @
mail    A   192.0.2.4
*.wild  A   192.0.2.5
_sip._tcp SRV 0 5 5060 mail
long    TXT "%s"
1.0     PTR host.example.org.
""" % ("x" * 200)


COPY_MARK = "the zone's copy on a chain"


class ZoneServer:
    """A DNS server for one zone, on UDP; what is not in it does not exist."""

    def __init__(self, text):
        self.load(text)
        self.fault = "ok"
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"udp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.ended = False
        threading.Thread(target=self._serve, daemon=True).start()

    def load(self, text):
        self.zone = dns.zone.from_text(text, relativize=False)

    def stop(self):
        self.ended = True
        self.socket.close()

    def _serve(self):
        while not self.ended:
            try:
                wire, client = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.fault == "silent":
                continue
            self.socket.sendto(self._reply(dns.message.from_wire(wire)).to_wire(), client)

    def _reply(self, query):
        reply = dns.message.make_response(query, recursion_available=True)
        question = query.question[0]
        name = dns.name.from_text(question.name.to_text().lower())
        self.asked.append(name.to_text())
        if self.fault == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        for _ in range(4):
            node = self.zone.get_node(name)
            if node is None:
                break
            found = node.get_rdataset(dns.rdataclass.IN, question.rdtype)
            alias = found is None and node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
            if found or alias:
                reply.answer.append(dns.rrset.from_rdata_list(name, (found or alias).ttl,
                                                              list(found or alias)))
            if not alias:
                break
            name = alias[0].target
        if not reply.answer:
            soa = self.zone.get_rdataset(self.zone.origin, dns.rdatatype.SOA)
            reply.authority.append(dns.rrset.from_rdata_list(self.zone.origin, soa.ttl, list(soa)))
            if self.zone.get_node(name) is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply


class Published(EnsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(cls.node)
        cls.resolver = cls.registry.make("publish.eth")
        cls.registry.make("other.eth")

    def setUp(self):
        super().setUp()
        self.zone_file = self.folder / "example.net.zone"
        self.zone_file.write_text(ZONE, encoding="utf-8")
        self.servers = [ZoneServer(ZONE), ZoneServer(ZONE)]
        for server in self.servers:
            self.addCleanup(server.stop)

    def start_zone(self, tiers=(("one",), ("two",), ("chain",)), name="publish.eth"):
        dns_at = {"class": "external"}
        upstreams = {
            "chain": {"class": "ens", "provider": "ethereum", "max_head_age": "0s",
                      "endpoints": [{"url": relay.url, "provider": f"rpc-{i}"}
                                    for i, relay in enumerate(self.relays)]},
            "one": {**dns_at, "provider": "one", "url": self.servers[0].url},
            "two": {**dns_at, "provider": "two", "url": self.servers[1].url}}
        return self.start_with(upstreams, [
            {"zone": ".", "tiers": [["one"], ["two"]]},
            {"zone": "example.net", "tiers": [list(tier) for tier in tiers],
             "ens": {"name": name}}])

    def ctl(self, *words):
        return self.holdfast.ctl(*words)

    def plan(self, *words):
        done = self.ctl("--json", "ens", "publish-plan", str(self.zone_file), "--config",
                        str(self.holdfast.path), *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def publish(self, *words):
        plan = self.plan("--name", "publish.eth", *words)
        for transaction in plan["transactions"]:
            receipt = self.registry.send(plan["from"], transaction["to"], transaction["data"])
            self.assertLessEqual(int(receipt["gasUsed"], 16), transaction["gas"])
        return plan

    def check_zone(self, *words):
        done = self.ctl("--json", "ens", "check", "example.net", "--config",
                        str(self.holdfast.path), *words)
        return done.returncode, json.loads(done.stdout)

    def servers_play(self, fault):
        for server in self.servers:
            server.fault = fault

    def calls(self):
        """eth_calls that say what somebody asked: all but those that show whether reverts keep their
        data."""
        found = [request["params"][0]["data"] for relay in self.relays
                 for request in relay.requests if request["method"] == "eth_call"]
        return [data for data in found if not data.startswith("0xa1cbcbaf" + "0" * 62 + "20"
                                                              + "0" * 63 + "1")]

    # ---- the plan ----

    def test_what_the_plan_says_is_answered_when_it_was_sent(self):
        self.start_zone(tiers=(("chain",), ("one",)))
        plan = self.publish("--clear")
        self.assertEqual((plan["zone"].rstrip("."), plan["name"]), ("example.net", "publish.eth"))
        self.assertEqual(plan["from"], ACCOUNT)
        self.assertEqual({t["to"].lower() for t in plan["transactions"]}, {self.resolver})
        self.assertTrue(all(t["gas_from"].startswith("rpc-") for t in plan["transactions"][:1]))
        zone = dns.zone.from_text(ZONE, relativize=False)
        for name, rdataset in zone.iterate_rdatasets():
            query = dns.message.make_query(name, rdataset.rdtype, use_edns=0)
            reply = self.ask(query)
            self.assertEqual(dns.rcode.to_text(reply.rcode()), "NOERROR", name)
            self.assertEqual(sorted(str(r) for r in reply.answer[0]),
                             sorted(str(r) for r in rdataset), name)
            self.assertEqual(reply.answer[0].ttl, rdataset.ttl)
        self.assertEqual(self.addresses("any.wild.example.net"), ["192.0.2.5"])
        reply = self.ask("www.example.net")
        self.assertEqual([r.to_text() for r in reply.answer[0]], ["example.net."])
        self.assertEqual(len(reply.answer[1]), 2)

    def test_several_transactions_and_a_formula(self):
        self.start_zone()
        offline = self.plan("--name", "other.eth", "--offline", "--max-gas", "600000")
        self.assertGreater(len(offline["transactions"]), 2)
        for transaction in offline["transactions"]:
            self.assertEqual((transaction["to"], transaction["gas_from"]), (None, "formula"))
            receipt = self.registry.send(ACCOUNT, self.resolver, transaction["data"])
            used = int(receipt["gasUsed"], 16)
            self.assertLessEqual(used, transaction["gas"])  # at most
            self.assertGreater(used * 2, transaction["gas"])  # and not much more than it takes
        estimated = self.plan("--name", "other.eth", "--max-gas", "600000")
        self.assertEqual(len(estimated["transactions"]), len(offline["transactions"]))
        for relay in self.relays:
            relay.fault = "http500"
        alone = self.plan("--name", "other.eth", "--resolver", self.resolver)
        self.assertEqual(alone["transactions"][0]["gas_from"], "formula")
        self.assertTrue(any("HTTP 500" in note for note in alone["notes"]), alone["notes"])

    def test_what_is_wrong_is_said_with_its_line(self):
        self.start_zone()
        for text, error in (("$ORIGIN a.\n$TTL 1\n@ SOA a a 1 1 1 1 1\nx A 1.2.3\n", "line 4"),
                            ("$TTL 1\nx A 192.0.2.1\n", "line 2"),
                            ("$ORIGIN a.\nx A 192.0.2.1\n", "line 2"),
                            ("$ORIGIN a.\n$TTL 1\n@ SOA a a 1 1 1 1 1\nb. A 192.0.2.1\n", "line 4"),
                            ("$INCLUDE other\n", "line 1"), ("", "no records")):
            self.zone_file.write_text(text, encoding="utf-8")
            done = self.ctl("ens", "publish-plan", str(self.zone_file), "--name", "publish.eth",
                            "--offline")
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertIn(error, done.stderr)
        for endpoint in self.holdfast.config["upstreams"]["chain"]["endpoints"]:
            endpoint["url"] += "/v3/key-of-an-account"
        self.holdfast.write()
        self.zone_file.write_text(ZONE, encoding="utf-8")
        for relay in self.relays:
            relay.fault = "tells_its_key"
        done = self.ctl("ens", "publish-plan", str(self.zone_file), "--name", "publish.eth",
                        "--config", str(self.holdfast.path))
        self.assertIn("no such key at /v3/***", done.stdout + done.stderr)
        self.assertNotIn("key-of-an-account", done.stdout + done.stderr)
        done = self.ctl("ens", "publish-plan", str(self.folder / "none"), "--name", "publish.eth")
        self.assertEqual(done.returncode, 1)
        done = self.ctl("ens", "publish-plan", str(self.zone_file), "--name", "a b.eth")
        self.assertEqual(done.returncode, 1)
        done = self.ctl("ens", "publish-plan", str(self.zone_file))
        self.assertEqual(done.returncode, 2)

    # ---- the comparison ----

    def test_the_chain_and_the_dns_are_compared(self):
        self.start_zone()
        self.publish("--clear")
        status, found = self.check_zone("--file", str(self.zone_file))
        self.assertEqual((status, found["differences"]), (0, []), found)
        self.assertEqual(found["same"], 16)
        self.assertEqual(self.check_zone()[0], 0)
        for server in self.servers:
            server.load(ZONE.replace("192.0.2.4", "192.0.2.44").replace("2026112801", "2026112802"))
        status, found = self.check_zone("--file", str(self.zone_file))
        self.assertEqual(status, 1)
        self.assertEqual({(d["name"].rstrip("."), d["rdata"], d["only"])
                          for d in found["differences"]},
                         {("mail.example.net", "192.0.2.4", "chain"),
                          ("mail.example.net", "192.0.2.44", "dns")})
        self.assertTrue(any("2026112802" in note for note in found["notes"]))
        self.servers[0].fault = "silent"  # the second one is asked
        self.assertEqual(self.check_zone("mail.example.net")[0], 1)
        for relay in self.relays:
            relay.fault = "http500"
        self.assertEqual(self.check_zone()[0], 3)

    def test_a_zone_that_is_not_on_chain_differs(self):
        self.start_zone(name="nobody-has-this.eth")
        status, found = self.check_zone()
        self.assertEqual((status, found["on_chain"]), (1, False))
        done = self.ctl("ens", "check", "example.org", "--config", str(self.holdfast.path))
        self.assertEqual(done.returncode, 2)

    # ---- the copy in the zone's place ----

    def test_the_copy_stands_in_when_all_servers_fail_and_says_so(self):
        self.start_zone()
        self.publish("--clear")
        reply = self.ask("www.example.net")
        self.assertEqual(ede_of(reply), [])
        # While the DNS answers, the chain is asked for nothing.
        owner = self.registry.keccak(b"\3www\7example\3net\0").hex()
        self.assertNotIn(owner, "".join(self.calls()))
        self.servers_play("servfail")
        reply = self.ask("mail.example.net")
        self.assertEqual(str(reply.answer[0][0]), "192.0.2.4")
        self.assertEqual(ede_of(reply), [int(dns.edns.EDECode.OTHER)])
        self.assertEqual([o.text for o in reply.options], [COPY_MARK])
        reply = self.ask("mail.example.net")  # from memory, too
        self.assertEqual([o.text for o in reply.options], [COPY_MARK])
        _, metrics = self.holdfast.get("/metrics")
        answered = [line for line in metrics.splitlines()
                    if line.startswith("holdfast_exchanges_total") and 'upstream="chain"' in line]
        self.assertTrue(any(float(line.rsplit(" ", 1)[1]) > 0 for line in answered), answered)
        self.assertIn("holdfast_failovers_total", metrics)

    def test_the_order_of_the_tiers_says_who_is_first(self):
        self.start_zone(tiers=(("chain",), ("one",), ("two",)))
        self.publish("--clear")
        asked = len(self.servers[0].asked)
        self.assertEqual(self.addresses("mail.example.net"), ["192.0.2.4"])
        self.assertNotIn("mail.example.net.", self.servers[0].asked[asked:])
        for relay in self.relays:
            relay.fault = "http500"
        self.assertEqual(self.addresses("ns1.example.net"), ["192.0.2.3"])
        self.assertIn("ns1.example.net.", self.servers[0].asked)

    def test_nothing_but_its_zone_ever_reaches_an_endpoint(self):
        self.start_zone()
        names = ["example.com", "www.google.com", "example.net.evil.example", "xexample.net",
                 "net", "dns.eth", "publish.eth", "eth", "db.corp", "1.0.0.127.in-addr.arpa"]
        for fault in ("ok", "servfail", "silent"):
            self.servers_play(fault)
            for name in names if fault != "silent" else names[:3]:
                for rtype in ("A", "TXT"):
                    self.ask(dns.message.make_query(name, rtype, use_edns=0))
        allowed = {self.registry.namehash("publish.eth").hex(), b"\7publish\3eth\0".hex()}
        for data in self.calls():  # of the probe of the route's own zone
            self.assertTrue(data.startswith("0x01ffc9a7") or any(part in data for part in allowed),
                            data[:300])
            for label in ("google", "evil", "xexample", "corp", "in-addr"):
                self.assertNotIn(label.encode().hex(), data)


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
