#!/usr/bin/env python3
"""Counts the instructions of each micro operation and compares them with the committed ones.

    bench/instructions.py check     exit 1 if a count is off by more than 3 %, in either direction
    bench/instructions.py update    count, and write instructions.json and the table of RESULTS.md
    bench/instructions.py table     the committed counts, as in RESULTS.md

Times vary with the machine and with what else it does; instructions do not. Two runs under
callgrind, of N and of 2 N rounds, differ by what N rounds cost: start and preparation cancel out.
Counts belong to a distribution, compiler and libc; where there are none for those, check ends
with 77 (skipped).
"""
import argparse
import concurrent.futures
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "bench/instructions.json"
RESULTS = ROOT / "bench/RESULTS.md"
SECTION = "## Instructions per operation"
# Its own folder: what others configured in theirs must not change the code.
BUILD = ROOT / "build/instructions"
PROGRAM = BUILD / "bench/micro/micro_count"
TOLERANCE = 0.03
ROUNDS = 10000
# Larger ones differ in waits for memory, which instructions do not show, and take long to prepare.
LARGEST_SIZE = 10000
SKIPPED = 77
# libc chooses its memcpy and the like by the CPU; all machines get those that every x86-64 has.
PLAIN_CPU = "glibc.cpu.hwcaps=" + ",".join("-" + feature for feature in (
    "AVX", "AVX2", "AVX512F", "AVX_Fast_Unaligned_Load", "BMI1", "BMI2", "ERMS", "FSRM", "MOVBE",
    "SSSE3", "SSE4_1", "SSE4_2"))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def environment():
    """What counts depend on besides our code."""
    system = platform.freedesktop_os_release()
    libc = " ".join(platform.libc_ver())
    return (f"{system['ID']} {system.get('VERSION_ID', '')}, g++ {output('g++', '-dumpfullversion')}"
            f", {libc}, {platform.machine()}")


def build(jobs):
    """micro_count as it would be shipped: the flags of preset release, whatever CXXFLAGS says."""
    flags = "-march=x86-64 -mtune=generic" if platform.machine() == "x86_64" else ""
    for command in (
            ["cmake", "--preset", "bench", "-B", str(BUILD), "-DCMAKE_CXX_COMPILER=g++",
             f"-DCMAKE_CXX_FLAGS={flags}"],
            ["cmake", "--build", str(BUILD), "--parallel", str(jobs), "--target",
             "micro_count", "micro"]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.stdout}\nfailed: {' '.join(command)}")


def counted(name):
    size = re.search(r"/(\d+)$", name)
    return not size or int(size.group(1)) <= LARGEST_SIZE


def run(name, rounds):
    """Instructions of a whole run."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(PROGRAM), name,
         str(rounds)],
        env={"PATH": os.environ["PATH"], "GLIBC_TUNABLES": PLAIN_CPU}, capture_output=True,
        text=True, check=False)
    total = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not total:
        sys.exit(f"{name}: {done.stderr}")
    return int(total.group(1))


def count(name):
    return round((run(name, 2 * ROUNDS) - run(name, ROUNDS)) / ROUNDS, 1)


def count_all(jobs):
    names = [name for name in output(str(PROGRAM)).splitlines() if counted(name)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return dict(zip(names, pool.map(count, names)))


def committed():
    return json.loads(COMMITTED.read_text(encoding="utf-8")) if COMMITTED.exists() else {}


def compare(before, now):
    """Prints the table; the names that are off."""
    print(f"{'operation':28}{'committed':>12}{'now':>12}{'change':>10}")
    off = []
    for name in {**before, **now}:
        was, is_now = before.get(name), now.get(name)
        change = is_now / was - 1 if was and is_now else None
        if change is None or abs(change) > TOLERANCE:
            off.append(name)
        print(f"{name:28}{was or '-':>12}{is_now or '-':>12}"
              f"{'-' if change is None else f'{change:+.1%}':>10}"
              f"{'  <--' if name in off else ''}")
    return off


def check(jobs):
    where = environment()
    before = committed().get(where)
    if not before:
        print(f"skipped: bench/instructions.json has no counts for {where}")
        return SKIPPED
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return SKIPPED
    build(jobs)
    off = compare(before, count_all(jobs))
    print(f"{where}: {len(off)} beyond {TOLERANCE:.0%}")
    if off:
        print("If that is meant, accept it: bench/instructions.py update")
    return 1 if off else 0


def table(counts):
    names = list(dict.fromkeys(name for column in counts.values() for name in column))
    lines = [f"|operation|{'|'.join(counts)}|", "|---|" + "---:|" * len(counts)]
    for name in names:
        cells = "|".join(str(column.get(name, "-")) for column in counts.values())
        lines.append(f"|{name}|{cells}|")
    return "\n".join(lines) + "\n"


def update(jobs):
    build(jobs)
    counts = committed()
    where = environment()
    now = count_all(jobs)
    compare(counts.get(where, {}), now)
    counts[where] = now
    COMMITTED.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    head, title, rest = RESULTS.read_text(encoding="utf-8").partition(SECTION)
    rest = re.sub(r"(^\|.*\n)+", lambda _: table(counts), rest, count=1, flags=re.MULTILINE)
    RESULTS.write_text(head + title + rest, encoding="utf-8")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=("check", "update", "table"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="default: one per CPU")
    arguments = parser.parse_args()
    if arguments.mode == "table":
        print(table(committed()), end="")
        return 0
    return {"check": check, "update": update}[arguments.mode](arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
