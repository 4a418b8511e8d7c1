#!/usr/bin/env python3
"""The dashboard is what its program writes, has the types that Grafana says it must have, and asks
for series that there are. That its expressions find something: tests/e2e/prometheus_test.py."""
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sources import PACKAGING, ROOT, run

sys.path.insert(0, str(PACKAGING / "grafana"))
import make_dashboard  # noqa: E402 (found just now)

COMMITTED = PACKAGING / "grafana/holdfast.json"
TOOLS = ROOT / "build/tools/node_modules"
# Those of Prometheus itself.
OTHERS = {"scrape_duration_seconds"}
# Each kind of panel has options and field settings of its own, and each data source puts what it
# needs into an annotation. In JSON an enum is the string it stands for.
RAW = "@grafana/schema/dist/types/raw/composable"
PROGRAM = f"""
import type {{Dashboard, AnnotationQuery}} from "@grafana/schema";
import type {{Options as Stat}} from "{RAW}/stat/panelcfg/x/types.gen";
import type {{Options as Lines, FieldConfig as LineField}} from "{RAW}/timeseries/panelcfg/x/types.gen";
import type {{Options as States, FieldConfig as StateField}} from "{RAW}/statetimeline/panelcfg/x/types.gen";
type Plain<T> = unknown extends T ? T : T extends string ? `${{T}}`
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? {{[K in keyof T]: Plain<T[K]>}} : T;
type Mark = Plain<AnnotationQuery> &
  {{expr: string, titleFormat: string, step: string, useValueForTime: boolean}};
export const dashboard: Plain<Dashboard> = DASHBOARD;
export const marks: Mark[] = MARKS;
export const stats: Plain<Stat>[] = STATS;
export const lines: Plain<Lines>[] = LINES;
export const lineFields: Plain<LineField>[] = LINE_FIELDS;
export const states: Plain<States>[] = STATES;
export const stateFields: Plain<StateField>[] = STATE_FIELDS;
"""


def expressions(dashboard):
    found = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return found + [mark["expr"] for mark in dashboard["annotations"]["list"]]


class Dashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dashboard = json.loads(COMMITTED.read_text(encoding="utf-8"))
        cls.panels = cls.dashboard["panels"]

    def test_what_is_committed_is_what_is_made(self):
        self.assertEqual(COMMITTED.read_text(encoding="utf-8"), make_dashboard.text())

    def test_panels_do_not_overlap(self):
        taken = set()
        for panel in self.panels:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], make_dashboard.WIDTH)
            taken |= cells
        ids = [panel["id"] for panel in self.panels]
        self.assertEqual(len(ids), len(set(ids)))

    def test_it_asks_for_series_that_are_documented(self):
        documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/METRICS.md").read_text(), re.M))
        for expr in expressions(self.dashboard):
            for series in re.findall(r"\b([a-z_]+)\{", expr):
                plain = re.sub(r"_bucket$", "", series)
                self.assertTrue(plain in documented | OTHERS, series)

    def test_every_panel_asks_only_the_chosen_machines(self):
        for expr in expressions(self.dashboard):
            self.assertEqual(expr.count("{"), expr.count(make_dashboard.HERE), expr)

    def compile(self, dashboard):
        """What TypeScript says of it."""
        def of(kind):
            return [p for p in dashboard["panels"] if p["type"] == kind]

        def fields(kind):
            return [p["fieldConfig"]["defaults"]["custom"] for p in of(kind)]

        values = {"DASHBOARD": {**dashboard, "annotations": {"list": []}},
                  "MARKS": dashboard["annotations"]["list"], "STATS": [p["options"] for p in of("stat")],
                  "LINES": [p["options"] for p in of("timeseries")],
                  "LINE_FIELDS": fields("timeseries"),
                  "STATES": [p["options"] for p in of("state-timeline")],
                  "STATE_FIELDS": fields("state-timeline")}
        text = re.sub(r"= ([A-Z_]+);", lambda m: f"= {json.dumps(values[m.group(1)])};", PROGRAM)
        with tempfile.TemporaryDirectory(prefix="holdfast-types.", dir=TOOLS.parent) as folder:
            source = Path(folder) / "dashboard.ts"
            source.write_text(text, encoding="utf-8")
            return run("node", TOOLS / "typescript/bin/tsc", "--noEmit", "--strict",
                       "--skipLibCheck", "--moduleResolution", "node", "--module", "esnext",
                       "--target", "es2022", source)

    def need_types(self):
        if not (TOOLS / "@grafana/schema").is_dir() or not (TOOLS / "typescript").is_dir():
            self.skipTest("Grafana's types are not installed: .ci/setup test, with npm")

    def test_grafana_knows_its_types(self):
        self.need_types()
        done = self.compile(self.dashboard)
        self.assertEqual(done.returncode, 0, done.stdout[:3000])

    def test_a_wrong_type_would_be_noticed(self):
        self.need_types()
        broken = json.loads(COMMITTED.read_text(encoding="utf-8"))
        broken["panels"][1]["gridPos"]["h"] = "4"
        broken["panels"][1]["options"]["colorMode"] = "no such mode"
        said = self.compile(broken).stdout
        self.assertIn("'string' is not assignable to type 'number'", said)
        self.assertIn("no such mode", said)


if __name__ == "__main__":
    unittest.main()
