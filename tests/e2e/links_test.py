#!/usr/bin/env python3
"""A VPN comes and goes: names in its domains are asked of its servers alone, as a real systemd-resolved knows
them. In network namespaces of the test's own: this host's, and that behind the VPN."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from lab_case import Holdfast, Provider, daemon, wait_for

LAB = Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))
import namespace  # noqa: E402 (found beside this folder)
import resolved  # noqa: E402

WHO = "whoami.lab"
# The servers of the lab are on loopback; behind a VPN nobody is.
BEHIND = """
import socket, sys
import dns.message, dns.rdatatype, dns.rrset
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
data = {dns.rdatatype.TXT: sys.argv[2], dns.rdatatype.A: "192.0.2.1"}
while True:
    query, client = server.recvfrom(4096)
    reply = dns.message.make_response(dns.message.from_wire(query))
    asked = reply.question[0]
    if asked.rdtype in data:
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype, data[asked.rdtype]))
    server.sendto(reply.to_wire(), client)
"""


def tearDownModule():
    """`ip netns` has mounted it in a folder that goes."""
    subprocess.run(["umount", "--lazy", "/run/netns"], check=True)


class Links(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-links.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        namespace.ip("netns add vpn")
        self.addCleanup(namespace.ip, "netns delete vpn")
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "tun0"], check=False,
                        stderr=subprocess.DEVNULL)
        self.connect()
        self.vpn = self.behind("vpn", "10.8.0.1")
        self.public = Provider("public", "127.0.0.1").start()
        self.addCleanup(self.public.stop)
        self.resolved = resolved.Resolved(self.folder)
        self.addCleanup(self.resolved.stop)
        self.resolved.start()
        upstreams = {"public": {"url": f"udp://{self.public.endpoint}"}}
        self.config = daemon.configuration(self.folder, 0, upstreams,
                                           [{"zone": ".", "tiers": [["public"]]}])
        self.holdfast = Holdfast(self.folder, self.config)
        self.addCleanup(self.holdfast.stop)

    @staticmethod
    def connect():
        namespace.ip("link add tun0 type veth peer name tun1 netns vpn")
        namespace.ip("address add 10.8.0.2/24 dev tun0")
        namespace.ip("link set tun0 up")
        namespace.ip("-n vpn address add 10.8.0.1/24 dev tun1")
        namespace.ip("-n vpn link set tun1 up")
        namespace.ip("-n vpn link set lo up")

    def behind(self, name, address):
        """A server behind the VPN, which says its name."""
        process = subprocess.Popen(["ip", "netns", "exec", "vpn", sys.executable, "-B", "-c", BEHIND,
                                    address, name], stdin=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.communicate()

    def start(self):
        self.holdfast.start(env=self.resolved.environment)

    def who(self):
        """Who answers for the domain, by an answer that is never kept."""
        self.holdfast.ctl("flush", WHO)
        return "".join(self.holdfast.dig(WHO, "TXT")[1]).strip('"')

    def announce(self):
        # Without a word on it, a link with a domain for routing only is not.
        self.resolved.must_tell("default-route", "tun0", "true")
        self.resolved.must_tell("dns", "tun0", "10.8.0.1")
        self.resolved.must_tell("domain", "tun0", "~lab", "corp.example")

    def test_a_domain_is_the_links_while_it_is_there(self):
        self.start()
        self.assertEqual(self.who(), "public")
        self.announce()
        wait_for(lambda: self.who() == "vpn", "the route to the link")
        self.assertIn("links of this host have the domains: lab (tun0: 10.8.0.1)", self.holdfast.log())
        self.assertNotIn("corp.example", self.holdfast.log(), "it is the default of names still")
        self.assertIn("link:tun0-1", self.holdfast.ctl("status").stdout)
        # A daemon that has just started learns of it, too.
        self.holdfast.stop()
        self.start()
        wait_for(lambda: self.who() == "vpn", "the route to the link")
        # Its servers fail: names are nobody else's.
        asked = self.public.seen(".lab.")
        self.end(self.vpn)
        self.holdfast.ctl("flush", ".", "--zone")
        self.assertEqual(self.holdfast.dig("a.lab")[0], "SERVFAIL")
        self.assertEqual(self.public.seen(".lab."), asked)
        # The search domains of a link that is nobody's default are its own.
        self.vpn = self.behind("vpn", "10.8.0.1")
        self.resolved.must_tell("default-route", "tun0", "false")
        wait_for(lambda: "corp.example (tun0" in self.holdfast.log(), "the search domain")
        namespace.ip("link delete tun0")
        wait_for(lambda: self.who() == "public", "the route to be gone")
        self.assertIn("links of this host have the domains: none", self.holdfast.log())

    def test_a_route_of_the_configuration_wins(self):
        self.config["routes"].append({"zone": "lab", "tiers": [["public"]]})
        self.start()
        self.resolved.must_tell("dns", "tun0", "10.8.0.1")
        self.resolved.must_tell("domain", "tun0", "~lab", "~other.example")
        wait_for(lambda: "other.example (tun0" in self.holdfast.log(), "the domains")
        self.assertEqual(self.who(), "public")

    def test_without_the_wish_nobody_is_asked(self):
        self.config["link_routes"] = False
        self.announce()
        self.start()
        self.assertEqual(self.who(), "public")
        self.assertNotIn("links of this host", self.holdfast.log())
        # With it, from the next reload on.
        self.config["link_routes"] = True
        self.holdfast.write()
        self.holdfast.ctl("reload")
        wait_for(lambda: self.who() == "vpn", "the route to the link")
        self.resolved.end()
        self.assertEqual(self.who(), "vpn", "who does not answer for a moment takes nothing away")


if __name__ == "__main__":
    scratch = tempfile.TemporaryDirectory(prefix="holdfast-etc.")
    if resolved.missing():
        print("not installed:", ", ".join(resolved.missing()))
        sys.exit(77)
    if not resolved.own_run(scratch.name) or not namespace.enter():
        print("needs root, and namespaces of its own")
        sys.exit(77)
    unittest.main()
