#!/usr/bin/env python3
"""Taking a host's name resolution over and giving it back, in a mount and network namespace of its own:
the real commands, a copy of /etc, a daemon on port 53, and getent as the judge."""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from lab_case import Provider, daemon, wait_for

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))
import namespace  # noqa: E402 (found beside this folder)

CLONE_NEWNS = 0x00020000
RESOLV = Path("/etc/resolv.conf")
JOURNAL = Path("/var/lib/holdfast-takeover/journal.json")
BEFORE = "# by hand\nnameserver 192.0.2.1\nsearch corp.example\noptions timeout:1 ndots:2\n"
NAME = "www.example.org"


def own_host():
    """From now on /etc, /run and /var/lib are copies, and the network is nobody else's."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    copy = tempfile.mkdtemp(prefix="holdfast-etc.")
    shutil.copytree("/etc", copy, symlinks=True, dirs_exist_ok=True, ignore_dangling_symlinks=True)
    for folder in ("/run", "/var/lib"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    for folder in ("resolvconf.conf", "dhcp", "cloud", "docker", "containers", "NetworkManager"):
        path = Path(copy) / folder
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (Path(copy) / "nsswitch.conf").write_text("hosts: files dns\npasswd: files\ngroup: files\n")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc"], check=True)
    shutil.copytree(copy, "/etc", symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(copy)
    return namespace.enter()


class Takeover(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-takeover.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.provider = Provider("alpha", "127.0.0.1").start()
        cls.addClassCleanup(cls.provider.stop)
        upstreams = {"alpha": {"url": f"udp://{cls.provider.endpoint}"}}
        config = daemon.configuration(cls.folder, 53, upstreams,
                                      [{"zone": ".", "tiers": [["alpha"]]}])
        config["listen"] = ["127.0.0.1:53"]
        config["stale"] = {"public": "0s"}
        cls.holdfast = daemon.Daemon(cls.folder, config)
        cls.holdfast.start()
        cls.addClassCleanup(cls.holdfast.stop)

    def setUp(self):
        self.provider.fault = "ok"
        shutil.rmtree(JOURNAL.parent, ignore_errors=True)
        RESOLV.unlink(missing_ok=True)
        RESOLV.write_text(BEFORE)
        RESOLV.chmod(0o640)
        for leftover in ("/etc/dhcp", "/etc/cloud"):
            shutil.rmtree(leftover, ignore_errors=True)

    def ctl(self, *words, status=0):
        done = self.holdfast.ctl(*words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def take(self, *words, status=0, name=NAME):
        return self.ctl("takeover", "--verify", name, *words, status=status)

    def as_before(self):
        self.assertEqual(RESOLV.read_text(), BEFORE)
        self.assertEqual(RESOLV.stat().st_mode & 0o777, 0o640)
        self.assertFalse(JOURNAL.exists())

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
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write("192.0.2.7 only.in.hosts\n")
        out = self.take(status=1, name="only.in.hosts")
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

    def test_what_others_write_in_a_file_of_ours_and_theirs_is_kept(self):
        Path("/etc/docker").mkdir(exist_ok=True)
        config = Path("/etc/docker/daemon.json")
        config.write_text('{"dns": ["192.0.2.3"], "mtu": 1400}')
        Path("/run/docker.sock").touch()
        self.addCleanup(Path("/run/docker.sock").unlink)
        self.addCleanup(config.unlink)

        def has(**keys):
            self.assertEqual(json.loads(config.read_text()), keys)

        self.take("--container-address", "127.0.0.1")
        config.write_text('{"mtu": 1500, "dns": ["127.0.0.1"]}')
        self.assertIn("already", self.take())
        config.write_text('{"mtu": 1600}')
        self.assertIn("/etc/docker/daemon.json was rewritten", self.take())
        has(mtu=1600, dns=["127.0.0.1"])
        self.assertIn("restored /etc/docker/daemon.json", self.ctl("giveback"))
        has(mtu=1600, dns=["192.0.2.3"])

        self.take("--container-address", "127.0.0.1")
        config.write_text('{"dns": ["192.0.2.4"]}')
        self.assertIn("left as it is: /etc/docker/daemon.json", self.ctl("giveback"))
        has(dns=["192.0.2.4"])
        self.take("--container-address", "127.0.0.1")
        config.write_text('{broken')
        self.assertIn("cannot be understood", self.take(status=1))
        self.ctl("giveback")
        self.assertEqual(config.read_text(), "{broken")
        self.as_before()

    def test_folders_that_were_made_go_and_so_does_what_was_left_beside(self):
        shutil.rmtree("/etc/docker", ignore_errors=True)
        Path("/run/docker.sock").touch()
        self.addCleanup(Path("/run/docker.sock").unlink)
        self.take("--container-address", "127.0.0.1")
        left = RESOLV.with_name("resolv.conf.holdfast-new")
        left.write_text("half")
        self.ctl("giveback")
        self.assertFalse(Path("/etc/docker").exists() or left.exists())
        self.take("--container-address", "127.0.0.1")
        Path("/etc/docker/key.json").touch()
        self.ctl("giveback")
        self.assertEqual(os.listdir("/etc/docker"), ["key.json"])
        shutil.rmtree("/etc/docker")
        self.as_before()

    def test_a_container_address_is_given_later(self):
        Path("/etc/containers/containers.conf.d").mkdir(parents=True)
        self.addCleanup(shutil.rmtree, "/etc/containers")
        config = Path("/etc/docker/daemon.json")
        self.addCleanup(config.unlink, missing_ok=True)
        self.take()
        Path("/run/docker.sock").touch()
        self.addCleanup(Path("/run/docker.sock").unlink)
        self.assertIn("the takeover stays as it was",
                      self.take("--container-address", "172.17.0.1", status=1))
        self.assertIn("already", self.take())
        self.assertIn("given back first", self.take("--container-address", "127.0.0.1", "--dry-run"))
        self.assertFalse(config.exists())
        self.take("--container-address", "127.0.0.1")
        self.assertEqual(json.loads(config.read_text()), {"dns": ["127.0.0.1"]})
        self.assertIn("already", self.take("--container-address", "127.0.0.1"))
        self.assertIn("already", self.take(), "without a word of it, it stays")
        self.ctl("giveback")
        self.assertFalse(config.exists())
        self.as_before()

    def test_a_change_that_fails_leaves_the_takeover(self):
        self.take()
        text, journal = RESOLV.read_text(), json.loads(JOURNAL.read_text())
        self.provider.fault = "nxdomain"
        self.assertIn("the earlier takeover stands again",
                      self.take("--container-address", "127.0.0.1", status=1, name="gone2.example.org"))
        self.assertEqual((RESOLV.read_text(), json.loads(JOURNAL.read_text())), (text, journal))
        self.ctl("giveback")
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

    def test_containers_are_thought_of(self):
        Path("/run/docker.sock").touch()
        self.addCleanup(Path("/run/docker.sock").unlink)
        self.assertIn("--container-address", self.take(status=1))
        self.assertIn("does not listen on 172.17.0.1",
                      self.take("--container-address", "172.17.0.1", status=1))
        Path("/etc/docker").mkdir(exist_ok=True)
        config = Path("/etc/docker/daemon.json")
        config.write_text('{"log-driver": "journald"}')
        config.chmod(0o600)
        self.take("--container-address", "127.0.0.1")
        self.assertEqual(json.loads(config.read_text()),
                         {"log-driver": "journald", "dns": ["127.0.0.1"]})
        self.assertEqual(config.stat().st_mode & 0o777, 0o600)
        self.assertEqual(JOURNAL.stat().st_mode & 0o777, 0o640)
        self.ctl("giveback")
        self.assertEqual(config.read_text(), '{"log-driver": "journald"}')
        self.as_before()


if __name__ == "__main__":
    if not own_host():
        print("needs root, and namespaces of its own")
        sys.exit(77)
    unittest.main()
