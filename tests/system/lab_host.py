"""What the tests of a host stand on: a machine with lab providers in its network, on which the package
is installed, and what such a test asks and does again and again."""
import json
import re
import signal
import subprocess
import sys
import unittest

import machine

RESOLV = "/etc/resolv.conf"
JOURNAL = "/var/lib/holdfast-takeover/journal.json"
PUT_ASIDE = "/var/lib/holdfast-takeover/resolv.conf"
BEFORE = "nameserver 127.0.0.13\nsearch lab.example\n"
LAB = {"safety": {"min_usable": 1, "ejection_interval": "5s"},
       "store": {"path": "/var/lib/holdfast"},
       "upstreams": {"alpha": {"provider": "alpha", "url": "udp://127.0.0.11"},
                     "beta": {"provider": "beta", "url": "udp://127.0.0.12"}},
       "routes": [{"zone": ".", "tiers": [["alpha"], ["beta"]]}]}
# What dpkg and adduser leave behind for any package.
NOT_OURS = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/ld.so.cache",
            "/etc/.pwd.lock")


class LabHost(unittest.TestCase):
    """Each test has a machine of its own, that of a subclass with KEEP may be started again."""

    KEEP = False

    def setUp(self):
        self.machine = machine.for_package(keep=self.KEEP)
        self.addCleanup(self.machine.stop)
        self.providers = {}
        self.start()
        self.machine.must("sh", "-c", f"rm -f {RESOLV}")
        self.machine.write(RESOLV, BEFORE)

    def start(self):
        self.machine.start()
        self.start_providers()

    def start_providers(self):
        """In the machine's network, which is another one after each start of it."""
        # The last one is the network's own, which the host asks before.
        for name, address in (("alpha", "127.0.0.11"), ("beta", "127.0.0.12"), ("own", "127.0.0.13")):
            self.provide(name, address)

    def provide(self, name, address):
        process = self.machine.beside(
            sys.executable, "-B", machine.ROOT / "tests/lab/provider.py", "--name", name,
            "--listen", f"{address}:53", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(self.end, process)
        self.providers[name] = process

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()

    def install(self):
        self.machine.must("dpkg", "-i", "/mnt/holdfast.deb")
        self.machine.write("/etc/holdfast/holdfast.json", json.dumps(LAB))
        self.machine.must("systemctl", "restart", "holdfast")

    def main_pid(self):
        return self.machine.must("systemctl", "show", "-P", "MainPID", "holdfast").strip()

    def resolv(self):
        return self.machine.read(RESOLV)

    def nameservers(self, path):
        return re.findall(r"(?m)^nameserver (\S+)", self.machine.read(path))

    def resolves(self, name):
        return self.machine.run("getent", "hosts", name).returncode == 0

    def take(self, name="www.example.org"):
        return self.machine.must("holdfastctl", "takeover", "--verify", name)

    def interrupt(self):
        """Half a takeover; its process is in /var/takeover.pid."""
        self.install()
        for provider in ("alpha", "beta"):
            self.providers[provider].send_signal(signal.SIGSTOP)
        self.machine.must("sh", "-c", "setsid holdfastctl takeover --verify slow.example.org "
                          ">/dev/null 2>&1 & echo $! > /var/takeover.pid")
        self.machine.wait_for(lambda: "127.0.0.1\n" in self.resolv(), "the file")

    def queries(self):
        return json.loads(self.machine.must("holdfastctl", "--json", "status"))["traffic"]["queries"]

    def drift(self):
        takeover = json.loads(self.machine.must("holdfastctl", "--json", "status"))["takeover"]
        return takeover["drift"] if takeover else None

    def picture(self):
        """Everything in /etc, and who there is."""
        lines = self.machine.must("sh", "-c", "find /etc /var/lib/holdfast* \\( -type f -o -type l \\) "
                                  "-exec sh -c 'echo \"$1 $(readlink \"$1\" || md5sum < \"$1\")\"' _ {} "
                                  "\\; 2>/dev/null | sort; getent passwd; getent group; true")
        return {line for line in lines.splitlines() if not line.startswith(NOT_OURS)}

    def install_extra(self, *packages):
        for package in packages:
            self.machine.must("apt-get", "install", "-y", "--no-install-recommends", "--no-download",
                              "-o", f"Dir::Cache::archives=/root/extra/{package}", package)
