#!/usr/bin/env python3
"""DNS cookies towards upstreams: named gives and demands them, changes its secret, stops giving
them; a lab provider does worse. No client and no upstream's health notices. And what a client puts
into its own OPT stays between it and holdfast."""
import re
import subprocess
import sys
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode

from lab_case import LabCase, OwnLab, daemon, wait_for
from peer import APEX, Named, missing, zone

MISSING = missing("named", "dig")
SECRETS = [f'"{digit * 32}"' for digit in "01"]


class Cookies:
    """What both kinds of upstream are looked at by."""

    def metric(self, pattern):
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.holdfast.get("/metrics")[1].splitlines()
                   if re.match(pattern, line))

    def ended(self, upstream, outcome):
        return self.metric(
            rf'holdfast_exchanges_total{{upstream="{upstream}".*outcome="{outcome}"}}')

    def connects(self, upstream):
        return self.metric(rf'holdfast_upstream_tcp_connects_total{{upstream="{upstream}"')

    def assert_answered(self, *names):
        for name in names:
            status, answers = self.holdfast.dig(name)
            self.assertEqual((status, len(answers)), ("NOERROR", 1), name + "\n" + self.holdfast.log())

    def assert_healthy(self, upstream):
        self.assertEqual(self.holdfast.upstream(upstream)["state"], "up")
        events = self.holdfast.status()["transitions"]
        self.assertNotIn(upstream, [event["upstream"] for event in events])


class WithNamed(Cookies, OwnLab):
    """named in the first tier, a lab provider in the second."""

    def configuration(self):
        self.named = Named(self.folder, "127.0.0.1", cookie_secret=SECRETS[0],
                           require_server_cookie="yes")
        self.addCleanup(self.named.kill)
        upstreams = {
            "named": {"class": "external", "provider": "named",
                      "url": f"udp://{self.named.endpoint}"},
            "alpha": {"class": "external", "provider": "alpha",
                      "url": f"udp://{self.alpha.endpoint}"},
        }
        config = daemon.configuration(self.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["named"], ["alpha"]]}])
        config["workers"] = 1
        return config

    def restart_named(self, **settings):
        """As another machine that took over the address."""
        self.named.kill()
        self.named.settings = settings
        self.named.start()

    def log_of(self, name):
        """The flags named's log shows for the queries of a name, letter case aside."""
        return re.findall(rf"query: {re.escape(name)} IN A (\S+)", self.named.output.read_text(),
                          re.IGNORECASE)

    def start(self):
        self.named.start()
        self.holdfast.start()
        self.addCleanup(self.check_stop_of, self.holdfast)

    def check_stop_of(self, holdfast):
        self.assertIn(holdfast.stop(), (0, None), holdfast.log()[-5000:])

    def test_it_demands_cookies_and_gets_them(self):
        self.start()
        # It is not easily satisfied, or this would prove nothing.
        plain = subprocess.run(["dig", f"@{self.named.address}", "-p", str(self.named.port), "+cookie",
                                "+nobadcookie", "x.example"], capture_output=True, text=True,
                               check=False).stdout
        self.assertIn("BADCOOKIE", plain)
        names = [f"n{i}.{APEX}" for i in range(20)]
        self.assert_answered(*names)
        self.assertEqual(self.ended("named", "bad_cookie"), 1, "the first question only")
        self.assertEqual(self.metric(
            'holdfast_exchanges_started_total{upstream="named".*reason="cookie"}'), 1)
        self.assertGreater(self.metric('holdfast_upstream_cookie_replies_total{upstream="named"'), 20)
        for name in names[1:]:
            self.assertIn("V", self.log_of(name.rstrip("."))[0], "the cookie is a good one")
        self.assertEqual(self.connects("named"), 0)
        self.assert_healthy("named")

    def test_another_site_takes_over(self):
        self.start()
        self.assert_answered(f"a.{APEX}", f"b.{APEX}")
        before = self.ended("named", "bad_cookie")
        self.restart_named(cookie_secret=SECRETS[1], require_server_cookie="yes")
        self.assert_answered(f"c.{APEX}", f"d.{APEX}")
        self.assertEqual(self.ended("named", "bad_cookie"), before + 1)
        self.assertEqual(len(self.log_of(f"c.{APEX}".rstrip("."))), 2)
        self.assertEqual(self.alpha.seen("." + APEX), 0)

    def test_it_stops_giving_them(self):
        self.start()
        self.assert_answered(f"a.{APEX}", f"b.{APEX}")
        self.restart_named(answer_cookie="no")
        self.assert_answered(f"c.{APEX}", f"d.{APEX}")
        self.assertEqual(self.ended("named", "no_cookie"), 2)
        self.assertIn("T", self.log_of(f"c.{APEX}".rstrip("."))[1], "over TCP")
        self.assertEqual(self.alpha.seen("." + APEX), 0)
        # Sixteen of them are no forgery: from then on they are as good as any.
        self.assert_answered(*(f"e{i}.{APEX}" for i in range(20)))
        self.assertEqual(self.ended("named", "no_cookie"), 16)


