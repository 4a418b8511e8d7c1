#!/usr/bin/env python3
"""What clients hear of names on a chain: every vector of tests/ens-lab, its gateway and the DNS beside the
bridge included, to the letter and over UDP and TCP; and what holds for all answers: nothing is called
authentic, an outage is never "no such record", what failed is not asked again at once, and names live
through the outage of every endpoint, also after a restart."""
import sys
import time
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from lab_case import wait_for
from ens_case import EnsCase, VECTORS, ede_of, expected, question_of, records

import anvil
import gateways
from provider import Provider

INVALID_NAME_TTL, NEGATIVE_TTL = 3600, 60
ADDRESSES = ["192.0.2.10", "192.0.2.11"]


def made_once(answers):
    """Records in the order of their sets; within a set there is none."""
    return sorted(answers, key=lambda record: (record[2] != "CNAME", record))


@unittest.skipUnless(gateways.can_sign(), "no node or no ethers: .ci/setup test installs it")
class Vectors(EnsCase):
    def setUp(self):
        super().setUp()
        gateway = gateways.SigningGateway().start()
        self.addCleanup(gateway.stop)
        provider = Provider("dns", "127.0.0.1").start()
        self.addCleanup(provider.stop)
        chain = {"class": "ens", "provider": "ethereum", "max_head_age": "0s", "mode": "quorum",
                 "quorum": 2, "ccip_allow": [gateways.ORIGIN],
                 "gateway_a": VECTORS["policy"]["gateway_a"],
                 "gateway_aaaa": VECTORS["policy"]["gateway_aaaa"],
                 "endpoints": [{"url": relay.url, "provider": f"rpc-{i}"}
                               for i, relay in enumerate(self.relays)]}
        beside = {"class": "external", "provider": "dns", "url": f"udp://{provider.endpoint}"}
        zones = ["eth", *VECTORS["policy"]["ens_dns_zones"]]
        self.start_with({"ens": chain, "dns": beside}, [
            {"zone": ".", "tiers": [["dns"]]},
            *({"zone": zone, "tiers": [["ens"]]} for zone in zones)])

    def test_every_one_to_the_letter(self):
        self.assertEqual(len(VECTORS["vectors"]), 91)
        for vector in VECTORS["vectors"]:
            with self.subTest(vector=vector["id"], over="udp"):
                fresh = self.ask(question_of(vector))
                if vector["id"] == "raw-many":
                    self.assertTrue(fresh.flags & dns.flags.TC)
                else:
                    self.judge(vector, fresh)
            with self.subTest(vector=vector["id"], over="tcp"):
                self.judge(vector, self.ask(question_of(vector), tcp=True), fresh=False)

    def judge(self, vector, reply, fresh=True):
        expect = vector["expect"]
        rcode = dns.rcode.to_text(reply.rcode())
        if expect["rcode"] == "NOTMINE":  # the DNS beside the bridge knows every name
            return self.assertEqual((rcode, len(reply.answer)), ("NOERROR", 1))
        self.assertIn(rcode, [expect["rcode"], *expect.get("rcode_also", [])])
        self.assertEqual(reply.question[0].name.labels, question_of(vector).question[0].name.labels)
        self.assertFalse(reply.flags & (dns.flags.AD | dns.flags.TC))
        found, wanted = made_once(records(reply)), made_once(expected(vector))
        if "chase" in expect:  # … and is asked for what is behind an alias that leads there
            self.assertEqual([owner for owner, *_ in found[len(wanted):]], [expect["chase"]])
            found = found[:len(wanted)]
        self.assertEqual([(o, t, d) for o, _, t, d in found], [(o, t, d) for o, _, t, d in wanted])
        for (owner, is_left, kind, _) in found:
            # One TTL for a set, the lowest (RFC 2181 5.2), also where the bridge adds to what is stored.
            most = min(ttl for o, ttl, t, _ in wanted or found if (o, t) == (owner, kind))
            self.assertLessEqual(is_left, most)
            self.assertTrue(not fresh or is_left == most, (is_left, most))
        self.judge_negative(vector, reply, rcode)
        ede = expect.get("ede", vector["reference"].get("ede"))
        if ede is not None:
            self.assertEqual(ede_of(reply), [ede])

    def judge_negative(self, vector, reply, rcode):
        soa = [rrset for rrset in reply.authority if rrset.rdtype == dns.rdatatype.SOA]
        negative = rcode == "NXDOMAIN" or (rcode == "NOERROR" and not reply.answer)
        self.assertEqual(len(soa), 1 if negative else 0)
        if negative:
            self.assertTrue(reply.question[0].name.is_subdomain(soa[0].name))
            invalid = vector["id"].startswith("bad-")
            self.assertLessEqual(soa[0].ttl, INVALID_NAME_TTL if invalid else NEGATIVE_TTL)
            self.assertGreater(soa[0].ttl, NEGATIVE_TTL if invalid else 0)


