#!/usr/bin/env python3
"""docs/FAILOVER.md says what the code does: every policy constant with its default, every outcome."""
import re

import tree

FIELD = re.compile(r"^\s+(?:Duration|double) (\w+) = ([^;]+);", re.MULTILINE)
OUTCOME = re.compile(r"\{Outcome::\w+,\s*(\w+),\s*Origin::(\w+),\s*(true|false),\s*\"(\w+)\"\}")
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|(?: ([^|]+) \|)?$", re.MULTILINE)


def check(root):
    rows = {m.group(1): [c.strip() for c in m.groups()[1:] if c]
            for m in ROW.finditer(tree.read(root / "docs/FAILOVER.md"))}
    wanted = {name: [default] for name, default in
              FIELD.findall(tree.read(root / "lib/upstream/policy.h"))}
    for disposition, origin, failure, label in \
            OUTCOME.findall(tree.read(root / "lib/upstream/outcome.cc")):
        wanted[label] = [disposition.replace("_", " "), origin,
                         "yes" if failure == "true" else "no"]
    findings = []
    for name, cells in wanted.items():
        if name not in rows:
            findings.append(f"docs/FAILOVER.md: no row for {name}")
        elif rows[name][:len(cells)] != cells:
            findings.append(f"docs/FAILOVER.md: {name} is {rows[name]}, in the code {cells}")
    return findings + [f"docs/FAILOVER.md: {name} is not in the code"
                       for name in rows if name not in wanted]


if __name__ == "__main__":
    tree.main(check)
