#!/usr/bin/env python3
"""clang-format 14 would change nothing."""
import re
import shutil
import subprocess

import tree

FOLDERS = ("lib", "daemon", "tests", "fuzz", "bench")


def check(root):
    program = shutil.which("clang-format-14")
    if not program:
        raise tree.Skip("clang-format-14 is not installed")
    paths = tree.cxx(root, FOLDERS)
    if not paths:
        return []
    done = subprocess.run(
        [program, "--dry-run", f"--style=file:{root}/.clang-format", *map(str, paths)],
        capture_output=True, text=True, check=False)
    found = {}
    for line in done.stderr.splitlines():
        match = re.match(r"(.+?):(\d+):\d+: (?:warning|error): ", line)
        if match:
            found.setdefault(match.group(1), match.group(2))
    if done.returncode and not found:
        return [done.stderr.strip()]
    return [f"{path}:{line}: not formatted (clang-format-14 -i)" for path, line in found.items()]


if __name__ == "__main__":
    tree.main(check)