class Rules(EnsCase):
    def calls(self):
        return sum(relay.asked.count("eth_call") for relay in self.relays)

    def all_play(self, fault):
        for relay in self.relays:
            relay.fault = fault

    def test_nothing_is_called_authentic(self):
        self.start()
        for flags in (dns.flags.AD, dns.flags.CD, dns.flags.AD | dns.flags.CD):
            for name in ("dns.eth", "plain.eth", "nobody-has-this.eth"):
                query = dns.message.make_query(name, "A", want_dnssec=True)
                query.flags |= flags
                self.assertFalse(self.ask(query).flags & dns.flags.AD, name)

    def test_what_nobody_can_have_is_no_failure(self):
        self.start()
        reply = self.ask("a!b.eth")
        self.assertEqual(dns.rcode.to_text(reply.rcode()), "NXDOMAIN")
        self.assertEqual(reply.authority[0].name, dns.name.from_text("eth."))

    def test_no_such_name_and_no_such_record(self):
        self.start()
        for name, rcode in (("nobody-has-this.eth", "NXDOMAIN"),    # no resolver, no owner
                            ("x.nobody-has-this.eth", "NXDOMAIN"),
                            ("noresolver.eth", "NOERROR"),          # an owner
                            ("eoa.eth", "NOERROR"),                 # a resolver that is no contract
                            ("rverror.eth", "NOERROR"),             # one that reverts
                            ("plain.eth", "NOERROR")):              # one that knows others
            reply = self.ask(name)
            self.assertEqual((dns.rcode.to_text(reply.rcode()), reply.answer), (rcode, []), name)
            self.assertEqual(reply.authority[0].ttl, NEGATIVE_TTL, name)
            self.assertEqual(ede_of(reply), [], name)

    def test_what_the_operator_adds(self):
        self.start(text=["url", "description", "notice", "nobody-has-this"], missing="nxdomain",
                   name_servers=["ns1.example.net", "ns2.example.net"])

        def told(name, rr_type):
            reply = self.ask(dns.message.make_query(name, rr_type, use_edns=0), tcp=True)
            return sorted(rdata.to_text() for rrset in reply.answer for rdata in rrset)

        texts = [text for text in told("plain.eth", "TXT") if not text.startswith('"a=0x')]
        self.assertEqual(texts, ['"description=plain name"', '"url=https://plain.example/"'])
        (long,) = [text for text in told("textonly.eth", "TXT") if text.startswith('"notice=')]
        self.assertEqual([len(part) for part in long[1:-1].split('" "')], [255, 255, 600 + 7 - 510])
        self.assertEqual(told("plain.eth", "NS"), ["ns1.example.net.", "ns2.example.net."])
        self.assertEqual(told("example.com", "NS"), ["ns1.example.com.", "ns2.example.com."])
        self.assertTrue(told("plain.eth", "SOA")[0].startswith("ns1.example.net. hostmaster.ns1."))
        self.assertEqual(self.rcode("nothere.example.com"), "NXDOMAIN")
        self.assertEqual(self.rcode("sub.plain.eth"), "NXDOMAIN")
        self.assertEqual(self.rcode("mail.dns.eth"), "NOERROR")
        self.assertEqual(self.rcode("plain.eth"), "NOERROR")

    def test_an_outage_is_no_answer_and_is_not_kept_for_long(self):
        self.start()
        wait_for(lambda: self.rcode("eth") == "NOERROR", "the chain")
        self.all_play("rpc_error")
        self.assertEqual(self.rcode("dns.eth"), "SERVFAIL")
        began, asked = time.monotonic(), self.calls()
        # The failure is kept: whoever asks again within 5 s troubles no endpoint.
        for _ in range(20):
            reply = self.ask("dns.eth")
            self.assertEqual(dns.rcode.to_text(reply.rcode()), "SERVFAIL")
            self.assertEqual((reply.answer, reply.authority), ([], []))
        if time.monotonic() - began < 4:
            self.assertEqual(self.calls(), asked)
        self.all_play("ok")
        wait_for(lambda: self.rcode("dns.eth") == "NOERROR", "the end of the failure")
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(self.addresses("dns.eth"), ADDRESSES)

    def test_names_live_through_a_restart_in_an_outage_of_every_endpoint(self):
        self.start(top={"store": {"path": str(self.folder / "store")}, "ttl": {"max": "1s"}})
        before = {name: self.addresses(name) for name in ("dns.eth", "site.eth", "www.example.com")}
        self.assertEqual(before["dns.eth"], ADDRESSES)
        wait_for(lambda: self.holdfast.status()["store"]["written"] >= len(before), "the disk")
        self.holdfast.process.kill()
        self.holdfast.process.wait()
        self.holdfast.process = None
        self.all_play("reset")
        time.sleep(1.1)
        self.holdfast.start()
        for name, addresses in before.items():
            reply = self.ask(name)
            found = sorted(str(rdata) for rrset in reply.answer for rdata in rrset)
            self.assertEqual((found, ede_of(reply)), (addresses, [int(dns.edns.EDECode.STALE_ANSWER)]))
            self.assertFalse(reply.flags & dns.flags.AD)


if __name__ == "__main__":
    if anvil.find() is None:
        print("no anvil here: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
