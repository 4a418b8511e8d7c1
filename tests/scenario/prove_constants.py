#!/usr/bin/env python3
"""Every constant of the failover policy matters: halved, doubled or switched off, some story fails.

    prove_constants.py --runner build/dev/tests/scenario/scenario_runner [FIELD...]

A story names the constants it is sensitive to in a line "proves ...". Each variation is played on
those stories only, and at least one must fail; unchanged, all must hold.
"""
import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
POLICY = HERE.parent.parent / "lib/upstream/policy.h"

# Constants that stand behind others, and variations that say the same as the default.
EXEMPT = {
    "exchange_timeout_ens": "endpoints of a chain have time-outs of their own, which end before it",
}
# "Off" is zero unless zero means something else; a value may be left out with a reason.
OFF = {
    "exchange_timeout": "1h",
    "hedge_max": "0s",
    "stale_after": "1h",
    "lookup_deadline": "1h",
    "failure_backoff_max": "0s",
    "suspect_failures": "1000000",
    "suspect_overdue": "1000000",
    "overdue_floor": "0s",
    "min_samples": "0",
    "silent_down": "1h",
    "probe_interval": "10h",
    "probe_suspect": "1h",
    "probe_down_first": "1h",
    "probe_down_max": "1h",
    "probe_no_usable": "1h",
    "rise": "1000000",
    "window": "1000000",
}
UNITS = {"ms": 1e-3, "s": 1, "min": 60, "h": 3600}


def defaults():
    """(name, value as text, unit or "") of each field, in the order of policy.h."""
    text = POLICY.read_text()
    body = text[text.index("struct FailoverPolicy"):]
    body = body[:body.index("\n};")]
    fields = []
    for match in re.finditer(r"(Duration|double) (\w+) =\s*([\d.]+)(ms|s|min|h)?;", body):
        fields.append((match.group(2), float(match.group(3)), match.group(4) or ""))
    return fields


def text_of(value, unit):
    number = f"{value:.6f}".rstrip("0").rstrip(".")
    return f"{number}{unit}"


def variations(name, value, unit):
    yield "halved", text_of(value / 2, unit)
    yield "doubled", text_of(value * 2, unit)
    yield "off", OFF.get(name, "0s" if unit else "0")


def proofs():
    """Field -> stories that say they prove it, the short ones first."""
    found = {}
    for story in sorted(HERE.glob("*.scn"), key=lambda path: path.stat().st_size):
        for line in story.read_text().splitlines():
            if line.startswith("proves "):
                for field in line.split()[1:]:
                    found.setdefault(field, []).append(str(story))
    return found


def play(runner, stories, sets):
    command = [runner, "--quiet", "--first"] + [w for s in sets for w in ("--set", s)] + stories
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def judge(runner, job):
    """None if the variation is noticed, else what is wrong."""
    name, how, value, stories = job
    code, output = play(runner, stories, [f"{name}={value}"] if value else [])
    if value is None:
        return None if code == 0 else f"the stories do not hold unchanged:\n{output}"
    if code == 1:
        return None
    if code == 0:
        return f"{name} {how} ({value}): no story notices"
    return f"{name} {how} ({value}): exit code {code}\n{output}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runner", required=True)
    parser.add_argument("fields", nargs="*")
    options = parser.parse_args()
    by_field = proofs()
    fields = [f for f in defaults() if not options.fields or f[0] in options.fields]
    wrong = [f"{name}: proved by {', '.join(Path(s).name for s in stories)}, but there is no such "
             "field" for name, stories in by_field.items()
             if name not in {f[0] for f in defaults()}]
    jobs = [("", "unchanged", None, sorted({s for stories in by_field.values() for s in stories}))]
    for name, value, unit in fields:
        if name in EXEMPT:
            continue
        if name not in by_field:
            wrong.append(f"{name}: no story proves it")
            continue
        jobs += [(name, how, changed, by_field[name])
                 for how, changed in variations(name, value, unit)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong += [w for w in pool.map(lambda job: judge(options.runner, job), jobs) if w]
    for line in wrong:
        print(line)
    for name, why in EXEMPT.items():
        print(f"exempt: {name}: {why}")
    print(f"{len(fields) - len(EXEMPT)} constants, {len(jobs) - 1} variations, {len(wrong)} unnoticed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
