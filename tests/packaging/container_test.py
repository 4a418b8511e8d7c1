#!/usr/bin/env python3
"""The container file and the Helm chart, judged by hadolint and helm where they are installed, and by what
they make: the chart's configuration has no mistake, its objects are what they should be. Where there is no
helm, render_chart.go renders with the same templates and functions, of Debian's packages."""
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from sources import PACKAGING, ROOT, program, run

CHART = PACKAGING / "helm/holdfast"
CONTAINERFILE = PACKAGING / "oci/Containerfile"
# pinned versions of packages: the distribution's are the ones tested.
HADOLINT = ["--ignore", "DL3008"]


SPRIG = Path("/usr/share/gocode/src/github.com/Masterminds/sprig")


def objects(text):
    """The chart's objects, by kind."""
    import yaml
    return {one["kind"]: one for one in yaml.safe_load_all(text) if one}


def rendered():
    """The chart with its defaults."""
    if shutil.which("helm"):
        done = run("helm", "template", "test", CHART)
    else:
        with tempfile.TemporaryDirectory(prefix="holdfast-go.") as folder:
            done = run("go", "run", Path(__file__).with_name("render_chart.go"), CHART, cwd=folder,
                       env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                            "GOCACHE": f"{folder}/cache", "GOFLAGS": "-p=2"})
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return objects(done.stdout)


class Container(unittest.TestCase):
    def test_the_versions_are_the_projects(self):
        version = run(program("holdfastd"), "--version").stdout.split()[-1]
        chart = (CHART / "Chart.yaml").read_text()
        self.assertIn(f"version: {version}\n", chart)
        self.assertIn(f'appVersion: "{version}"\n', chart)

    def test_what_the_container_file_runs_is_there(self):
        text = CONTAINERFILE.read_text()
        for path in (".ci/setup", "packaging/build-deb"):
            self.assertIn(path, text)
            self.assertTrue((ROOT / path).exists())

    def test_it_is_not_sent_what_others_made_and_is_sent_all_sources(self):
        def patterns(name):
            lines = (ROOT / name).read_text().splitlines()
            return {line.removeprefix("**/").strip("/") for line in lines if line and line[0] != "#"}

        left_out = patterns(".containerignore")
        self.assertEqual(patterns(".gitignore") - left_out, set())
        tracked = run("git", "-C", ROOT, "ls-files", "--", *sorted(left_out))
        if tracked.returncode == 0:
            self.assertEqual(tracked.stdout, "")

    @unittest.skipUnless(shutil.which("hadolint"), "hadolint is not installed")
    def test_hadolint_finds_nothing(self):
        done = run("hadolint", *HADOLINT, CONTAINERFILE)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_defaults_satisfy_their_schema(self):
        try:
            import jsonschema
            import yaml
        except ImportError as missing:
            self.skipTest(str(missing))
        values = yaml.safe_load((CHART / "values.yaml").read_text())
        jsonschema.validate(values, json.loads((CHART / "values.schema.json").read_text()))


@unittest.skipUnless(shutil.which("helm") or (shutil.which("go") and SPRIG.exists()),
                     "neither helm nor go and sprig are installed")
class Chart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = rendered()

    @unittest.skipUnless(shutil.which("helm"), "helm is not installed")
    def test_helm_finds_nothing(self):
        done = run("helm", "lint", "--strict", CHART)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_its_configuration_has_no_mistake(self):
        config = self.objects["ConfigMap"]["data"]["holdfast.json"]
        with tempfile.TemporaryDirectory(prefix="holdfast-chart.") as folder:
            path = Path(folder) / "holdfast.json"
            path.write_text(config)
            done = run(program("holdfastd"), "--check-config", path)
        self.assertEqual(done.returncode, 0, done.stderr + config)
        routes = {route["zone"]: route for route in json.loads(config)["routes"]}
        self.assertEqual(routes["cluster.local"]["tiers"], [["cluster"]])
        self.assertEqual(routes["cluster.local"]["visibility"], "private")

    def test_the_pod_answers_on_its_node_and_may_do_little(self):
        pod = self.objects["DaemonSet"]["spec"]["template"]["spec"]
        self.assertTrue(pod["hostNetwork"])
        self.assertEqual(pod["dnsPolicy"], "Default")
        (container,) = pod["containers"]
        security = container["securityContext"]
        self.assertTrue(security["readOnlyRootFilesystem"])
        self.assertEqual(security["capabilities"], {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})

    @unittest.skipUnless(shutil.which("helm"), "helm is not installed")
    def test_a_wrong_value_is_refused(self):
        done = run("helm", "template", "test", CHART, "--set", "address=localhost")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
