#!/usr/bin/env python3
"""The audit, by both programs: of files, of what is in force, of what cannot be read."""
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from lab_case import LabCase, daemon

ROOT = Path(__file__).resolve().parents[2]
SOUND = ROOT / "config/holdfast.json"


def run(program, *arguments):
    return subprocess.run([daemon.program(program), *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False)


def audit_json(*arguments):
    done = run("holdfastctl", "--json", "audit", *arguments)
    return done.returncode, json.loads(done.stdout)


def large():
    """Twenty routes that all differ, eight providers."""
    names = [f"p{i}" for i in range(8)]
    ways = ("tls://192.0.2.{}", "https://192.0.2.{}/dns-query")
    upstreams = {name: {"provider": name, "url": ways[i % 2].format(10 + i), "validates": True}
                 for i, name in enumerate(names)}
    routes = []
    for i in range(20):
        tiers = [[names[i % 8], names[(i + 1) % 8]], [names[(i + 3 + i // 8) % 8]]]
        routes.append({"zone": "." if i == 0 else f"zone{i}.example", "tiers": tiers,
                       "policy": ("ordered", "fastest", "race")[i % 3]})
    return {"safety": {"min_usable": 1, "ejection_interval": "5s"}, "upstreams": upstreams, "routes": routes,
            "store": {"path": "/var/lib/holdfast"}}


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "holdfast.json"

    def write(self, config):
        self.file.write_text(json.dumps(config))
        return self.file

    def test_what_is_shipped_is_clean(self):
        for file in (SOUND, *sorted((ROOT / "config/examples").glob("*.json"))):
            for program, option in (("holdfastctl", "audit"), ("holdfastd", "--audit")):
                done = run(program, option, file)
                self.assertEqual((done.returncode, done.stderr), (0, ""), file)
                self.assertEqual(done.stdout, f"{file}: 0 errors, 0 warnings, 0 notes\n")

    def test_findings_have_a_place_a_reason_and_a_remedy(self):
        config = large()
        del config["store"]
        code, reply = audit_json(self.write(config))
        self.assertEqual((code, reply["verdict"]), (1, 1))
        [finding] = reply["findings"]
        self.assertEqual((finding["rule"], finding["severity"], finding["file"], finding["pointer"]),
                         ("no-store", "warning", str(self.file), ""))
        self.assertTrue(finding["reason"] and finding["remedy"] and finding["title"])
        text = run("holdfastd", "--audit", self.file)
        self.assertEqual(text.returncode, 1)
        self.assertIn("remedy: ", text.stdout)
        self.assertIn("0 errors, 1 warning, 0 notes", text.stdout)

    def test_a_finding_names_the_fragment_it_stands_in(self):
        self.write(large())
        (self.folder / "conf.d").mkdir()
        fragment = self.folder / "conf.d/10-lone.json"
        fragment.write_text(json.dumps({"routes": [{"zone": "lone.example", "tiers": [["p0"]]}]}))
        code, reply = audit_json(self.file)
        self.assertEqual(code, 2)
        self.assertEqual([(f["rule"], f["file"], f["pointer"]) for f in reply["findings"]],
                         [("single-domain", str(fragment), "/routes/0")])

    def test_twenty_routes_are_played_in_time_and_always_alike(self):
        self.write(large())
        begin = time.monotonic()
        code, reply = audit_json("--simulate", self.file)
        took = time.monotonic() - begin
        simulation = reply["simulation"]
        self.assertEqual(code, 0, simulation["failed"])
        self.assertEqual((simulation["routes"], simulation["played"], simulation["domains"]), (20, 20, 8))
        print(f"{simulation['outages']} outages of 20 routes: {took:.2f} s")
        self.assertLess(took, 150)  # under sanitizers, on a slow machine; bench/RESULTS.md has the figure
        self.assertEqual(audit_json("--simulate", self.file), (code, reply))

    def test_the_simulation_tells_what_stops(self):
        config = large()
        config["routes"][4]["tiers"] = [["p4"]]
        code, reply = audit_json("--simulate", self.write(config))
        self.assertEqual(code, 2)
        first = reply["simulation"]["failed"][0]
        self.assertEqual((first["lost"], first["route"], first["severity"]), (["p4"], "zone4.example", "error"))
        self.assertLess(first["stops_after"], 1)
        self.assertGreater(first["held_for"], 72 * 3600)
        self.assertGreater(first["held_stops_after"], first["held_for"])
        text = run("holdfastd", "--audit", self.file, "--simulate")
        self.assertEqual(text.returncode, 2)
        self.assertRegex(text.stdout, r"error +p4 +zone4\.example +not answered at once +answered for 3d")

    def test_what_cannot_be_audited_is_told_as_by_check_config(self):
        config = large()
        config["routes"][1]["tiers"] = [["p9"]]
        self.write(config)
        for bad in (self.file, self.folder / "nowhere.json", self.folder):
            check = run("holdfastctl", "check-config", bad)
            for program, option in (("holdfastctl", "audit"), ("holdfastd", "--audit")):
                done = run(program, option, bad, "--simulate")
                self.assertEqual((done.returncode, done.stdout), (4, ""))
                self.assertEqual(done.stderr, check.stderr)
            code, reply = audit_json(bad)
            self.assertEqual((code, reply["ok"], reply["kind"]), (4, False, "bad-config"))
        self.file.write_text("{")
        self.assertEqual(run("holdfastd", "--audit", self.file).returncode, 4)

    def test_wrong_usage(self):
        for wrong in (("--simulate",), ("--json",), ("--audit",),
                      ("--audit", self.file, "--check-config", self.file)):
            self.assertEqual(run("holdfastd", *wrong).returncode, 2, wrong)
        self.assertEqual(run("holdfastctl", "audit", "--what").returncode, 2)
        nobody = run("holdfastctl", "--socket", self.folder / "none", "audit")
        self.assertEqual((nobody.returncode, nobody.stdout), (3, ""))


class InForce(LabCase):
    def audit(self, *arguments):
        done = run("holdfastctl", "--json", "--socket", self.holdfast.config["control"], "audit", *arguments)
        return done.returncode, json.loads(done.stdout)

    def test_what_is_in_force_is_audited_and_not_what_is_written(self):
        before = self.audit()
        self.assertTrue(before[1]["ok"])
        self.assertIn("no-store", [f["rule"] for f in before[1]["findings"]])
        path = Path(self.holdfast.folder) / "holdfast.json"
        written = path.read_text()
        path.write_text("{")
        try:
            self.assertEqual(self.audit(), before)
            code, reply = self.audit("--simulate")
            self.assertEqual(reply["findings"], before[1]["findings"])
            self.assertGreater(reply["simulation"]["outages"], 0)
            self.assertNotIn("files", reply)
            self.assertEqual(code, reply["verdict"])
        finally:
            path.write_text(written)

    @unittest.skipUnless(os.geteuid() == 0, "another user is needed")
    def test_the_text_of_the_configuration_is_not_for_others(self):
        os.chmod(self.holdfast.folder, 0o755)
        line = '{"command": "audit", "simulate": true}\n'
        code = ("import os, socket, sys; os.setgroups([0]); os.setgid(65534); os.setuid(65534); "
                "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                "s.sendall(sys.argv[2].encode()); print(s.makefile().readline())")
        socket_path = self.holdfast.config["control"]
        done = subprocess.run(["/usr/bin/python3", "-c", code, socket_path, line], capture_output=True, text=True,
                              timeout=20, check=False)
        reply = json.loads(done.stdout)
        self.assertEqual((reply["ok"], reply["kind"]), (False, "forbidden"), done.stderr)
        self.assertNotIn("files", reply)


if __name__ == "__main__":
    unittest.main()
