#!/usr/bin/env python3
"""The alert rules: promtool finds them good, each is seen quiet and seen firing, each asks for series that
there are, and each leads to a section of the run-books."""
import re
import sys
import unittest

from sources import PACKAGING, ROOT, need, run

need("promtool")
try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

RULES = PACKAGING / "prometheus/holdfast.rules.yml"
TESTS = PACKAGING / "prometheus/holdfast.rules.test.yml"
RUNBOOKS = ROOT / "docs/OPERATIONS.md"
# Prometheus' own, and those of the process.
OTHERS = {"up", "time", "job", "instance", "process_open_fds", "process_max_fds"}


def anchor(heading):
    """The fragment that a heading of a markdown page has."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
        cls.rules = {rule["alert"]: rule for rule in group["rules"]}
        cls.tests = yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]

    def test_promtool_finds_them_good(self):
        done = run("promtool", "check", "rules", RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_is_quiet_and_fires_when_it_should(self):
        done = run("promtool", "test", "rules", TESTS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_has_such_a_test(self):
        seen = {name: set() for name in self.rules}
        for test in self.tests:
            for case in test["alert_rule_test"]:
                seen[case["alertname"]].add(bool(case["exp_alerts"]))
        self.assertEqual({name: {False, True} for name in self.rules}, seen)

    def test_each_asks_for_series_that_are_documented(self):
        documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/METRICS.md").read_text(), re.M))
        for name, rule in self.rules.items():
            for series in re.findall(r"\b(?:holdfast|process)_\w+", rule["expr"]):
                self.assertTrue(series in documented | OTHERS, f"{name}: {series}")

    def test_each_says_how_bad_it_is_and_what_to_do(self):
        headings = {anchor(title) for title in
                    re.findall(r"^#+ (.*)$", RUNBOOKS.read_text(encoding="utf-8"), re.M)}
        for name, rule in self.rules.items():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"), name)
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
            page, _, fragment = rule["annotations"]["runbook_url"].partition("#")
            self.assertEqual(page, "docs/OPERATIONS.md", name)
            self.assertEqual(fragment, name.lower())
            self.assertIn(fragment, headings, f"{name} has no section in {RUNBOOKS.name}")

    def test_no_section_is_of_an_alert_that_is_gone(self):
        sections = set(re.findall(r"^### (Holdfast\w+)$", RUNBOOKS.read_text(encoding="utf-8"),
                                  re.M))
        self.assertEqual(sections, set(self.rules))


if __name__ == "__main__":
    unittest.main()
