#!/usr/bin/env python3
"""At most six classes under lib/ have pure virtual functions: the seams, and no more."""
import re

import tree

LIMIT = 6
CLASS = re.compile(r"\b(?:class|struct)\s+(\w+)[^;{()]*\{")
PURE = re.compile(r"\bvirtual\b[^;{}]*=\s*0\s*;")


def interfaces(text):
    """Names of the classes in `text` that declare a pure virtual function."""
    code = tree.code_only(text)
    classes = [(m.start(), m.group(1)) for m in CLASS.finditer(code)]
    return {max((c for c in classes if c[0] < m.start()), default=(0, "?"))[1]
            for m in PURE.finditer(code)}


def check(root):
    found = {}
    for path in tree.cxx(root, ("lib",)):
        for name in interfaces(tree.read(path)):
            found[name] = path.relative_to(root)
    for name, path in sorted(found.items()):
        print(f"{name} ({path})")
    return [] if len(found) <= LIMIT else [f"{len(found)} interfaces, at most {LIMIT}"]


if __name__ == "__main__":
    tree.main(check)
