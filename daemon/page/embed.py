#!/usr/bin/env python3
"""Puts the status page together, one document with its styles and scripts inside, as a C++ source.

    embed.py PAGE.html OUT.cc

A comment `<!-- style: A B -->` or `<!-- script: A B -->` stands for the named files beside the
page. The policy that goes with the page (Content-Security-Policy) allows those by their hashes and
nothing else that could run, load or be sent.
"""
import base64
import hashlib
import re
import sys
from pathlib import Path

LARGEST = 50_000  # bytes of the whole page
PART = re.compile(r"<!-- (style|script): ([^>]*?) -->")


def assemble(page):
    """The document, and the hashes of its styles and of its scripts."""
    hashes = {"style": [], "script": []}

    def inline(match):
        kind, names = match.group(1), match.group(2).split()
        text = "\n" + "".join((page.parent / name).read_text(encoding="utf-8") for name in names)
        if f"</{kind}" in text.lower():
            raise SystemExit(f"{page.name}: a {kind} that ends its own element")
        digest = hashlib.sha256(text.encode()).digest()
        hashes[kind].append(f"'sha256-{base64.b64encode(digest).decode()}'")
        return f"<{kind}>{text}</{kind}>"

    document = PART.sub(inline, page.read_text(encoding="utf-8"))
    if len(document.encode()) > LARGEST:
        raise SystemExit(f"{page.name}: {len(document.encode())} bytes, at most {LARGEST}")
    return document, hashes


def policy(hashes):
    return "; ".join([
        "default-src 'none'",
        "script-src " + " ".join(hashes["script"]),
        "style-src " + " ".join(hashes["style"]),
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ])


def literal(text):
    """Raw string literals one after the other: compilers need not take longer ones than 64 kB."""
    assert ')page"' not in text
    pieces = [text[at : at + 12_000] for at in range(0, len(text), 12_000)]
    return "\n".join(f'R"page({piece})page"' for piece in pieces)


def main(page, out):
    document, hashes = assemble(Path(page))
    Path(out).write_text(f"""// Made of {Path(page).name} and its parts by embed.py.
#include "daemon/status_page.h"

namespace holdfast {{

std::string_view status_page() noexcept {{
  return {literal(document)};
}}

std::string_view status_page_policy() noexcept {{
  return {literal(policy(hashes))};
}}

}}  // namespace holdfast
""", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
