#!/usr/bin/env python3
"""Includes and links point downwards only, along the table in docs/ARCHITECTURE.md.

The table is a fenced block that begins with ```layers; each line is `folder -> folder folder ...`.
`*` stands for every folder. What a line does not allow is a finding, and so is a cycle in the table.
"""
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z0-9_]+)/', re.MULTILINE)
LINK = re.compile(r"\bholdfast::([a-z0-9_]+)")


def allowed_edges(root):
    """folder -> set of folders it may use, from ARCHITECTURE.md."""
    block = re.search(r"^```layers\n(.*?)^```", tree.read(root / "docs/ARCHITECTURE.md"),
                      re.DOTALL | re.MULTILINE)
    if not block:
        raise SystemExit("docs/ARCHITECTURE.md has no ```layers block")
    edges = {}
    for line in block.group(1).splitlines():
        line = line.split("#")[0].strip()
        if line:
            folder, _, used = line.partition("->")
            edges[folder.strip()] = set(used.split())
    for used in edges.values():
        if "*" in used:
            used.discard("*")
            used.update(edges)
    return edges


def cycles(edges):
    """Folders that reach themselves."""

    def reachable(start):
        seen, todo = set(), list(edges[start] - {start})
        while todo:
            folder = todo.pop()
            if folder not in seen:
                seen.add(folder)
                todo += edges.get(folder, ())
        return seen

    return [f for f in edges if f in reachable(f)]


def folder_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "lib" else parts[0]


def check(root):
    edges = allowed_edges(root)
    findings = [f"docs/ARCHITECTURE.md: {f} is part of a cycle" for f in cycles(edges)]

    def judge(path, text, pattern, verb):
        folder = folder_of(root, path)
        if folder not in edges:
            findings.append(f"{path.relative_to(root)}: folder {folder} is not in the table")
            return
        for match in pattern.finditer(text):
            other = match.group(1)
            if other in edges and other != folder and other not in edges[folder]:
                where = f"{path.relative_to(root)}:{tree.line_of(text, match.start(1))}"
                findings.append(f"{where}: {folder} may not {verb} {other}")

    for path in tree.cxx(root):
        judge(path, tree.code_only(tree.read(path), keep_strings=True), INCLUDE, "include")
    for path in sorted((root / "lib").glob("*/CMakeLists.txt")):
        judge(path, re.sub(r"#[^\n]*", "", tree.read(path)), LINK, "link")
    return findings


if __name__ == "__main__":
    tree.main(check)
