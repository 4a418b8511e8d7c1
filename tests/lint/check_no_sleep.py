#!/usr/bin/env python3
"""No test below end-to-end sleeps, and none on virtual time reads a real clock."""
import re

import tree

SLEEP = re.compile(r"\bsleep_(?:for|until)\b|\b(?:u|nano)?sleep\s*\(")
CLOCK = re.compile(r"_clock::now\b|\bclock_gettime\b|\bgettimeofday\b")
SLEEPLESS = ("tests/unit", "tests/property", "tests/scenario", "tests/component", "tests/support")
# Sockets live in real time; a test of them may need a deadline.
REAL_TIME = ("tests/unit/net", "tests/component", "tests/unit/daemon", "tests/support/net")


def check(root):
    findings = []
    for path in tree.cxx(root, SLEEPLESS):
        name = path.relative_to(root).as_posix()
        text = tree.code_only(tree.read(path))
        rules = [("sleeps", SLEEP)]
        if not name.startswith(REAL_TIME):
            rules.append(("reads a clock", CLOCK))
        for what, pattern in rules:
            for match in pattern.finditer(text):
                findings.append(f"{name}:{tree.line_of(text, match.start())}: {what}")
    return findings


if __name__ == "__main__":
    tree.main(check)