class WithProvider(Cookies, LabCase):
    """A lab provider that does with cookies what it likes."""

    @classmethod
    def configure(cls, config):
        config["workers"] = 1

    def setUp(self):
        super().setUp()
        self.cloud.cookies = "off"

    def test_1_no_cookie_of_its_is_right(self):
        self.cloud.cookies = "never"
        connects = self.connects("cloud")
        self.assert_answered("never1.example.org", "never2.example.org")
        self.assertEqual(self.cloud.seen("never1.example.org."), 3, "twice over UDP, once over TCP")
        self.assertGreaterEqual(self.connects("cloud"), connects + 1)
        self.assertEqual(self.alpha.seen(".example.org."), 0)
        self.assert_healthy("cloud")

    def test_2_sites_behind_it_differ(self):
        self.cloud.cookies = "require"
        for site in range(10):
            self.cloud.site = site
            self.assert_answered(f"site{site}a.example.org", f"site{site}b.example.org")
            self.assertEqual(self.cloud.seen(f"site{site}b.example.org."), 1)
        self.cloud.cookies = "off"
        self.assert_answered("nosite.example.org")
        self.assertEqual(self.cloud.seen("nosite.example.org."), 2, "UDP, then TCP")
        self.assertEqual(self.alpha.seen(".example.org."), 0)
        self.assert_healthy("cloud")

    def test_3_it_cannot_bear_them(self):
        self.alpha.cookies = "refuse"
        self.cloud.fault = "servfail"
        self.assert_answered("refused1.example.net", "refused2.example.net")
        self.assertEqual(self.alpha.seen("refused1.example.net."), 2)
        seen = [q for q in self.alpha.questions if q.name == "refused2.example.net."]
        self.assertEqual([(q.payload, q.options) for q in seen], [(1232, {})], "EDNS, but no cookie")
        self.assert_healthy("alpha")

    def test_4_what_clients_send_stays_here(self):
        """A client subnet, a cookie, and an option of nobody's knowledge: RFC 6891 6.2.6, RFC 7871."""
        self.cloud.cookies = "give"
        own = b"clients!"
        query = dns.message.make_query("hop.example.com", "A", want_dnssec=True, options=[
            dns.edns.ECSOption("198.51.100.0", 24), dns.edns.GenericOption(zone.COOKIE, own),
            dns.edns.GenericOption(65001, b"secret")])
        query.flags |= dns.flags.CD
        for ask in (dns.query.udp, dns.query.tcp):
            reply = ask(query, "127.0.0.1", port=self.holdfast.port, timeout=10)
            self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
            self.assertNotIn(zone.COOKIE, [option.otype for option in reply.options])
            self.assertNotIn(zone.CLIENT_SUBNET, [option.otype for option in reply.options])
        seen = [q for q in self.cloud.questions if q.name == "hop.example.com."]
        self.assertEqual(len(seen), 1)
        self.assertEqual(list(seen[0].options), [zone.COOKIE])
        self.assertNotEqual(seen[0].options[zone.COOKIE][:8], own)
        self.assertTrue(seen[0].dnssec_ok, "DO is the client's wish")
        self.assertTrue(seen[0].flags & dns.flags.CD, "and so is CD")
        self.assertFalse(seen[0].flags & dns.flags.AD, "nobody here is trusted with AD")

    def test_5_nor_does_it_go_over_tcp(self):
        query = dns.message.make_query("big-3000.example.com", "TXT", options=[
            dns.edns.ECSOption("198.51.100.0", 24), dns.edns.GenericOption(zone.COOKIE, b"clients!")])
        reply = dns.query.tcp(query, "127.0.0.1", port=self.holdfast.port, timeout=10)
        self.assertEqual(len(reply.answer), 1)
        seen = [q for q in self.cloud.questions if q.name == "big-3000.example.com."]
        self.assertEqual([list(q.options) for q in seen], [[zone.COOKIE], []], "UDP, then TCP")
        self.assertFalse(any(q.dnssec_ok or q.flags & dns.flags.CD for q in seen))


if __name__ == "__main__":
    if MISSING:  # ctest tells it as skipped, not as passed
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
