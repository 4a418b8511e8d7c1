#!/usr/bin/env python3
"""The url "auto": the resolvers of the network this host is in, as its files tell, and as they
change. In a network namespace with files of its own, as root, where port 53 is free."""
import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

from lab_case import Holdfast, LabCase, Provider, wait_for

import daemon
import namespace

RESOLV_CONF = Path("/etc/resolv.conf")
RESOLVED = Path("/run/systemd/resolve/resolv.conf")
LEASE = Path("/run/systemd/netif/leases/2")
DHCLIENT_LEASE = Path("/var/lib/dhcp/dhclient.eth0.leases")
PUT_ASIDE = Path("/var/lib/holdfast-takeover/resolv.conf")


def write(path, text):
    """As those do who write them: a new file takes the old one's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(".new")
    new.write_text(text)
    new.replace(path)


class Auto(LabCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-auto.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.providers = {}
        for last in (1, 2, 3):
            address = f"127.0.1.{last}"
            provider = cls.providers[address] = Provider(f"net{last}", address, 53).start()
            cls.addClassCleanup(provider.stop)

    def setUp(self):
        for path in (RESOLV_CONF, RESOLVED, LEASE, DHCLIENT_LEASE, PUT_ASIDE):
            path.unlink(missing_ok=True)
        shutil.rmtree("/run/resolvconf", ignore_errors=True)

    def start(self):
        upstreams = {"lan": {"class": "cloud", "provider": "lan", "url": "auto"}}
        config = daemon.configuration(self.folder, 53, upstreams,
                                      [{"zone": ".", "tiers": [["lan"]]}])
        self.holdfast = Holdfast(self.folder, config)
        self.addCleanup(self.holdfast.stop)
        self.holdfast.start()

    def resolvers(self):
        """{upstream: address}"""
        return {u["name"]: u["address"] for u in self.holdfast.status()["upstreams"]}

    def become(self, expected):
        wait_for(lambda: self.resolvers() == expected, f"the resolvers {expected}")

    def test_resolvers_are_found_and_followed(self):
        write(RESOLV_CONF, "nameserver 127.0.0.1\nnameserver 127.0.1.1\n")
        self.start()
        self.become({"lan-1": "127.0.1.1:53"})
        self.assertEqual(self.holdfast.dig("one.example.org")[0], "NOERROR")
        self.assertEqual(self.providers["127.0.1.1"].seen("one.example.org."), 1)

        write(RESOLV_CONF, "nameserver 127.0.1.2\nnameserver 127.0.1.1\n")
        self.become({"lan-1": "127.0.1.2:53", "lan-2": "127.0.1.1:53"})
        self.assertIn("this host's network has the resolvers 127.0.1.2, 127.0.1.1",
                      self.holdfast.log())
        self.assertEqual(self.holdfast.dig("two.example.org")[0], "NOERROR")
        self.assertEqual(self.providers["127.0.1.2"].seen("two.example.org."), 1)
        self.assertEqual(self.holdfast.upstream("lan-2")["answered"], 1, "it kept what it was")

        RESOLV_CONF.unlink()
        RESOLV_CONF.symlink_to(RESOLVED.with_name("stub-resolv.conf"))
        write(RESOLVED.with_name("stub-resolv.conf"), "nameserver 127.0.0.53\n")
        write(RESOLVED, "nameserver 127.0.1.3\n")
        write(LEASE, "ADDRESS=127.0.1.9\nDNS=127.0.1.3 127.0.1.1\n")
        # The folders are new: they are found with the next look, which a reload brings.
        self.assertEqual(self.holdfast.ctl("reload").returncode, 0)
        self.become({"lan-1": "127.0.1.3:53", "lan-2": "127.0.1.1:53"})

    def test_what_resolvconf_was_told_is_followed(self):
        write(RESOLV_CONF, "nameserver 127.0.0.1\n")
        for folder, last in (("interface", 1), ("interfaces", 2), ("keys", 3)):
            write(Path("/run/resolvconf") / folder / "eth0.dhcp", f"nameserver 127.0.1.{last}\n")
        self.start()
        self.become({f"lan-{n}": f"127.0.1.{n}:53" for n in (1, 2, 3)})
        begun = time.monotonic()
        Path("/run/resolvconf/interfaces/eth0.dhcp").unlink()
        self.become({"lan-1": "127.0.1.1:53", "lan-2": "127.0.1.3:53"})
        self.assertLess(time.monotonic() - begun, 10, "noticed, not found by the look of each minute")
        self.assertEqual(self.holdfast.dig("five.example.org")[0], "NOERROR")

    def test_behind_a_takeover_the_leases_of_dhclient_are_followed(self):
        write(RESOLV_CONF, "nameserver 127.0.0.1\n")
        write(PUT_ASIDE, "nameserver 127.0.1.1\n")
        lease = "lease {{\n  interface \"eth0\";\n  option domain-name-servers {0};\n}}\n"
        write(DHCLIENT_LEASE, lease.format("127.0.1.1,127.0.1.2"))
        self.start()
        self.become({"lan-1": "127.0.1.1:53", "lan-2": "127.0.1.2:53"})
        self.assertEqual(self.holdfast.dig("six.example.org")[0], "NOERROR")
        self.assertEqual(self.providers["127.0.1.1"].seen("six.example.org."), 1)
        with open(DHCLIENT_LEASE, "a", encoding="ascii") as leases:  # the last one counts
            leases.write(lease.format("127.0.1.3"))
        self.become({"lan-1": "127.0.1.1:53", "lan-2": "127.0.1.3:53"})

    def test_a_file_that_says_nothing_takes_nobody_away(self):
        write(RESOLV_CONF, "nameserver 127.0.1.1\n")
        self.start()
        self.become({"lan-1": "127.0.1.1:53"})
        RESOLV_CONF.write_text("")
        write(RESOLVED.with_name("other"), "nameserver 127.0.1.3\n")
        self.assertEqual(self.holdfast.ctl("reload").returncode, 0)
        self.assertEqual(self.resolvers(), {"lan-1": "127.0.1.1:53"})
        self.assertEqual(self.holdfast.dig("three.example.org")[0], "NOERROR")

    def test_without_any_it_is_down_until_there_is_one(self):
        write(RESOLV_CONF, "nameserver 127.0.0.1\noptions edns0\n")
        self.start()
        lan = wait_for(lambda: (u := self.holdfast.upstream("lan-1"))["state"] == "down" and u,
                       "it to be down")
        self.assertEqual(lan["cause"], "no_address")
        self.assertIn('"auto" finds no resolver', lan["fault"])
        write(RESOLV_CONF, "nameserver 127.0.0.1\nnameserver 127.0.1.1\n")
        self.become({"lan-1": "127.0.1.1:53"})
        self.assertEqual(self.holdfast.dig("four.example.org")[0], "NOERROR")


if __name__ == "__main__":
    scratch = tempfile.TemporaryDirectory(prefix="holdfast-files.")
    if (os.geteuid() != 0 or not namespace.enter()
            or not namespace.own_files(scratch.name, ["/etc"],
                                       ["/run", "/var/lib"])):
        print("skipped: no right to make a network namespace")
        sys.exit(77)
    unittest.main()
