#!/usr/bin/env python3
"""The configuration that the package brings, as it is, on a machine with real systemd: the host's own
resolvers serve, the public providers are reached over TLS where theirs are silent, and neither is
needed for what is known."""
import json
import signal
import unittest

import machine
from lab_host import BEFORE, RESOLV, LabHost

# Addresses of the two presets, on the machine's loopback: "real" TLS servers, whose certificate the
# machine trusts.
QUAD9 = ("9.9.9.9", "149.112.112.112")
CLOUDFLARE = ("1.1.1.1", "1.0.0.1")
RETURN = 120  # seconds within which one that was down is asked again
CERTIFICATE = """
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=lab -keyout /etc/dnsdist/lab.key \\
  -out /usr/local/share/ca-certificates/lab.crt -addext subjectAltName=DNS:dns.quad9.net,DNS:cloudflare-dns.com
chown _dnsdist /etc/dnsdist/lab.key
update-ca-certificates
"""


def public_providers():
    """dnsdist's configuration: DoT and DoH at those addresses, answers of the lab's alpha."""
    files = '"/usr/local/share/ca-certificates/lab.crt", "/etc/dnsdist/lab.key"'
    lines = ['setLocal("127.0.0.20:53")', 'setACL("0.0.0.0/0")', 'newServer("127.0.0.11")']
    lines += [f'addTLSLocal("{address}:853", {files})' for address in QUAD9]
    lines += [f'addDOHLocal("{address}:443", {files}, "/dns-query")' for address in CLOUDFLARE]
    return "\n".join(lines) + "\n"


class Shipped(LabHost):
    def install(self):
        self.machine.must("dpkg", "-i", "/mnt/holdfast.deb")
        self.machine.wait_for(lambda: self.answers("ready.example.org"), "an answer")

    def answers(self, name):
        return "status: NOERROR" in self.machine.run(
            "dig", "@127.0.0.1", name, "+time=5", "+tries=1").stdout

    def answered(self):
        """By provider, how many exchanges were answered."""
        told = json.loads(self.machine.must("holdfastctl", "--json", "status"))["upstreams"]
        return {provider: sum(u["answered"] for u in told if u["provider"] == provider)
                for provider in ("lan", "quad9", "cloudflare")}

    def test_the_hosts_own_resolver_serves_where_the_internet_is_not_reached(self):
        before = self.picture()
        self.install()
        self.take()
        asked = self.queries()
        self.assertTrue(self.resolves("one.example.org"))
        self.assertGreater(self.queries(), asked)
        # "auto" remembers whom this host asked.
        self.machine.must("systemctl", "restart", "holdfast")
        self.assertTrue(self.resolves("two.example.org"))
        self.assertGreater(self.answered()["lan"], 0)
        self.providers["own"].send_signal(signal.SIGSTOP)
        self.assertTrue(self.resolves("one.example.org"), "nobody answers, but it is known")
        self.providers["own"].send_signal(signal.SIGCONT)
        self.machine.wait_for(lambda: self.resolves("three.example.org"), "the resolver's return")
        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.resolv(), BEFORE)
        self.machine.must("dpkg", "--purge", "holdfast")
        self.assertEqual(self.picture() ^ before, set())

    def test_public_providers_over_tls_stand_by(self):
        self.machine.must("sh", "-ec", CERTIFICATE)
        for address in (*QUAD9, *CLOUDFLARE):
            self.machine.must("ip", "address", "add", address + "/32", "dev", "lo")
        self.machine.write("/etc/dnsdist/dnsdist.conf", public_providers())
        self.machine.must("systemctl", "start", "dnsdist")
        self.install()
        self.take()
        self.providers["own"].send_signal(signal.SIGSTOP)
        before = self.answered()
        for number in range(10):
            self.assertTrue(self.resolves(f"by-tls-{number}.example.org"), number)
        now = self.answered()
        self.assertGreater(now["quad9"] + now["cloudflare"], before["quad9"] + before["cloudflare"])
        for others, left in ((QUAD9, "cloudflare"), (CLOUDFLARE, "quad9")):
            before = self.answered()
            for address in others:
                self.machine.must("ip", "address", "del", address + "/32", "dev", "lo")
            for number in range(10):
                self.assertTrue(self.resolves(f"by-{left}-{number}.example.org"), number)
            self.assertGreater(self.answered()[left], before[left])
            for address in others:
                self.machine.must("ip", "address", "add", address + "/32", "dev", "lo")
            self.machine.must("systemctl", "restart", "dnsdist")
            self.machine.wait_for(self.both_usable, "the providers", RETURN)
        self.assertEqual(self.machine.read(RESOLV).count("nameserver"), 1)

    def both_usable(self):
        told = json.loads(self.machine.must("holdfastctl", "--json", "status"))["upstreams"]
        return sum(u["usable"] for u in told if u["provider"] != "lan") == 2


if __name__ == "__main__":
    machine.need()
    unittest.main()
