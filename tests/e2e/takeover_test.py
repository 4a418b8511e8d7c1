#!/usr/bin/env python3
"""Taking a host's name resolution over and giving it back, with getent as the judge."""
import json
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from lab_case import daemon, wait_for
from takeover_case import BEFORE, JOURNAL, NAME, RESOLV, TakeoverCase, run

DHCPCD = "hostname\ninterface eth0\nstatic routers=10.0.0.1\n"


class Takeover(TakeoverCase):
    def test_a_plain_file_is_taken_over_and_given_back(self):
        out = self.take()
        self.assertIn("nobody: a plain file", out)
        text = RESOLV.read_text()
        self.assertEqual([line for line in text.splitlines() if not line.startswith("#")],
                         ["nameserver 127.0.0.1", "search corp.example", "options ndots:2"])
        self.assertEqual(subprocess.run(["getent", "ahosts", NAME], check=False,
                                        capture_output=True).returncode, 0)
        self.assertIn("as before", self.ctl("giveback"))
        self.as_before()

    def test_twice_is_as_good_as_once(self):
        self.take()
        text = RESOLV.read_text()
        self.assertIn("already", self.take())
        self.assertEqual(RESOLV.read_text(), text)
        self.ctl("giveback")
        self.assertIn("nothing to give back", self.ctl("giveback"))
        self.as_before()

    def test_a_dry_run_tells_and_touches_nothing(self):
        out = self.take("--dry-run")
        self.assertIn("writes      /etc/resolv.conf", out)
        self.as_before()

    def test_it_is_told_to_programs(self):
        def told(*words, status=0):
            return json.loads(self.ctl("--json", *words, status=status))

        plan = told("takeover", "--dry-run")
        self.assertEqual((plan["ok"], [change["path"] for change in plan["writes"]]),
                         (True, ["/var/lib/holdfast-takeover/resolv.conf", "/etc/resolv.conf"]))
        self.as_before()
        taken = told("takeover", "--verify", NAME)
        self.assertEqual((taken["ok"], taken["said"]), (True, ["names are resolved by holdfast"]))
        self.assertEqual(told("takeover")["said"], ["names are resolved by holdfast already"])
        self.assertEqual(told("giveback")["said"],
                         ["restored /etc/resolv.conf",
                          "restored /var/lib/holdfast-takeover/resolv.conf",
                          "names are resolved as before"])
        self.as_before()
        self.provider.fault = "nxdomain"
        failed = told("takeover", "--verify", "gone.example.org", status=1)
        self.assertFalse(failed["ok"])
        self.assertRegex(failed["error"], "^getent finds no address .*; all is as it was before$")
        self.as_before()

    def test_names_that_do_not_resolve_roll_it_back(self):
        self.provider.fault = "nxdomain"
        out = self.take(status=1, name="gone.example.org")
        self.assertIn("getent finds no address", out)
        self.assertIn("all is as it was before", out)
        self.as_before()

    def test_names_that_others_resolve_do_not_count(self):
        """However often other clients ask meanwhile."""
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write("192.0.2.7 only.in.hosts\n")
        switch = Path("/etc/nsswitch.conf")
        former = switch.read_text()
        switch.write_text("hosts: files\npasswd: files\ngroup: files\n")
        self.addCleanup(switch.write_text, former)
        stop = threading.Event()
        other = threading.Thread(target=lambda: [
            self.rcode_at("127.0.0.1") for _ in iter(stop.is_set, True)])
        other.start()
        try:
            out = self.take(status=1, name="only.in.hosts")
        finally:
            stop.set()
            other.join()
        self.assertIn("holdfastd was not asked", out)
        self.as_before()

    def test_a_link_becomes_a_file_and_a_link_again(self):
        RESOLV.unlink()
        Path("/run/resolvconf").mkdir(exist_ok=True)
        Path("/run/resolvconf/resolv.conf").write_text(BEFORE)
        RESOLV.symlink_to("/run/resolvconf/resolv.conf")
        self.assertIn("managed by  resolvconf", self.take())
        self.assertFalse(RESOLV.is_symlink())
        self.ctl("giveback")
        self.assertEqual(os.readlink(RESOLV), "/run/resolvconf/resolv.conf")
        self.assertEqual(Path("/run/resolvconf/resolv.conf").read_text(), BEFORE)

    def test_a_missing_file_is_missing_again(self):
        RESOLV.unlink()
        self.take()
        self.ctl("giveback")
        self.assertFalse(RESOLV.exists())

    def test_a_file_that_is_mounted_over_is_written_in_place(self):
        other = self.folder / "resolv.conf"
        other.write_text(BEFORE)
        subprocess.run(["mount", "--bind", other, RESOLV], check=True)
        try:
            self.take()
            self.assertIn("nameserver 127.0.0.1", other.read_text())
            self.ctl("giveback")
            self.assertEqual(other.read_text(), BEFORE)
        finally:
            subprocess.run(["umount", RESOLV], check=True)

    def test_those_who_write_it_are_stopped_and_set_free(self):
        Path("/etc/dhcp/dhclient-enter-hooks.d").mkdir(parents=True)
        Path("/etc/cloud/cloud.cfg.d").mkdir(parents=True)
        self.take()
        hook = Path("/etc/dhcp/dhclient-enter-hooks.d/holdfast")
        cloud = Path("/etc/cloud/cloud.cfg.d/99-holdfast.cfg")
        kept = subprocess.run(["sh", "-c", f"make_resolv_conf() {{ echo written; }}; . {hook}; "
                               "make_resolv_conf"], capture_output=True, text=True, check=True)
        self.assertEqual(kept.stdout, "")
        self.assertIn("manage_resolv_conf: false", cloud.read_text())
        self.ctl("giveback")
        self.assertFalse(hook.exists() or cloud.exists())
        self.as_before()

    def test_dhcpcd_is_told_before_anything_of_its_file(self):
        """The program is where it would be; what it would do with its file is dhcpcd.conf(5)'s to say."""
        config = Path("/etc/dhcpcd.conf")
        config.write_text(DHCPCD)
        self.addCleanup(config.unlink)
        if not shutil.which("dhcpcd", path="/usr/sbin:/sbin"):
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/sbin"], check=True)
            self.addCleanup(subprocess.run, ["umount", "/usr/sbin"], check=True)
            Path("/usr/sbin/dhcpcd").touch(mode=0o755)
        self.assertIn("managed by  dhcpcd", self.take())
        self.assertRegex(config.read_text(), "\\A# Written by .*\\nnohook resolv.conf\\n# End of")
        config.write_text(config.read_text() + "noipv6\n")
        self.assertIn("already", self.take())
        self.ctl("giveback")
        self.assertEqual(config.read_text(), DHCPCD + "noipv6\n")
        self.as_before()

    def test_what_openresolv_left_behind_is_not_it(self):
        if shutil.which("resolvconf", path="/usr/sbin:/sbin"):
            self.skipTest("a resolvconf is installed here")
        left = Path("/etc/resolvconf.conf")
        left.write_text("resolv_conf=/etc/resolv.conf\n")
        self.addCleanup(left.unlink)
        self.assertIn("nobody: a plain file", self.take())
        self.ctl("giveback")
        self.as_before()

    def test_what_cannot_be_changed_is_left_and_said(self):
        RESOLV.unlink()
        RESOLV.symlink_to("resolv.loop")
        Path("/etc/resolv.loop").symlink_to("resolv.conf")
        self.assertIn("circle", self.take(status=1))
        Path("/etc/resolv.loop").unlink()
        RESOLV.unlink()
        RESOLV.write_text(BEFORE)
        RESOLV.chmod(0o640)
        subprocess.run(["mount", "-o", "remount,ro", "/etc"], check=True)
        try:
            self.assertIn("/etc is read-only", self.take(status=1))
        finally:
            subprocess.run(["mount", "-o", "remount,rw", "/etc"], check=True)
        self.as_before()

    def test_writing_again_says_what_is_in_its_way(self):
        self.take()
        RESOLV.write_text("nameserver 192.0.2.9\n")
        subprocess.run(["mount", "-o", "remount,ro", "/etc"], check=True)
        try:
            self.assertIn("/etc is read-only", self.take(status=1))
        finally:
            subprocess.run(["mount", "-o", "remount,rw", "/etc"], check=True)
        self.take()
        self.ctl("giveback")
        self.as_before()

    def test_a_damaged_journal_says_how_out(self):
        self.take()
        text = JOURNAL.read_text()
        JOURNAL.write_text("{")
        self.assertRegex(self.ctl("giveback", status=1), "by hand.* remove `.*journal.json`")
        JOURNAL.write_text(text)
        self.ctl("giveback")
        self.as_before()

    def test_an_immutable_file_is_left_and_said(self):
        if subprocess.run(["chattr", "+i", RESOLV], capture_output=True, check=False).returncode:
            self.skipTest("chattr +i does not work here")
        try:
            self.assertIn("immutable", self.take(status=1))
        finally:
            subprocess.run(["chattr", "-i", RESOLV], check=True)
        self.as_before()

    def test_without_the_daemon_nothing_is_touched(self):
        done = subprocess.run([daemon.program("holdfastctl"), "--socket", "/run/none.sock",
                               "takeover"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not listen on 127.0.0.1 port 53", done.stderr)
        self.as_before()

    def interrupt(self):
        """Kills a takeover when the files are written and names are being verified."""
        self.provider.fault = "drop"
        process = subprocess.Popen(
            [daemon.program("holdfastctl"), "--socket", self.holdfast.config["control"], "takeover",
             "--verify", "slow.example.org"], stdout=subprocess.DEVNULL)
        wait_for(lambda: "holdfastctl" in RESOLV.read_text(), "the file")
        process.kill()
        process.wait()
        self.provider.fault = "ok"
        self.assertEqual(json.loads(JOURNAL.read_text())["state"], "taking")

    def test_one_that_is_asked_to_end_puts_all_back(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.provider.fault = "drop"
            process = subprocess.Popen(
                [daemon.program("holdfastctl"), "--socket", self.holdfast.config["control"],
                 "takeover", "--verify", f"slow{number}.example.org"], stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, start_new_session=True)
            wait_for(lambda: "holdfastctl" in RESOLV.read_text(), "the file")
            os.killpg(process.pid, number)
            error = process.communicate()[1]
            self.assertEqual((process.returncode, "interrupted; all is as it was" in error), (1, True),
                             error)
            self.as_before()

    def test_an_interrupted_takeover_is_undone_by_the_next_start(self):
        self.interrupt()
        self.assertIn("interrupted", self.ctl("takeover", "--resume"))
        self.as_before()

    def test_an_interrupted_takeover_is_undone_before_the_next_one(self):
        self.interrupt()
        self.take()
        self.ctl("giveback")
        self.as_before()

    def test_a_stop_gives_back_and_a_start_takes_over_again(self):
        self.take()
        self.ctl("giveback", "--until-start")
        self.assertEqual(RESOLV.read_text(), BEFORE)
        self.provider.fault = "nxdomain"
        self.ctl("takeover", "--resume", "--verify", "later.example.org", status=1)
        self.assertEqual(RESOLV.read_text(), BEFORE)
        self.provider.fault = "ok"
        self.ctl("takeover", "--resume", "--verify", "later2.example.org")
        self.assertIn("127.0.0.1", RESOLV.read_text())
        self.ctl("giveback")
        self.as_before()

    def test_while_names_do_not_resolve_a_start_touches_nothing(self):
        self.take()
        self.ctl("giveback", "--until-start")
        before = RESOLV.stat()
        journal = JOURNAL.read_text()
        self.provider.fault = "servfail"
        self.assertIn("nothing was changed",
                      self.ctl("takeover", "--resume", "--verify", "coming.example.org", status=1))
        after = RESOLV.stat()
        self.assertEqual((after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
        self.assertEqual(JOURNAL.read_text(), journal)
        self.provider.fault = "ok"
        self.ctl("takeover", "--resume", "--verify", "came.example.org")
        self.ctl("giveback")
        self.as_before()

    def test_what_has_to_be_undone_each_time_is_tried_less_often(self):
        """The daemon finds the name; programs do not ask it."""
        self.take()
        self.ctl("giveback", "--until-start")
        switch = Path("/etc/nsswitch.conf")
        former = switch.read_text()
        switch.write_text("hosts: files\npasswd: files\ngroup: files\n")
        self.addCleanup(switch.write_text, former)
        self.assertIn("all is as it was before", self.ctl("takeover", "--resume", status=1))
        self.assertEqual(json.loads(JOURNAL.read_text())["state"], "paused")
        before = RESOLV.stat().st_ino
        self.assertIn("tried again later", self.ctl("takeover", "--resume", status=1))
        self.assertEqual(RESOLV.stat().st_ino, before)
        switch.write_text(former)
        # As if it had been tried long ago, or before a reboot.
        for tried_at in (-1000, 1 << 40):
            journal = json.loads(JOURNAL.read_text())
            journal["tried_at"] = tried_at
            JOURNAL.write_text(json.dumps(journal))
            self.ctl("takeover", "--resume")
            self.ctl("giveback", "--until-start")
        self.ctl("giveback")
        JOURNAL.unlink(missing_ok=True)
        self.as_before()

    def only_resolves(self, name):
        """As in a network of its own: the well-known names are nobody's."""
        self.provider.fault = "nxdomain"
        self.provider.faults[name + "."] = "ok"
        self.addCleanup(self.provider.faults.clear)

    def test_a_start_verifies_with_the_names_of_the_takeover(self):
        self.only_resolves("intranet.example.org")
        self.take(name="intranet.example.org")
        self.ctl("giveback", "--until-start")
        self.ctl("takeover", "--resume")
        RESOLV.write_text("nameserver 192.0.2.9\n")
        self.assertIn("written again", self.ctl("takeover"))
        self.ctl("giveback")
        self.as_before()

    def test_a_journal_of_an_earlier_version_is_understood(self):
        self.take()
        journal = json.loads(JOURNAL.read_text())
        del journal["verify"], journal["config"]
        JOURNAL.write_text(json.dumps(journal))
        self.ctl("giveback", "--until-start")
        self.ctl("takeover", "--resume")
        self.ctl("giveback")
        self.as_before()

    def test_a_stop_that_was_interrupted_is_finished_by_the_next_start(self):
        for until_start in (True, False):
            self.take()
            journal = json.loads(JOURNAL.read_text())
            JOURNAL.write_text(json.dumps(dict(journal, state="giving", until_start=until_start)))
            self.assertIn("a giveback was interrupted", self.ctl("takeover", "--resume"))
            self.assertEqual(JOURNAL.exists(), until_start)
            if until_start:
                self.assertEqual(json.loads(JOURNAL.read_text())["state"], "taken")
                self.assertIn("127.0.0.1", RESOLV.read_text())
                self.ctl("giveback")
            self.as_before()

    def test_what_somebody_else_wrote_is_theirs(self):
        self.take()
        RESOLV.write_text("nameserver 192.0.2.9\n")
        self.assertIn("left as it is: /etc/resolv.conf", self.ctl("giveback"))
        self.assertEqual(RESOLV.read_text(), "nameserver 192.0.2.9\n")

    def test_a_takeover_writes_again_what_somebody_rewrote(self):
        self.take()
        RESOLV.write_text("nameserver 192.0.2.9\n")
        self.assertIn("since the takeover /etc/resolv.conf was rewritten", self.take())
        self.assertIn("127.0.0.1", RESOLV.read_text())
        self.ctl("giveback")
        self.as_before()

    def test_the_daemon_notices_who_writes_to_its_files(self):
        def drift():
            takeover = json.loads(self.ctl("status", "--json"))["takeover"]
            return takeover and takeover["drift"]
        wait_for(lambda: drift() is None, "no takeover")
        self.take()
        wait_for(lambda: drift() == [], "the takeover")
        RESOLV.write_text("nameserver 192.0.2.9\n")
        wait_for(lambda: drift() == ["/etc/resolv.conf was rewritten"], "the drift")
        self.assertIn("since the takeover /etc/resolv.conf was rewritten", self.holdfast.log())
        self.assertIn("/etc/resolv.conf was rewritten; holdfastctl takeover writes it again",
                      self.ctl("status"))
        self.take()
        wait_for(lambda: drift() == [], "the file written again")
        self.ctl("giveback")

    def test_two_at_a_time_do_not_mix(self):
        self.provider.fault = "drop"
        first = subprocess.Popen(
            [daemon.program("holdfastctl"), "--socket", self.holdfast.config["control"], "takeover",
             "--verify", "busy.example.org"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: "holdfastctl" in RESOLV.read_text(), "the file")
        self.assertIn("nothing to give back", self.ctl("giveback"))
        self.assertEqual(first.wait(), 1)
        self.as_before()

    def test_odd_bytes_come_back_as_they_were(self):
        odd = BEFORE.encode() + b"# \xff\xfe\xc3\xa9\n"
        RESOLV.write_bytes(odd)
        self.take()
        self.ctl("giveback")
        self.assertEqual(RESOLV.read_bytes(), odd)


if __name__ == "__main__":
    run()
