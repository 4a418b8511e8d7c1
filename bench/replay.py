#!/usr/bin/env python3
"""The figures of the replay packs, tests/scenario/replay_*.scn, as a table.

    bench/replay.py             plays them, and prints the table
    bench/replay.py update      and puts it into RESULTS.md

They are played on virtual time by scenario_runner (--runner; the newest build otherwise), the same
seed giving the same figures on every machine; tests/scenario/README.md says what each means. What
they must be stands in the stories, so that they cannot get worse unseen: a pack that fails its
story ends this with exit code 1.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench/RESULTS.md"
SECTION = "## Replay packs"
# Column, figure, decimals, unit.
COLUMNS = (
    ("queries", "queries", 0, ""),
    ("used before: answered", "used-answered", 2, " %"),
    ("new: answered", "new-answered", 2, " %"),
    ("stale", "stale", 1, " %"),
    ("noticed", "noticed", 2, " %"),
    ("p99", "p99", 0, " ms"),
    ("slowest", "worst", 0, " ms"),
    ("packets in the outage", "traffic", 0, " %"),
    ("after it", "recovery", 0, " %"),
    ("left after", "over", 1, " s"),
    ("back after", "back", 0, " s"),
)


def newest_runner():
    built = list(ROOT.glob("build/*/tests/scenario/scenario_runner"))
    if not built:
        sys.exit("scenario_runner is not built")
    return max(built, key=lambda path: path.stat().st_mtime)


def play(runner):
    """[(pack, its first line, figures)]; ends the program if a story fails."""
    stories = sorted((ROOT / "tests/scenario").glob("replay_*.scn"))
    done = subprocess.run([runner, "--figures", *stories], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(done.stdout)
    figures = {Path(path).stem: json.loads(text)
               for path, text in re.findall(r"^figures (\S+) (.*)$", done.stdout, re.MULTILINE)}
    return [(name_of(story), story.read_text(encoding="utf-8").partition("\n")[0][2:],
             figures[story.stem]) for story in stories]


def name_of(story):
    """replay_us_east_1_2012.scn is the pack us-east-1-2012."""
    return story.stem.removeprefix("replay_").replace("_", "-")


def cell(figures, figure, decimals, unit):
    value = figures[figure]
    return "–" if value is None else f"{value:,.{decimals}f}{unit}"


def table(packs):
    lines = ["|pack|" + "|".join(column[0] for column in COLUMNS) + "|",
             "|---|" + "---:|" * len(COLUMNS)]
    for pack, _, figures in packs:
        cells = [cell(figures, *column[1:]) for column in COLUMNS]
        lines.append(f"|`{pack}`|" + "|".join(cells) + "|")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", nargs="?", choices=("print", "update"), default="print")
    parser.add_argument("--runner", type=Path)
    arguments = parser.parse_args()
    packs = play(arguments.runner or newest_runner())
    if arguments.mode == "print":
        for pack, prose, _ in packs:
            print(f"{pack}: {prose}")
        print(table(packs), end="")
        return 0
    head, title, rest = RESULTS.read_text(encoding="utf-8").partition(SECTION)
    rest = re.sub(r"(^\|.*\n)+", lambda _: table(packs), rest, count=1, flags=re.MULTILINE)
    RESULTS.write_text(head + title + rest, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
