#!/usr/bin/env python3
"""Every rule of the failover policy matters: taken out of the code, some story fails.

    prove_rules.py [--work build/mutants] [--jobs 2] [WORD...]
    prove_rules.py --lines        only see whether every rule's line is where the list says

mutations.txt lists the rules, each with the line of code it lives in and what that line becomes
without it. They are taken out one at a time, in a copy of the tree; the stories are played by what
is built there, and one must fail, or, of rules that no story can tell, the unit tests that the list
names. Words choose the rules whose name has one of them.
"""
import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Neither sanitizers nor much optimisation: it is built often and plays little.
CMAKE = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1"]
PATIENCE = 300  # seconds for all stories; without a rule a story may never end, which is noticed too


@dataclass
class Mutation:
    rule: str
    file: str = ""
    old: str = ""
    new: str = ""
    test: str = ""  # a program of unit tests that notices, instead of the stories

    def apply(self, text):
        """The text without the rule. Layout does not matter; the line must be there once."""
        words = [re.escape(word) for word in self.old.split()]
        found = list(re.finditer(r"\s+".join(words), text)) if words else []
        if len(found) != 1:
            raise ValueError(f"its line is {len(found)} times in {self.file}: {self.old}")
        return text[:found[0].start()] + self.new + text[found[0].end():]


def read_mutations(path=HERE / "mutations.txt"):
    mutations = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        word, _, rest = line.partition(" ")
        if not line.strip() or word == "#":
            continue
        if word == "rule":
            mutations.append(Mutation(rest.strip()))
        elif word == "file" and mutations:
            mutations[-1].file = rest.strip()
        elif word == "test" and mutations:
            mutations[-1].test = rest.strip()
        elif word == "-" and mutations:
            mutations[-1].old += " " + rest.strip()
        elif word == "+" and mutations:
            mutations[-1].new += rest.strip() + "\n"
        else:
            raise SystemExit(f"{path.name}:{number}: what is {word!r}?")
    return mutations


def copy_tree(to):
    """The files of the project; what is the same already keeps its time, for ninja's sake."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, to / name
        if not source.is_file():
            continue
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


class Copy:
    """A copy of the tree and its build."""

    def __init__(self, work, jobs):
        self.tree, self.build, self.jobs = work / "tree", work / "build", jobs
        copy_tree(self.tree)
        self.run("cmake", "-S", self.tree, "-B", self.build, *CMAKE)

    def run(self, *command):
        # ccache then knows the files of every copy by the same names.
        environment = {**os.environ, "CCACHE_BASEDIR": str(self.tree), "CCACHE_NOHASHDIR": "1"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"{command[0]} fails:\n{done.stdout[-3000:]}")

    def make(self, target):
        self.run("cmake", "--build", self.build, "--target", target, "--parallel", str(self.jobs))

    def failures(self, test=""):
        """Names of tests of that program that fail, as built now; without one, of stories."""
        self.make(test or "scenario_runner")
        return self.run_tests(test) if test else self.play()

    def run_tests(self, test):
        [program] = (path for path in self.build.glob(f"tests/unit/**/{test}")
                     if path.is_file() and os.access(path, os.X_OK))
        try:
            done = subprocess.run([program, "--gtest_brief=1"], capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return ["(one never ends)"]
        failed = re.findall(r"^\[  FAILED  \] (\w+\.\w+) \(", done.stdout, re.MULTILINE)
        return failed or (["(the program dies)"] if done.returncode else [])

    def play(self):
        """Names of stories that fail, at least one if any does; "all" for one that never ends."""
        stories = sorted(self.tree.glob("tests/scenario/*.scn"), key=lambda s: s.stat().st_size)
        runner = self.build / "tests/scenario/scenario_runner"

        def part(start):
            mine = [str(story) for story in stories[start::self.jobs]]
            try:
                done = subprocess.run([runner, "--quiet", "--first", *mine], capture_output=True,
                                      text=True, timeout=PATIENCE, check=False)
            except subprocess.TimeoutExpired:
                return ["(one never ends)"]
            failed = re.findall(r"^(?:FAILED|BROKEN) +\S*/(\w+)\.scn", done.stdout, re.MULTILINE)
            return failed or (["(the runner dies)"] if done.returncode else [])
        with ThreadPoolExecutor(self.jobs) as pool:
            return [name for names in pool.map(part, range(self.jobs)) for name in names]

    def try_out(self, mutation):
        """(noticed, by what) of one mutation; the tree is as before afterwards."""
        path = self.tree / mutation.file
        original = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutation.apply(original), encoding="utf-8")
            failed = self.failures(mutation.test)
        finally:
            path.write_text(original, encoding="utf-8")
        return bool(failed), ", ".join(failed) or "nobody notices"


def misplaced(mutations):
    """What is wrong with the list: the code has moved on, or a name stands twice."""
    wrong, names = [], set()
    for mutation in mutations:
        if mutation.rule in names:
            wrong.append(f"{mutation.rule}: twice in the list")
        names.add(mutation.rule)
        try:
            path = ROOT / mutation.file
            mutation.apply(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            wrong.append(f"{mutation.rule}: {error}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "build/mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    mutations = [m for m in read_mutations()
                 if not options.words or any(w in m.rule for w in options.words)]
    if wrong := misplaced(mutations):
        print("\n".join(wrong))
        return 1
    if options.lines:
        print(f"{len(mutations)} rules, all in place")
        return 0 if mutations else 1
    copy = Copy(options.work.resolve(), options.jobs)
    for test in sorted({mutation.test for mutation in mutations}):
        if failed := copy.failures(test):
            print(f"what should notice fails unchanged: {', '.join(failed)}")
            return 1
    unnoticed = 0
    for mutation in mutations:
        start = time.monotonic()
        try:
            noticed, what = copy.try_out(mutation)
        except (OSError, ValueError) as error:
            noticed, what = False, str(error)
        unnoticed += not noticed
        print(f"{'noticed  ' if noticed else 'UNNOTICED'} {mutation.rule}: {what} "
              f"({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{len(mutations)} rules, {unnoticed} unnoticed")
    return 1 if unnoticed or not mutations else 0


if __name__ == "__main__":
    sys.exit(main())
