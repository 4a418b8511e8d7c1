#!/usr/bin/env python3
"""Every command of the documents for operators, run as it stands on a machine with real systemd.

Each section has a machine of its own, on which holdfast is installed and names are resolved by it, but for
those that begin earlier. Blocks marked ```sh are run, in order; no line of them may fail."""
import json
import os
import re
import subprocess
import sys
import unittest

import machine

# The upstreams of the installed configuration, played by lab providers: this machine has no network.
LAB = {"safety": {"min_usable": 1, "ejection_interval": "5s"},
       "store": {"path": "/var/lib/holdfast"},
       "upstreams": {"quad9-dot": {"provider": "quad9", "url": "udp://127.0.0.11"},
                     "cloudflare-doh": {"provider": "cloudflare", "url": "udp://127.0.0.12"}},
       "routes": [{"zone": ".", "tiers": [["quad9-dot", "cloudflare-doh"]]}]}
OLD = {"From dnsmasq": "dnsmasq", "From Unbound": "unbound", "From dnsdist": "dnsdist"}
SETTINGS = {
    "dnsmasq": ("/etc/dnsmasq.d/lab.conf",
                "no-resolv\nserver=127.0.0.13\nlisten-address=127.0.0.1\nbind-interfaces\n"),
    "unbound": ("/etc/unbound/unbound.conf.d/lab.conf",
                "server:\n  do-not-query-localhost: no\n  module-config: iterator\n"
                "forward-zone:\n  name: .\n  forward-addr: 127.0.0.13\n"),
    "dnsdist": ("/etc/dnsdist/dnsdist.conf",
                'setLocal("127.0.0.1:53")\nnewServer("127.0.0.13")\n'),
}


def sections(document):
    """(title, [shell text]) of each second-level section with commands."""
    text = (machine.ROOT / document).read_text(encoding="utf-8")
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```sh\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
        if blocks:
            yield part.splitlines()[0], blocks


class Documents(unittest.TestCase):
    def boot(self):
        host = machine.for_package(os.path.basename(os.environ["HOLDFAST_DEB"]))
        host.start()
        for name, address in (("quad9", "127.0.0.11"), ("cloudflare", "127.0.0.12"),
                              ("own", "127.0.0.13")):
            provider = host.beside(
                sys.executable, "-B", machine.ROOT / "tests/lab/provider.py", "--name", name,
                "--listen", f"{address}:53", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self.providers.append(provider)
        host.must("sh", "-c", "rm -f /etc/resolv.conf; ip link add eth0 type veth peer name eth1;"
                  "ip link set eth0 up; ip link set eth1 up; ip addr add 192.0.2.2/24 dev eth0")
        host.write("/etc/resolv.conf", "nameserver 127.0.0.13\n")
        return host

    def install(self, host):
        host.must("sh", "-c", "dpkg -i /mnt/*.deb")
        self.configure(host)

    @staticmethod
    def configure(host):
        host.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
        host.must("systemctl", "restart", "holdfast")

    @staticmethod
    def check_out(host):
        """Where the commands of README begin: in the sources, of which the package under test is built
        already (tests/packaging/deb_test.py), by somebody who may become root."""
        host.write("/mnt/packaging/build-deb", '#!/bin/sh\nmkdir -p "$1" && cp /mnt/*.deb "$1"\n')
        host.write("/usr/bin/sudo", '#!/bin/sh\nexec "$@"\n')
        host.must("chmod", "+x", "/mnt/packaging/build-deb", "/usr/bin/sudo")

    def prepare(self, host, title):
        old = OLD.get(title)
        if old:
            host.write(*SETTINGS[old])
            host.must("systemctl", "enable", "--now", old)
            host.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
            host.must("sh", "-c", "dpkg -i /mnt/*.deb")
            host.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
            host.must("getent", "hosts", "before.example.org")
        elif title == "On a machine":
            self.check_out(host)
        elif not title.startswith("Install"):
            self.install(host)
            if title not in ("Before", "From systemd-resolved"):
                host.must("holdfastctl", "takeover")

    def run_section(self, title, blocks):
        self.providers = []
        host = self.boot()
        try:
            self.prepare(host, title)
            for block in blocks:
                for part in re.split(r"(?<=\.deb\n)", block):
                    done = host.run("bash", "-ec", "cd /mnt\n" + part)
                    self.assertEqual(done.returncode, 0, f"{part}\n{done.stdout}{done.stderr}")
                    if "apt-get install" in part:
                        self.configure(host)
        finally:
            host.stop()
            for provider in self.providers:
                provider.kill()
                provider.communicate()

    def run_document(self, document):
        found = list(sections(document))
        self.assertTrue(found, document)
        for title, blocks in found:
            with self.subTest(document=document, section=title):
                self.run_section(title, blocks)

    def test_readme(self):
        self.run_document("README.md")

    def test_operations(self):
        self.run_document("docs/OPERATIONS.md")

    def test_migration(self):
        self.run_document("docs/MIGRATION.md")

    def test_security(self):
        self.run_document("docs/SECURITY.md")


if __name__ == "__main__":
    machine.need()
    unittest.main()
