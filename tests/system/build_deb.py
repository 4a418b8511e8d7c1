#!/usr/bin/env python3
"""usage: build_deb.py SUITE OUT   builds the package of the last commit for that Debian, in a tree of
its own with what .ci/setup package installs there, and has lintian judge it; prints its path, the last
line of all. Needs root."""
import shutil
import subprocess
import sys
from pathlib import Path

import machine

# In the tree.
SOURCES, PACKAGES = "root/holdfast", "root/deb"


def main(suite, out):
    machine.need()
    folder = machine.trees() / f"{suite}-build"
    machine.bootstrap(folder, suite, ["ca-certificates"])
    for part in (SOURCES, PACKAGES):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / part).mkdir()
    archive = subprocess.run(["git", "-C", machine.ROOT, "archive", "HEAD"], check=True,
                             stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", folder / SOURCES], check=True, input=archive)
    stamp = subprocess.run(["git", "-C", machine.ROOT, "log", "-1", "--format=%ct"], check=True,
                           capture_output=True, text=True).stdout.strip()
    machine.chroot(folder, "sh", "-ec", f"""
        cd /{SOURCES}
        .ci/setup package || {{ apt-get -qq update; .ci/setup package; }}
        SOURCE_DATE_EPOCH={stamp} packaging/build-deb /{PACKAGES}
        lintian --allow-root --fail-on error /{PACKAGES}/*.changes""")
    (deb,) = (folder / PACKAGES).glob("holdfast_*.deb")
    out.mkdir(parents=True, exist_ok=True)
    print(shutil.copy(deb, out))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]))
