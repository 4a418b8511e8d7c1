"""The source tree as the lints see it: which files there are, and their code without comments.

Each check is a module with `check(root) -> list of findings`; `main(check)` makes it a program:
status 0 clean, 1 findings, 77 cannot run here (ctest shows it as skipped).
"""
import re
import sys
from pathlib import Path

SKIPPED = 77


class Skip(Exception):
    """The check needs something this machine does not have."""


def files(root, folders, suffixes):
    """The files below `folders` of `root` whose name ends in one of `suffixes`, sorted."""
    found = []
    for folder in folders:
        base = Path(root) / folder
        found += [p for p in base.rglob("*") if p.suffix in suffixes and p.is_file()]
    return sorted(found)


def cxx(root, folders=("lib", "daemon")):
    return files(root, folders, (".h", ".cc"))


def read(path):
    return Path(path).read_text(encoding="utf-8")


LITERAL_OR_COMMENT = re.compile(
    r'R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL,
)


def code_only(text, keep_strings=False):
    """`text` with comments (and the insides of literals) blanked; every line keeps its number."""

    def blank(match):
        piece = match.group()
        comment = piece.startswith(("//", "/*"))
        if keep_strings and not comment:
            return piece
        kept = "\n" * piece.count("\n")
        return kept if comment else '""' + kept

    return LITERAL_OR_COMMENT.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def main(check):
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    try:
        findings = check(root)
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} finding(s)")
    sys.exit(1 if findings else 0)
