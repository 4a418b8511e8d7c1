#!/usr/bin/env python3
"""The package builds, lintian finds no error in it, and it brings what it should: no less, no more."""
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

from sources import PACKAGING, ROOT, need, run

need("dpkg-deb", "dh", "lintian")

EXPECTED = """
    etc/holdfast/holdfast.json
    usr/bin/holdfastctl
    usr/sbin/holdfastd
    usr/lib/sysusers.d/holdfast.conf
    usr/lib/tmpfiles.d/holdfast.conf
    usr/share/bash-completion/completions/holdfastctl
    usr/share/doc/holdfast/CONFIG.md.gz
    usr/share/doc/holdfast/copyright
    usr/share/doc/holdfast/examples/aws-vpc.json
    usr/share/holdfast/grafana/holdfast.json
    usr/share/holdfast/prometheus/holdfast.rules.yml
    usr/share/holdfast/drill-packs.json
    usr/share/holdfast/providers.json
    usr/share/holdfast/schema.json
    usr/share/man/man1/holdfastctl.1.gz
    usr/share/man/man5/holdfast.json.5.gz
    usr/share/man/man8/holdfastd.8.gz
""".split()
UNITS = ("holdfast.service", "holdfast.socket", "holdfast-ipv6.socket", "holdfast-takeover.service",
         "holdfast-resume.service", "holdfast-giveback.service", "holdfast-listen@.socket",
         "holdfast-listen-ipv6@.socket")


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-deb.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        done = run(PACKAGING / "build-deb", "--prebuilt", os.environ["HOLDFAST_BUILD"], cls.folder)
        if done.returncode != 0:
            raise AssertionError(done.stdout[-4000:] + done.stderr[-4000:])
        (cls.deb,) = cls.folder.glob("holdfast_*.deb")
        run("dpkg-deb", "-R", cls.deb, cls.folder / "tree")
        cls.tree = cls.folder / "tree"
        cls.files = {p.relative_to(cls.tree).as_posix() for p in cls.tree.rglob("*")
                     if p.is_file() and p.parts[len(cls.tree.parts)] != "DEBIAN"}

    def script(self, name):
        return (self.tree / "DEBIAN" / name).read_text()

    def test_lintian_finds_no_error(self):
        (changes,) = self.folder.glob("*.changes")
        done = run("lintian", "--allow-root", "--fail-on", "error", changes)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_brings_what_it_should(self):
        self.assertEqual([f for f in EXPECTED if f not in self.files], [])
        for unit in UNITS:
            self.assertTrue(any(re.fullmatch(f"(usr/)?lib/systemd/system/{unit}", f)
                                for f in self.files), unit)

    def test_only_systemds_that_give_up_at_each_restart_are_told_not_to(self):
        (unit,) = self.tree.rglob("system/holdfast.service")
        told = "Restart=always\nRestartMode=direct\n" in unit.read_text()
        version = run("pkg-config", "--modversion", "libsystemd").stdout.split(".")[0]
        self.assertEqual(told, int(version) >= 254)

    def test_it_brings_nothing_from_elsewhere(self):
        allowed = re.compile(r"(etc/holdfast|usr/s?bin|usr/share/(bash-completion|doc|holdfast|man)"
                             r"|usr/lib/(sysusers|tmpfiles)\.d|(usr/)?lib/systemd/system)/")
        self.assertEqual([f for f in self.files if not allowed.match(f)], [])

    def test_the_configuration_is_the_operators(self):
        self.assertEqual(self.script("conffiles").split(), ["/etc/holdfast/holdfast.json"])

    def test_the_installed_configuration_has_no_mistake(self):
        config = self.tree / "etc/holdfast/holdfast.json"
        done = run(os.environ["HOLDFASTD"], "--check-config", config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(config.read_bytes(), (ROOT / "config/holdfast.json").read_bytes())

    def test_programs_belong_to_root_and_nobody_else_may_write(self):
        listing = run("dpkg-deb", "-c", self.deb).stdout.splitlines()
        self.assertTrue(all(line.split()[1] == "root/root" for line in listing))
        self.assertEqual([line for line in listing if re.match(r".{5}w|.{8}w", line)], [])

    def test_the_group_is_there_before_the_folder_that_is_its(self):
        postinst = self.script("postinst")
        self.assertLess(postinst.index("systemd-sysusers"), postinst.index("systemd-tmpfiles"))

    def test_an_upgrade_never_stops_the_sockets(self):
        everything = self.script("postinst") + self.script("prerm")
        try:
            everything += self.script("preinst")
        except FileNotFoundError:
            pass
        for line in everything.splitlines():
            if "deb-systemd-invoke" in line and "socket" in line:
                self.assertRegex(line, r"invoke (start|stop) '")
                self.assertNotIn("_dh_action", line)
        self.assertIn("$_dh_action 'holdfast.service'", self.script("postinst"))
        self.assertNotIn('"$1" = upgrade', self.script("prerm"))

    def test_removal_closes_the_sockets_before_it_stops_the_service(self):
        prerm = self.script("prerm")
        order = [prerm.index(f"stop '{unit}'") for unit in
                 ("holdfast-ipv6.socket", "holdfast.socket", "holdfast.service")]
        self.assertEqual(order, sorted(order))

    def test_removal_gives_back_first(self):
        prerm = self.script("prerm")
        self.assertLess(prerm.index("holdfastctl giveback"), prerm.index("deb-systemd-invoke"))

    def test_purge_removes_what_the_daemon_made(self):
        self.assertIn("/var/lib/holdfast", self.script("postrm"))

    def test_it_is_built_with_what_ci_installs(self):
        setup = (ROOT / ".ci/setup").read_text()
        installed = re.search(r'^build="(.*?)"', setup, re.DOTALL | re.MULTILINE).group(1).split()
        wanted = {package for package in installed if package.endswith("-dev")}
        control = (PACKAGING / "debian/control").read_text()
        named = re.search(r"^Build-Depends:(.*?)^\S", control, re.DOTALL | re.MULTILINE).group(1)
        self.assertEqual(wanted - set(re.findall(r"[a-z0-9.+-]+", named)), set())

    def test_the_version_is_the_programs(self):
        version = run("dpkg-deb", "-f", self.deb, "Version").stdout.strip()
        told = run(os.environ["HOLDFASTD"], "--version").stdout.split()[-1]
        self.assertRegex(version, f"^{re.escape(told)}([+][a-z]+[0-9.]+)?$")
        if 'ID=debian' in Path("/etc/os-release").read_text():
            self.assertRegex(version, r"[+]deb\d+$")
        self.assertIn(f"_{version}_", self.deb.name)


if __name__ == "__main__":
    sys.exit(unittest.main())
