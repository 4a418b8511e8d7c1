#!/usr/bin/env python3
"""The units are what systemd understands, and the service may do little besides its work."""
import configparser
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from sources import PACKAGING, need, program, run

need("systemd-analyze")

THRESHOLD = 16  # an exposure of 1.6
# What the templates are made for.
INSTANCES = {"holdfast-listen@.socket": "172.17.0.1", "holdfast-listen-ipv6@.socket": "fd00::1"}


def units(folder):
    """Copies of the units under their own names, the service with the program of this build."""
    for source in sorted((PACKAGING / "debian").glob("holdfast.*")):
        if source.suffix not in (".service", ".socket"):
            continue
        name = source.name.removeprefix("holdfast.")
        name = name if "." in name else source.name
        text = source.read_text()
        text = text.replace("/usr/sbin/holdfastd", str(program("holdfastd")))
        text = text.replace("/usr/bin/holdfastctl", str(program("holdfastctl")))
        (folder / name).write_text(text)
    drop_in = folder / "holdfast.service.d/90-takeover.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\n" + "".join(
        f"Sockets={name.replace('@', '@' + of)}\n" for name, of in INSTANCES.items()))
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name not in INSTANCES)


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="holdfast-units.")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.folder = folder
        cls.units = {path.name: path for path in units(Path(folder))}

    def test_systemd_understands_them(self):
        done = run("systemd-analyze", "verify", "--man=no", *self.units.values(),
                   env={**os.environ, "SYSTEMD_UNIT_PATH": f"{self.folder}:"})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_what_the_service_is_exposed_to_is_little(self):
        done = run("systemd-analyze", "security", "--no-pager", "--offline=true",
                   f"--threshold={THRESHOLD}", self.units["holdfast.service"])
        self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def test_it_depends_on_no_network_and_no_names(self):
        for path in self.units.values():
            text = path.read_text()
            self.assertNotIn("network-online", text)
            self.assertNotIn("After=nss-lookup", text)
        self.assertIn("Before=nss-lookup.target", self.units["holdfast.service"].read_text())

    def test_port_53_waits_with_room_and_for_udp_and_tcp(self):
        for name in (name for name in self.units if name.endswith(".socket")):
            unit = configparser.RawConfigParser(strict=False)
            unit.optionxform = str
            unit.read(self.units[name])
            self.assertEqual(unit["Socket"]["ReceiveBuffer"], "8M")
            self.assertEqual(unit["Socket"]["ListenDatagram"], unit["Socket"]["ListenStream"])

    def test_all_sockets_are_closed_together(self):
        for name, path in self.units.items():
            if name.endswith(".socket") and name != "holdfast.socket":
                self.assertIn("PartOf=holdfast.socket\n", path.read_text())

    def test_a_socket_for_containers_may_be_open_before_their_bridge_is_there(self):
        for template in INSTANCES:
            unit = (Path(self.folder) / template).read_text()
            self.assertIn("FreeBind=yes\n", unit)
            self.assertIn("Service=holdfast.service\n", unit)
            self.assertNotIn("[Install]", unit, "it is the takeover's, and nobody else enables it")


if __name__ == "__main__":
    unittest.main()
