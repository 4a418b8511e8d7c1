#!/usr/bin/env python3
"""The store on disk: what a host has used keeps resolving, also after kill -9 with every provider
dead; and whatever the disk does, the daemon answers."""
import os
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from bootstrap_test import Bootstrap
from lab_case import Holdfast, OwnLab, wait_for

NAMES = [f"n{i}.example.org" for i in range(40)]


class Store(OwnLab):
    private = ["corp.internal"]

    def setUp(self):
        super().setUp()
        self.store = self.folder / "store"
        self.database = self.store / "holdfast.db"
        self.holdfast.config["store"] = {"path": str(self.store)}
        self.holdfast.config["failover"] = {"lookup_deadline": "2s", "stale_after": "1s"}
        self.addCleanup(self.stop)

    def stop(self):
        self.assertIn(self.holdfast.stop(), (0, None), self.holdfast.log()[-5000:])

    def kill(self):
        self.holdfast.process.kill()
        self.holdfast.process.wait()
        self.holdfast.process = None

    def providers_die(self, fault="drop"):
        self.cloud.fault = self.alpha.fault = fault

    def store_status(self):
        return self.holdfast.status()["store"]

    def written(self, answers):
        wait_for(lambda: self.store_status()["written"] >= answers, f"{answers} answers on disk")

    def use(self, names=NAMES):
        """Asks for all, and waits until they are on disk."""
        before = self.store_status()["written"]
        answers = {name: self.holdfast.dig(name) for name in names}
        self.written(before + len(names))
        return answers

    def still(self, name, answer):
        """The same answer as before; if not, all that is known of it."""
        got = self.holdfast.dig(name)
        if got != answer:
            shown = subprocess.run(
                ["dig", "@127.0.0.1", "-p", str(self.holdfast.port), name, "+tries=1", "+time=6"],
                capture_output=True, text=True, check=False).stdout
            why = self.holdfast.ctl("why", name).stdout
            self.fail(f"{name}: {got}, before {answer}\nagain: {shown}\n{why}\n"
                      f"{self.holdfast.log()[-5000:]}")

    def loaded(self):
        wait_for(lambda: not self.store_status()["loading"], "the store to be read")

    def test_names_used_before_outlive_a_kill_and_all_providers(self):
        self.holdfast.start()
        known = self.use()
        gone = self.holdfast.dig("nx.example.org")
        private = self.holdfast.dig("db.corp.internal")
        self.assertEqual((gone[0], private[0]), ("NXDOMAIN", "NOERROR"))
        self.written(len(NAMES) + 2)
        self.kill()
        self.providers_die()
        self.holdfast.start()
        for name in NAMES:
            self.still(name, known[name])
        self.still("db.corp.internal", private)
        self.assertIn("answers loaded from", self.holdfast.log())

    def test_what_has_expired_is_stale_and_says_so(self):
        self.holdfast.start()
        known = self.use(["ttl-1.example.org"])
        time.sleep(1.1)
        self.kill()
        self.providers_die("refused")
        self.holdfast.start()
        self.still("ttl-1.example.org", known["ttl-1.example.org"])
        shown = subprocess.run(
            ["dig", "@127.0.0.1", "-p", str(self.holdfast.port), "ttl-1.example.org", "+tries=1",
             "+time=6"], capture_output=True, text=True, check=False).stdout
        self.assertRegex(shown, r"EDE: 3\b")
        self.assertRegex(shown, r"ttl-1\.example\.org\.\s+30\s+IN\s+A")

    def test_on_disk_within_two_seconds(self):
        self.holdfast.start()
        began = time.monotonic()
        self.holdfast.dig("soon.example.org")
        self.written(1)
        self.assertLess(time.monotonic() - began, 2)

    def test_a_clean_stop_writes_what_waits(self):
        self.holdfast.start()
        known = {name: self.holdfast.dig(name) for name in NAMES}
        began = time.monotonic()
        self.assertEqual(self.holdfast.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.providers_die()
        self.holdfast.start()
        self.loaded()
        for name in NAMES[::8]:
            self.still(name, known[name])

    def test_files_are_the_daemons_own(self):
        self.holdfast.start()
        self.use(NAMES[:1])
        self.assertEqual(self.store.stat().st_mode & 0o777, 0o700)
        for file in self.store.iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)

    def test_a_damaged_file_is_set_aside_and_what_is_readable_is_kept(self):
        self.holdfast.start()
        known = self.use()
        self.kill()
        for path in (self.database, Path(f"{self.database}-wal")):
            with open(path, "r+b") as file:
                file.write(b"\xff" * 32)
        self.providers_die()
        self.holdfast.start()
        self.loaded()
        self.assertIn("is damaged", self.holdfast.log())
        self.assertEqual(len([f for f in self.store.glob("holdfast.db.bad-*")
                              if not f.name.endswith("-wal")]), 1)
        for name in NAMES[::5]:
            self.still(name, known[name])
        self.assertEqual(self.store_status()["set_aside"], 1)
        self.assertIn("set aside", self.holdfast.ctl("status").stdout)

    def test_killed_again_and_again_while_it_writes(self):
        known = {}
        for round_ in range(5):
            self.holdfast.start()
            names = [f"r{round_}-{i}.example.org" for i in range(8)]
            for name in names:
                known[name] = self.holdfast.dig(name)
            if round_ % 2:
                time.sleep(0.25)  # about when a batch is written
            else:
                self.written(8)
            self.kill()
        self.providers_die()
        self.holdfast.start()
        self.loaded()
        self.assertNotIn("is damaged", self.holdfast.log())
        for name, answer in known.items():
            if name.startswith(("r0", "r2", "r4")):
                self.still(name, answer)

    def test_a_path_that_cannot_be_used_is_a_warning(self):
        self.store.write_text("a plain file")
        self.holdfast.start()
        self.assertEqual(self.holdfast.dig("www.example.org")[0], "NOERROR")
        wait_for(lambda: "stays in memory only" in self.holdfast.log(), "a warning")
        self.assertFalse(self.store_status()["up"])
        self.assertIn("holdfast_store_up 0", self.holdfast.get("/metrics")[1])
        self.assertIn("NOT WRITTEN", self.holdfast.ctl("status").stdout)

    def test_another_daemon_on_the_same_store(self):
        self.holdfast.start()
        self.use(NAMES[:3])
        other_folder = self.folder / "other"
        other_folder.mkdir()
        other = Holdfast(other_folder, dict(self.holdfast.config,
                                            control=str(other_folder / "control.sock")))
        self.addCleanup(other.stop)
        other.start()
        self.assertEqual(other.dig("www.example.org")[0], "NOERROR")
        wait_for(lambda: "another process holds it" in other.log(), "a warning")
        self.assertEqual(other.stop(), 0)
        self.assertEqual(list(self.store.glob("*.bad-*")), [])

    def test_a_disk_that_may_only_be_read_is_read(self):
        self.holdfast.start()
        known = self.use()
        self.kill()
        if subprocess.run(["mount", "--bind", "-o", "ro", self.store, self.store],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", self.store], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", self.store], check=True)
        self.providers_die()
        self.holdfast.start()
        self.loaded()
        self.assertFalse(self.store_status()["up"])
        self.assertIn("Read-only file system", self.holdfast.log())
        for name in NAMES[::5]:
            self.still(name, known[name])
        self.stop()

    def test_a_full_disk_costs_no_answer(self):
        self.store.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", self.store],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", self.store], check=True)
        self.holdfast.start()
        known = self.use(NAMES[:5])
        (self.store / "ballast").write_bytes(b"x" * (shutil.disk_usage(self.store).free - 4096))
        for i in range(120):
            self.assertEqual(self.holdfast.dig(f"full{i}.example.org")[0], "NOERROR")
        wait_for(lambda: not self.store_status()["up"], "the disk to be full")
        self.assertIn("stays in memory only", self.holdfast.log())
        (self.store / "ballast").unlink()
        wait_for(lambda: self.store_status()["up"], "the disk to be used again", 30)
        self.kill()
        self.providers_die()
        self.holdfast.start()
        self.loaded()
        for name in [*known, "full3.example.org", "full119.example.org"]:
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR", name)
        self.stop()

    def test_flushed_names_stay_away(self):
        self.holdfast.start()
        self.use(NAMES[:2])
        self.assertEqual(self.holdfast.ctl("flush", NAMES[0]).returncode, 0)
        time.sleep(0.6)
        self.kill()
        self.providers_die("refused")
        self.holdfast.start()
        self.loaded()
        self.assertEqual(self.holdfast.dig(NAMES[0])[0], "SERVFAIL")
        self.assertEqual(self.holdfast.dig(NAMES[1])[0], "NOERROR")

    def test_a_route_that_changed_while_it_did_not_run_begins_anew(self):
        self.holdfast.start()
        answers = self.use(["www.example.org", "db.corp.internal"])
        self.kill()
        self.holdfast.config["routes"][1]["tiers"] = [["alpha"]]
        self.providers_die()
        self.holdfast.start()
        self.still("www.example.org", answers["www.example.org"])
        self.assertEqual(self.holdfast.dig("db.corp.internal")[0], "SERVFAIL")
        self.assertIn("stored answers of zone corp.internal dropped", self.holdfast.log())

    def test_reload_says_that_it_waits_for_a_restart(self):
        self.holdfast.start()
        self.holdfast.config["store"] = {"path": str(self.folder / "elsewhere")}
        self.holdfast.write()
        done = self.holdfast.ctl("reload")
        self.assertEqual(done.returncode, 0)
        self.assertIn("store.path", done.stdout + done.stderr)

    def test_health_outlives_a_restart(self):
        self.providers_die()
        self.alpha.fault = "ok"
        self.holdfast.start()
        wait_for(lambda: self.holdfast.upstream("cloud")["state"] == "down", "cloud to be down")
        time.sleep(1.6)
        self.kill()
        self.holdfast.start()
        wait_for(lambda: "upstream cloud: up -> suspect (saved)" in self.holdfast.log(),
                 "the saved state")

    def test_without_bootstrap_servers_upstreams_are_where_they_were(self):
        bootstrap = Bootstrap()
        bootstrap.start()
        bootstrap.speaks.set()
        port = self.alpha.endpoint.rpartition(":")[2]
        self.holdfast.config["bootstrap"] = [bootstrap.endpoint]
        self.holdfast.config["upstreams"]["named"] = {
            "class": "external", "provider": "named", "url": f"udp://dns.provider.example:{port}"}
        self.holdfast.config["routes"].append({"zone": "example.net", "tiers": [["named"]]})
        self.holdfast.start()
        wait_for(lambda: self.holdfast.upstream("named")["usable"], "the upstream to be found")
        self.assertEqual(self.holdfast.dig("before.example.net")[0], "NOERROR")
        self.written(1)
        time.sleep(0.6)
        self.kill()
        bootstrap.speaks.clear()
        self.holdfast.start()
        wait_for(lambda: self.holdfast.upstream("named")["usable"], "the upstream to be remembered")
        self.assertIn("where it was before the restart", self.holdfast.log())
        self.assertEqual(self.holdfast.dig("after.example.net")[0], "NOERROR")


if __name__ == "__main__":
    unittest.main()
