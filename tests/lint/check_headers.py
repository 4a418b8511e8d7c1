#!/usr/bin/env python3
"""Every header under lib/ and daemon/ compiles alone, and opens with what it is for. Where a source
of the same name includes it before all else, the build itself has seen that."""
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree

# What the dependencies' own build files would pass; see cmake/Dependencies.cmake.
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
         "-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED", "-DSPDLOG_FMT_EXTERNAL"]


def opening_comment(text):
    lines = [line for line in text.splitlines() if line.strip()]
    while lines and lines[0].startswith("#pragma once"):
        lines.pop(0)
    return lines and lines[0].startswith("//")


def is_first_of_its_source(path):
    source = path.with_suffix(".cc")
    first = source.exists() and re.search(r'^#include ["<](.+)[">]', tree.read(source), re.M)
    return bool(first) and f"/{path}".endswith("/" + first.group(1))


def compile_alone(root, header):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "alone.cc"
        source.write_text(f'#include "{header}"\n#include "{header}"\n', encoding="utf-8")
        done = subprocess.run(
            [os.environ.get("CXX", "g++"), *FLAGS, f"-I{root}/lib", f"-I{root}", str(source)],
            capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def check(root):
    headers = [path for path in tree.cxx(root) if path.suffix == ".h"]
    findings = []
    for path in headers:
        text = tree.read(path)
        name = path.relative_to(root)
        if "#pragma once" not in text:
            findings.append(f"{name}: no #pragma once")
        if not opening_comment(text):
            findings.append(f"{name}: does not begin with what it is for")
    alone = [path for path in headers if not is_first_of_its_source(path)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, errors in zip(alone, pool.map(lambda h: compile_alone(root, h), alone)):
            if errors:
                first = next((l for l in errors.splitlines() if "error" in l), errors.strip())
                findings.append(f"{path.relative_to(root)}: does not stand alone: {first}")
    return findings


if __name__ == "__main__":
    tree.main(check)
