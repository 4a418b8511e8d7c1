#!/usr/bin/env python3
"""A host's life with the package, on a machine with real systemd: installed, taken over, through an
outage, stopped, given up, given back, purged; and with those who manage resolv.conf elsewhere."""
import json
import signal
import time
import unittest

import machine
from lab_host import BEFORE, JOURNAL, LAB, PUT_ASIDE, RESOLV, LabHost


class Host(LabHost):
    """One machine for each test."""

    def test_a_life_from_installation_to_purge(self):
        before = self.picture()
        begun = time.monotonic()
        self.install()
        self.assertEqual(self.resolv(), BEFORE, "installing changes nothing")
        self.take()
        took = time.monotonic() - begun
        print(f"from dpkg -i to a host that resolves through holdfast: {took:.1f} s")
        self.assertLess(took, 60)
        asked = self.queries()
        self.assertTrue(self.resolves("one.example.org"))
        self.assertGreater(self.queries(), asked)

        self.providers["alpha"].send_signal(signal.SIGSTOP)
        self.assertTrue(self.resolves("two.example.org"), "one provider is silent")
        self.providers["beta"].send_signal(signal.SIGSTOP)
        self.assertTrue(self.resolves("one.example.org"), "all are silent")
        self.machine.must("systemctl", "restart", "holdfast")
        self.assertTrue(self.resolves("two.example.org"), "all are silent, after a restart")
        self.assertIn("127.0.0.1\n", self.resolv())
        for name in ("alpha", "beta"):
            self.providers[name].send_signal(signal.SIGCONT)

        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.resolv(), BEFORE)
        self.machine.must("dpkg", "--purge", "holdfast")
        self.assertEqual(self.picture() ^ before, set())

    def test_restarts_and_upgrades_leave_resolv_conf_alone(self):
        self.install()
        self.take()
        text = self.machine.must("stat", "-c", "%i %Y", RESOLV)
        self.machine.must("systemctl", "restart", "holdfast")
        self.machine.must("dpkg", "-i", "/mnt/holdfast.deb")
        before = self.main_pid()
        self.machine.must("kill", "-KILL", before)
        self.machine.wait_for(lambda: self.main_pid() not in ("0", before), "the next process")
        self.machine.wait_for(lambda: self.resolves("after.example.org"), "answers")
        self.assertEqual(self.machine.must("stat", "-c", "%i %Y", RESOLV), text)
        self.assertEqual(self.machine.run("journalctl", "--no-pager", "-u", "holdfast-giveback").stdout
                         .count("Starting"), 0)

    def test_an_operators_stop_gives_back_and_a_start_takes_over(self):
        self.install()
        self.take()
        self.machine.must("systemctl", "stop", "holdfast.socket", "holdfast.service")
        self.assertEqual(self.resolv(), BEFORE)
        self.assertTrue(self.resolves("stopped.example.org"))
        self.assertEqual(self.machine.run("systemctl", "is-active", "holdfast-ipv6.socket").stdout,
                         "inactive\n")
        self.machine.write("/etc/hosts", "127.0.0.1 localhost\n")
        self.machine.must("systemctl", "start", "holdfast.socket")
        # The well-known names are the lab's, too.
        self.machine.wait_for(lambda: "127.0.0.1\n" in self.resolv(), "the takeover")

    def test_when_systemd_gives_up_names_are_given_back(self):
        self.install()
        self.take()
        self.machine.write("/etc/holdfast/holdfast.json", "{ broken")
        self.machine.run("systemctl", "restart", "holdfast")
        self.machine.wait_for(lambda: self.resolv() == BEFORE, "what was before")
        self.assertTrue(self.resolves("given.up.example.org"))
        self.machine.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
        self.machine.run("systemctl", "reset-failed")
        self.machine.must("systemctl", "start", "holdfast.socket", "holdfast.service")
        self.machine.wait_for(lambda: "127.0.0.1\n" in self.resolv(), "the takeover")

    def test_ends_that_do_not_end_are_given_up(self):
        self.install()
        self.take()
        self.machine.write("/etc/systemd/system/holdfast.service.d/soon.conf",
                           "[Unit]\nStartLimitIntervalSec=600s\nStartLimitBurst=3\n")
        self.machine.must("systemctl", "daemon-reload")
        self.machine.must("systemctl", "restart", "holdfast")
        for _ in range(2):
            before = self.main_pid()
            self.machine.must("kill", "-KILL", before)
            self.machine.wait_for(lambda: self.main_pid() not in ("0", before), "the next process")
            self.assertIn("127.0.0.1\n", self.resolv(), "not given up yet")
        self.machine.wait_for(lambda: self.resolves("again.example.org"), "answers")
        self.machine.must("kill", "-KILL", self.main_pid())
        self.machine.wait_for(lambda: self.resolv() == BEFORE, "what was before")
        self.assertTrue(self.resolves("given.up.example.org"))

    def test_an_interrupted_takeover_is_undone_by_a_restart_of_the_daemon(self):
        self.interrupt()
        self.machine.must("sh", "-c", "kill -KILL $(cat /var/takeover.pid)")
        self.machine.must("systemctl", "restart", "holdfast")
        self.machine.wait_for(lambda: self.resolv() == BEFORE, "what was before")
        self.assertNotEqual(self.machine.run("test", "-e", JOURNAL).returncode, 0)

    def test_names_that_do_not_resolve_yet_are_tried_again(self):
        self.install()
        self.take()
        self.machine.write("/etc/systemd/system/holdfast-resume.service.d/soon.conf",
                           "[Service]\nRestartSec=1s\n")
        self.machine.must("systemctl", "daemon-reload")
        self.machine.must("systemctl", "stop", "holdfast.socket", "holdfast.service")
        # The store would answer.
        self.machine.must("sh", "-c", "rm -rf /var/lib/holdfast/*")
        for provider in ("alpha", "beta"):
            self.providers[provider].send_signal(signal.SIGSTOP)
        self.machine.must("systemctl", "start", "holdfast.socket")
        self.machine.wait_for(lambda: int(self.machine.must(
            "systemctl", "show", "-P", "NRestarts", "holdfast-resume")) > 1, "a second try", 90)
        for provider in ("alpha", "beta"):
            self.providers[provider].send_signal(signal.SIGCONT)
        self.machine.wait_for(lambda: "taken" in self.machine.read(JOURNAL), "the takeover", 90)
        self.assertIn("127.0.0.1\n", self.resolv())
        # Nor does it go on without a daemon.
        self.machine.must("systemctl", "stop", "holdfast.socket", "holdfast.service")
        self.assertEqual(self.machine.run("systemctl", "is-active", "holdfast-resume").stdout,
                         "inactive\n")

    def test_removal_gives_back(self):
        self.install()
        self.take()
        self.machine.must("dpkg", "--remove", "holdfast")
        self.assertEqual(self.resolv(), BEFORE)
        self.assertTrue(self.resolves("removed.example.org"))

    def test_others_may_not_steer(self):
        self.install()
        done = self.machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                                "holdfastctl", "flush", "x.example")
        self.assertEqual((done.returncode, "its group may read" in done.stderr), (1, True), done.stderr)
        self.assertIn("control socket: refused an answer to the user with id 65534",
                      self.machine.must("journalctl", "-u", "holdfast"))
        done = self.machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                                "holdfastctl", "takeover")
        self.assertIn("only root", done.stderr)

    def ask_from_the_container(self, name="www.example.org"):
        """The answer, or "" if there is none."""
        said = self.machine.run("ip", "netns", "exec", "box", "dig", "+short", "+tries=1", "+time=3",
                                "@10.88.0.1", name).stdout
        return "".join(line for line in said.splitlines() if not line.startswith(";"))

    def test_containers_ask_at_their_bridge(self):
        self.machine.must("sh", "-c", "ip link add br-lab type bridge; ip link set br-lab up;"
                          "ip addr add 10.88.0.1/16 dev br-lab; ip netns add box;"
                          "ip link add c0 type veth peer name c1 netns box;"
                          "ip link set c0 master br-lab; ip link set c0 up;"
                          "ip -n box addr add 10.88.0.2/16 dev c1; ip -n box link set c1 up")
        before = self.picture()
        self.install()
        out = self.machine.must("holdfastctl", "takeover", "--verify", "www.example.org",
                                "--container-address", "10.88.0.1")
        self.assertIn("holdfast.service.d/90-takeover.conf: holdfastd listens on 10.88.0.1", out)
        self.assertTrue(self.ask_from_the_container())
        self.assertIn("already", self.machine.must("holdfastctl", "takeover", "--container-address",
                                                   "10.88.0.1"))
        self.machine.must("systemctl", "restart", "holdfast")
        self.assertTrue(self.ask_from_the_container())

        begun = time.monotonic()
        self.machine.must("systemctl", "stop", "holdfast.socket", "holdfast.service")
        self.assertLess(time.monotonic() - begun, 15, "nothing waits for another")
        self.assertEqual(self.machine.run("systemctl", "is-active", "holdfast.service").stdout,
                         "inactive\n", "giving back does not start it again")
        self.assertEqual(self.resolv(), BEFORE)
        self.assertEqual(self.ask_from_the_container(), "")
        self.machine.must("systemctl", "start", "holdfast.socket")
        self.machine.wait_for(self.ask_from_the_container, "the container's answer")
        self.machine.wait_for(lambda: "taken" in self.machine.read(JOURNAL), "the takeover", 90)

        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.ask_from_the_container(), "")
        self.assertTrue(self.resolves("given.back.example.org"))
        self.machine.must("dpkg", "--purge", "holdfast")
        self.assertEqual(self.picture() ^ before, set())

    def test_the_stub_of_systemd_resolved_asks_us(self):
        # It asks nobody before an interface is up.
        self.machine.must("sh", "-c", "ip link add eth0 type veth peer name eth1; ip link set eth1 up;"
                          "ip link set eth0 up; ip addr add 192.0.2.2/24 dev eth0")
        self.install_extra("systemd-resolved")
        self.machine.must("systemctl", "start", "systemd-resolved")
        self.machine.must("ln", "-sf", "../run/systemd/resolve/stub-resolv.conf", RESOLV)
        # Servers of all its files add up.
        self.machine.must("sh", "-c", "echo DNS=127.0.0.13 >> /etc/systemd/resolved.conf")
        self.machine.write("/etc/systemd/resolved.conf.d/own.conf", "[Resolve]\nDNS=192.0.2.97\n")
        self.machine.must("systemctl", "restart", "systemd-resolved")
        before = self.picture()
        self.assertTrue(self.resolves("before.example.org"))
        self.install()
        self.assertIn("systemd-resolved (stub)", self.take())
        asked = self.queries()
        self.assertTrue(self.resolves("stub.example.org"))
        self.assertGreater(self.queries(), asked)
        self.assertEqual(self.nameservers("/run/systemd/resolve/resolv.conf"), ["127.0.0.1"])
        self.assertIn("127.0.0.13", self.nameservers(PUT_ASIDE), 'for "auto"')
        self.machine.wait_for(lambda: self.drift() == [], "the daemon to see the takeover")
        self.machine.must("sh", "-c", f"rm {RESOLV}; echo nameserver 127.0.0.13 > {RESOLV}")
        self.machine.wait_for(lambda: "no longer leads to" in "".join(self.drift() or []), "the drift")
        self.take()
        self.assertIn("stub-resolv.conf", self.machine.must("readlink", RESOLV))
        self.machine.must("holdfastctl", "giveback")
        self.machine.must("dpkg", "--purge", "holdfast")
        self.assertEqual(self.picture() ^ before, set())
        self.assertTrue(self.resolves("afterwards.example.org"))

    def test_resolvconf_writes_no_more(self):
        self.install_extra("resolvconf")
        # Those of resolvers that are installed here and do not run.
        self.machine.must("sh", "-c", "rm -f /etc/resolvconf/update.d/unbound "
                          "/etc/resolvconf/update.d/dnsmasq; resolvconf --enable-updates; "
                          f"ln -sf /run/resolvconf/resolv.conf {RESOLV}; "
                          "echo nameserver 127.0.0.13 | resolvconf -a eth0.test")
        self.assertTrue(self.resolves("before.example.org"))
        self.install()
        self.assertIn("resolvconf", self.take())
        self.machine.must("sh", "-c", "echo nameserver 127.0.0.13 | resolvconf -a eth1.test")
        self.assertIn("nameserver 127.0.0.1\n", self.resolv())
        self.machine.must("holdfastctl", "giveback")
        self.assertIn("127.0.0.13", self.resolv())

    def test_openresolv_writes_us_alone(self):
        self.install_extra("openresolv")
        self.machine.must("sh", "-c", "echo nameserver 192.0.2.98 | resolvconf -a eth0.test")
        before = self.machine.read("/etc/resolvconf.conf")
        self.install()
        self.assertIn("openresolv", self.take())
        self.machine.must("sh", "-c", "echo nameserver 192.0.2.99 | resolvconf -a eth1.test")
        self.assertRegex(self.resolv(), "(?m)^nameserver 127.0.0.1$")
        self.assertNotRegex(self.resolv(), "192.0.2.9[89]")
        self.assertEqual(self.nameservers(PUT_ASIDE), ["192.0.2.98"], 'for "auto"')
        self.machine.wait_for(lambda: self.drift() == [], "the daemon to see the takeover")
        self.machine.write(RESOLV, "nameserver 192.0.2.98\n")
        self.machine.wait_for(lambda: "names 127.0.0.1 alone" in "".join(self.drift() or []), "the drift")
        self.take()
        self.assertEqual(self.nameservers(RESOLV), ["127.0.0.1"])
        self.machine.must("sh", "-c", "echo search_domains=corp.example >> /etc/resolvconf.conf")
        self.assertIn("already", self.take())
        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.machine.read("/etc/resolvconf.conf"),
                         before + "search_domains=corp.example\n", "their line stays, ours go")
        self.assertIn("192.0.2.98", self.resolv())


if __name__ == "__main__":
    machine.need()
    unittest.main()
