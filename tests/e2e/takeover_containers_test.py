#!/usr/bin/env python3
"""Taking a host over where containers inherit its name server: an address that they reach, whom the daemon
admits there, and what their runtimes are told."""
import json
import os
import shutil
from pathlib import Path

from takeover_case import (BRIDGE, CONTAINER_ADDRESS, JOURNAL, RESOLV, TakeoverCase, bridge, run)


class Containers(TakeoverCase):
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


    def test_containers_on_a_bridge_are_admitted_and_no_longer(self):
        admit = Path(self.holdfast.path).parent / "conf.d/90-takeover.json"
        self.assertEqual(self.rcode_at(CONTAINER_ADDRESS), "REFUSED")
        out = self.take("--container-address", CONTAINER_ADDRESS, "--dry-run")
        self.assertIn(f'writes      {admit}: holdfastd answers whoever asks from "10.88.0.0/16"', out)
        self.assertFalse(admit.exists())
        self.take("--container-address", CONTAINER_ADDRESS)
        self.assertEqual(json.loads(admit.read_text()), {"admit": {"takeover": ["10.88.0.0/16"]}})
        self.assertEqual(self.rcode_at(CONTAINER_ADDRESS), "NOERROR")
        self.assertIn("already", self.take("--container-address", CONTAINER_ADDRESS))
        # Others are given back first.
        self.take("--container-address", CONTAINER_ADDRESS, "--container-network", "10.99.0.0/16")
        self.assertEqual(json.loads(admit.read_text()), {"admit": {"takeover": ["10.99.0.0/16"]}})
        self.assertEqual(self.rcode_at(CONTAINER_ADDRESS), "REFUSED")
        self.ctl("giveback")
        self.assertFalse(admit.parent.exists())
        self.assertEqual(self.rcode_at(CONTAINER_ADDRESS), "REFUSED")
        self.as_before()

    def test_those_in_the_bridge_do_not_make_it_a_way_to_others(self):
        bridge("add", "lab-c", "type", "veth", "peer", "name", "lab-p")
        bridge("set", "lab-p", "master", BRIDGE)
        self.addCleanup(bridge, "delete", "lab-c")
        self.assertIn("10.88.0.0/16", self.take("--container-address", CONTAINER_ADDRESS, "--dry-run"))

    def test_what_is_no_address_and_no_network_is_said(self):
        for words, said in ((("--container-address", "docker0"), "expected an address"),
                            (("--container-address", "0.0.0.0"), "expected an address"),
                            (("--container-address", CONTAINER_ADDRESS, "--container-network",
                              "10.88.0.1/16"), "expected a block"),
                            (("--container-address", CONTAINER_ADDRESS, "--container-network",
                              "0.0.0.0/0"), "expected a block")):
            self.assertIn(said, self.take(*words, status=1))
        self.as_before()

    def test_a_configuration_that_the_daemon_would_refuse_is_not_left_there(self):
        folder = Path(self.holdfast.path).parent / "conf.d"
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        (folder / "10-mine.json").write_text('{"admit": {"takeover": ["10.1.0.0/16"]}}')
        out = self.take("--container-address", CONTAINER_ADDRESS, status=1)
        self.assertRegex(out, "/admit/takeover: found .*all is as it was before")
        self.assertEqual([path.name for path in folder.iterdir()], ["10-mine.json"])
        self.as_before()


if __name__ == "__main__":
    run()
