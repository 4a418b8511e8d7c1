#!/usr/bin/env python3
"""Writes holdfast.json(5) from the schema, so that the page has every key and no other.

usage: config_page.py SCHEMA VERSION PAGE
"""
import json
import sys

HEAD = """.TH HOLDFAST.JSON 5 "" "holdfast {version}" "File formats"
.SH NAME
holdfast.json \\- configuration of holdfastd
.SH SYNOPSIS
.I /etc/holdfast/holdfast.json
.br
.I /etc/holdfast/conf.d/*.json
.SH DESCRIPTION
The configuration of
.BR holdfastd (8)
is one object in JSON, with // comments and /* comments */.
Files of
.I conf.d
beside it are merged into it, sorted by name: objects member by member,
.I routes
follow one another, and any other key may be given in one of the files only.
.PP
Required are
.IR safety ,
.IR routes ,
and
.I upstreams
or
.IR use .
Everything else has a default.
Times are strings with a unit ("250ms", "5min", "3d"), and so are sizes ("64MiB").
.PP
.B holdfastd \\-\\-check\\-config
.I FILE
names every mistake at once;
.B holdfastctl reload
puts a change in force.
Keys marked with "Restart." wait for one.
"""
TAIL = """.SH FILES
.TP
.I /usr/share/holdfast/schema.json
The schema that this page was made of, for editors.
.TP
.I /usr/share/holdfast/providers.json
Well\\-known resolvers, for
.IR use .
.TP
.I /usr/share/doc/holdfast/examples
Whole files for a home, an office, a cloud and a laboratory.
.SH SEE ALSO
.BR holdfastd (8),
.BR holdfastctl (1);
ranges and reasons of each key are in
.IR /usr/share/doc/holdfast/CONFIG.md .
"""
# Where a key stands whose members are described once: the schema's definitions.
SECTIONS = (("MEMBERS OF AN UPSTREAM", "upstream"), ("MEMBERS OF A ROUTE", "route"))


def escaped(text):
    text = text.replace("\\", "\\\\").replace("-", "\\-").replace("`", "")
    text = text.replace("\u00d7", "\\(mu").replace("\u2026", "...")
    return "\\&" + text if text[:1] in ".'" else text


def entry(path, key):
    """One key: its name, what it means, its default."""
    lines = [".TP", f".B {escaped(path)}", escaped(key.get("description", "See above."))]
    if "enum" in key:
        lines.append(escaped("One of " + ", ".join(map(str, key["enum"])) + "."))
    if "default" in key:
        lines.append(escaped(f"Default: {json.dumps(key['default'])}"))
    return lines


def entries(schema, prefix=""):
    lines = []
    for name, key in schema.get("properties", {}).items():
        lines += entry(prefix + name, key)
        lines += entries(key, f"{prefix}{name}.")
    return lines


def page(schema, version):
    lines = [".SH KEYS", *entries(schema)]
    for title, definition in SECTIONS:
        lines += [f".SH {title}", *entries(schema["definitions"][definition])]
    return HEAD.format(version=version) + "\n".join(lines) + "\n" + TAIL


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        text = page(json.load(file), sys.argv[2])
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        file.write(text)
