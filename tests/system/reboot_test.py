#!/usr/bin/env python3
"""A host that was taken over is started again, on a machine with real systemd that keeps its disk: it
resolves names by holdfast as before, and a takeover that a reboot interrupted is undone or goes on."""
import unittest

import machine
from lab_host import BEFORE, JOURNAL, RESOLV, LabHost


class Reboot(LabHost):
    KEEP = True

    def down(self, abruptly=False):
        if abruptly:
            self.machine.cut_power()
        else:
            self.machine.power_off()
        for provider in self.providers.values():
            self.end(provider)

    def is_left_alone(self):
        return self.machine.must("stat", "-c", "%i %Y", RESOLV)

    def failed(self):
        return [line.split()[0] for line in self.machine.must(
            "systemctl", "--failed", "--plain", "--no-legend").splitlines() if "holdfast" in line]

    def comes_back(self, abruptly):
        """After a takeover, down and up again."""
        self.install()
        self.take()
        before = self.is_left_alone()
        self.assertTrue(self.resolves("known.example.org"))
        self.machine.wait_for(lambda: self.machine.run(
            "sh", "-c", "grep -qa known /var/lib/holdfast/holdfast.db*").returncode == 0, "the store")
        self.down(abruptly)

        self.machine.start()
        self.assertEqual(self.is_left_alone(), before, "neither going nor coming changes it")
        self.assertTrue(self.resolves("known.example.org"), "nobody answers yet, but it is known")
        self.assertEqual(self.machine.run("systemctl", "is-active", "nss-lookup.target").stdout,
                         "active\n")
        self.start_providers()
        self.machine.wait_for(lambda: self.resolves("new.example.org"), "names")
        asked = self.queries()
        self.assertTrue(self.resolves("newer.example.org"))
        self.assertGreater(self.queries(), asked)
        self.machine.wait_for(lambda: self.drift() == [], "the daemon to see the takeover")
        self.assertEqual(self.failed(), [])
        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.resolv(), BEFORE)

    def test_a_host_that_was_taken_over_comes_back(self):
        self.comes_back(abruptly=False)

    def test_and_after_a_loss_of_power(self):
        self.comes_back(abruptly=True)

    def is_undone(self):
        self.start()
        self.machine.wait_for(lambda: self.resolv() == BEFORE, "what was before")
        self.machine.wait_for(lambda: self.machine.run("test", "-e", JOURNAL).returncode != 0,
                              "the end of the takeover")
        self.machine.wait_for(lambda: self.resolves("as.before.example.org"), "names")
        self.assertEqual(self.failed(), [])

    def test_a_takeover_that_was_killed_is_undone_by_the_next_boot(self):
        self.interrupt()
        self.machine.must("sh", "-c", "kill -KILL $(cat /var/takeover.pid)")
        self.down()
        self.is_undone()

    def test_a_takeover_in_which_power_is_lost_is_undone_by_the_next_boot(self):
        self.interrupt()
        self.down(abruptly=True)
        self.is_undone()

    def test_a_takeover_that_is_shut_down_with_the_host_leaves_nothing_half_done(self):
        self.interrupt()
        self.down()
        self.is_undone()

    def test_what_was_given_back_until_the_next_start_is_taken_over_when_the_network_comes(self):
        self.install()
        self.take()
        self.machine.write("/etc/systemd/system/holdfast-resume.service.d/soon.conf",
                           "[Service]\nRestartSec=1s\n")
        self.machine.must("systemctl", "daemon-reload")
        self.machine.must("systemctl", "stop", "holdfast.socket", "holdfast.service")
        self.assertEqual(self.resolv(), BEFORE)
        # The store would answer.
        self.machine.must("sh", "-c", "rm -rf /var/lib/holdfast/*")
        self.down()

        self.machine.start()
        self.machine.wait_for(lambda: int(self.machine.must(
            "systemctl", "show", "-P", "NRestarts", "holdfast-resume")) > 0, "a try in vain", 90)
        self.start_providers()
        self.machine.wait_for(lambda: "taken" in self.machine.read(JOURNAL), "the takeover", 90)
        self.assertIn("127.0.0.1\n", self.resolv())
        self.assertTrue(self.resolves("late.example.org"))


if __name__ == "__main__":
    machine.need()
    unittest.main()
