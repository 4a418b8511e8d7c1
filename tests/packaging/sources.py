"""Where the tests of this folder find things, and how they say that they cannot run here."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
SKIPPED = 77


def need(*programs):
    """Ends the test as skipped if one of the programs is not installed."""
    for program in programs:
        if not shutil.which(program):
            print(f"{program} is not installed")
            sys.exit(SKIPPED)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, **options)


def program(name):
    """A program of the build under test; the environment says where."""
    return Path(os.environ[name.upper()])
