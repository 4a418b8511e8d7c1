#!/usr/bin/env python3
"""Names of ENS as holdfastctl spells them: as the reference of ENSIP-15 does, for every code point, emoji,
mark, look-alike and mixture that its tables know; and as its official tests say, where these are at hand.

ENSIP15_TESTS names the official file, validate/tests.json of adraffy/ens-normalize.js (MIT): no package
brings it, so this test does without it where the variable is not set."""
import json
import os
import random
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import daemon  # noqa: E402 (found beside this folder)

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build/tools"
TABLES = json.loads((ROOT / "lib/ens/normalize-data.json").read_text(encoding="utf-8"))
VARIATION = chr(0xfe0f)
SEED = 15


def spelled(names):
    """The normal form of each, or None, as holdfastctl has it."""
    text = "".join(json.dumps(name) + "\n" for name in names)
    done = subprocess.run([daemon.program("holdfastctl"), "ens", "normalize", "--stdin"],
                          input=text, capture_output=True, text=True, check=True)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    return [reply["name"] if reply["ok"] else None for reply in replies]


def reference(names):
    text = "".join(json.dumps(name) + "\n" for name in names)
    done = subprocess.run(["node", ROOT / "tests/ens-lab/normalize.mjs", TOOLS], input=text,
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def points(ranges):
    return [chr(point) for low, high in zip(ranges[::2], ranges[1::2])
            for point in range(low, high + 1)]


def text(codes):
    return "".join(map(chr, codes))


def every_code_point():
    """Those of the planes in use; of the others the edges."""
    for low, high in ((0, 0xd800), (0xe000, 0x33480), (0xe0000, 0xe0200)):
        yield from map(chr, range(low, high))
    for plane in range(17):
        for edge in (0, 1, 0xfffd, 0xfffe, 0xffff):
            yield chr((plane << 16) + edge)


def emojis():
    for codes in TABLES["emoji"]:
        emoji = text(codes)
        bare = emoji.replace(VARIATION, "")
        yield from (emoji, bare, emoji + bare, f"a{emoji}", f"{bare}1", emoji + chr(0x301),
                    emoji + chr(0x200d), bare + VARIATION + VARIATION)


def marks():
    non_spacing = points(TABLES["nsm"])
    for mark in points(TABLES["cm"]):
        yield from (mark, f"a{mark}", f"\u0430{mark}", f"a{mark}{mark}", f"\u0628{mark}{mark}",
                    f"\u0628\u0650{mark}\u064e\u0651", f"\u0915{mark}", f".a{mark}")
    for i, mark in enumerate(non_spacing):
        run = "".join(non_spacing[(i + k) % len(non_spacing)] for k in range(5))
        yield from (f"\u0628{run[:4]}", f"\u0628{run}", f"\u0628{mark}{run[1]}{mark}")


def look_alikes():
    for whole in TABLES["wholes"]:
        for a in (*whole["valid"], *whole["confused"]):
            for b in (*whole["valid"], *whole["confused"]):
                yield chr(a) + chr(b)
            yield from (chr(a), chr(a) * 3, chr(a) + "-", chr(a) + "1", chr(a) + "a", "_" + chr(a))


def decompositions():
    for composed, *parts in TABLES["nf"]["decomp"]:
        yield from (text(parts), chr(composed) + chr(0x323), text(parts) + chr(0x323),
                    text(parts[:1]) + chr(0x323) + text(parts[1:]), text(parts) + chr(0x301))
    for syllable in range(0xac00, 0xd7a4, 7):
        yield chr(syllable) + "\u11a8"


def fenced():
    for fence in points(TABLES["fenced"]):
        for other in (*points(TABLES["fenced"]), "'", "-", "_"):
            for shape in ("{0}a", "a{0}", "a{0}b", "a{0}{1}b", "a{0}b{1}c", "{0}", "\U0001f600{0}a"):
                yield shape.format(fence, other)


def mapped():
    for point, _ in TABLES["mapped"]:
        yield from (chr(point) + "a", "a" + chr(point), chr(point) * 2)


def mixtures(count):
    """Labels of one, two or three scripts, with what belongs to none of them in between."""
    rng = random.Random(SEED)
    groups = [points(group["primary"]) or points(group["secondary"]) for group in TABLES["groups"]]
    extras = [*"-_1a.'", *points(TABLES["fenced"]), *points(TABLES["ignored"])[:8], VARIATION,
              chr(0x301), "\U0001f984"]
    for _ in range(count):
        scripts = [groups[rng.randrange(len(groups))] for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        label = [rng.choice(rng.choice(scripts)) for _ in range(rng.randint(1, 9))]
        for _ in range(rng.choice((0, 0, 1, 2))):
            label.insert(rng.randint(0, len(label)), rng.choice(extras))
        yield "".join(label)


class Reference(unittest.TestCase):
    def compare(self, names):
        names = list(dict.fromkeys(names))
        ours, theirs = spelled(names), reference(names)
        self.assertEqual((len(ours), len(theirs)), (len(names), len(names)))
        wrong = [(ascii(name), mine and ascii(mine), right and ascii(right))
                 for name, mine, right in zip(names, ours, theirs) if mine != right]
        self.assertEqual(wrong[:20], [], f"{len(wrong)} of {len(names)}; name, ours, the reference's")

    def test_every_code_point_alone(self):
        self.compare(every_code_point())

    def test_what_the_tables_know(self):
        for some in (emojis, marks, look_alikes, decompositions, fenced, mapped):
            with self.subTest(some=some.__name__):
                self.compare(some())

    def test_mixtures_of_scripts(self):
        self.compare(mixtures(30000))


@unittest.skipUnless(os.environ.get("ENSIP15_TESTS"), "ENSIP15_TESTS names no file")
class Official(unittest.TestCase):
    def test_all(self):
        tests = json.loads(Path(os.environ["ENSIP15_TESTS"]).read_text(encoding="utf-8"))
        found = spelled([test["name"] for test in tests])
        wanted = [None if test.get("error") else test.get("norm", test["name"]) for test in tests]
        wrong = [(ascii(test["name"]), mine, right)
                 for test, mine, right in zip(tests, found, wanted) if mine != right]
        self.assertEqual(wrong[:20], [], f"{len(wrong)} of {len(tests)}")


if __name__ == "__main__":
    package = TOOLS / "node_modules/@adraffy/ens-normalize"
    if not os.environ.get("ENSIP15_TESTS") and (shutil.which("node") is None or not package.is_dir()):
        print("no node or no @adraffy/ens-normalize: .ci/setup test installs it where there is npm")
        sys.exit(77)
    unittest.main()
