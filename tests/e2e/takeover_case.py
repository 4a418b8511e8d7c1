"""A host of the test's own that is taken over: a copy of /etc, a network that leads nowhere, the real
commands, and a daemon on port 53. Modules that import this end with `run()`."""
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dns.message
import dns.query
import dns.rcode

from lab_case import Provider, daemon

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))
import namespace  # noqa: E402 (found beside this folder)

CLONE_NEWNS = 0x00020000
RESOLV = Path("/etc/resolv.conf")
JOURNAL = Path("/var/lib/holdfast-takeover/journal.json")
BEFORE = "# by hand\nnameserver 192.0.2.1\nsearch corp.example\noptions timeout:1 ndots:2\n"
NAME = "www.example.org"
BRIDGE = "br-lab"
CONTAINER_ADDRESS = "10.88.0.1"


def bridge(*words):
    subprocess.run(["ip", "link", *words], check=True)


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
    if not namespace.enter():
        return False
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)  # of this network
    return True


class TakeoverCase(unittest.TestCase):
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
        bridge("add", "name", BRIDGE, "type", "bridge")
        bridge("set", BRIDGE, "up")
        subprocess.run(["ip", "address", "add", f"{CONTAINER_ADDRESS}/16", "dev", BRIDGE], check=True)
        config["listen"] = ["127.0.0.1:53", f"{CONTAINER_ADDRESS}:53"]
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
        return self.ctl("takeover", "--verify", name, "--config", self.holdfast.path, *words,
                        status=status)

    def as_before(self):
        self.assertEqual(RESOLV.read_text(), BEFORE)
        self.assertEqual(RESOLV.stat().st_mode & 0o777, 0o640)
        self.assertFalse(JOURNAL.exists())

    @staticmethod
    def rcode_at(address, name=NAME):
        query = dns.message.make_query(name, "A")
        return dns.rcode.to_text(dns.query.udp(query, address, timeout=10).rcode())


def run():
    """Runs the tests of the program's module; ends it as skipped where there is no host of its own."""
    if not own_host():
        print("needs root, and namespaces of its own")
        sys.exit(77)
    unittest.main()
