#!/usr/bin/env python3
"""What the documents name exists, and what exists is documented.

Steps of "Life of a query", metric names and their labels, configuration keys, example
configurations, links.
"""
import json
import re
from pathlib import Path

import tree

STEP_FILE = re.compile(r"`(?:lib/)?((?:[a-z_]+/)+[a-z0-9_]+\.(?:h|cc))`")
STEP_CALL = re.compile(r"`(?:([A-Z]\w+)::)?([a-z_]\w*)\(")
METRIC_IN_CODE = re.compile(r'"(holdfast_[a-z0-9_]+)"')
METRIC_IN_DOC = re.compile(r"`(holdfast_[a-z0-9_]+)[`{]")
LABEL_IN_CODE = re.compile(r'case (\w+)::(\w+):\s*return "(\w+)";')
LABEL_IN_DOC = re.compile(r"`([a-z_]+)`")
# Enums whose values are labels, and the series whose row lists them all. Outcomes: check_failover.
LABELLED = {"AnswerSource": "holdfast_answers_total",
            "ExchangeReason": "holdfast_exchanges_started_total",
            "ShedReason": "holdfast_shed_total"}
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
NOT_AN_EXAMPLE = {"schema.json", "providers.json", "drill-packs.json"}


def section(text, title):
    """The lines between the heading `title` and the next heading of its level or above."""
    match = re.search(rf"^(#+) {re.escape(title)}.*?$(.*?)(?=^#{{1,6}} |\Z)", text,
                      re.DOTALL | re.MULTILINE | re.IGNORECASE)
    return match.group(2) if match else None


def items(text):
    """List items of a markdown text, continuation lines joined."""
    found = []
    for line in text.splitlines():
        if re.match(r"\s*(\d+\.|[-*|])\s", line) or not found:
            found.append(line)
        else:
            found[-1] += " " + line.strip()
    return found


def life_of_a_query(root):
    steps = section(tree.read(root / "docs/ARCHITECTURE.md"), "Life of a query")
    if steps is None:
        return ['docs/ARCHITECTURE.md: no section "Life of a query"']
    findings = []
    code = {p.relative_to(root).as_posix(): tree.code_only(tree.read(p)) for p in tree.cxx(root)}
    for step in items(steps):
        named = []
        for path in STEP_FILE.findall(step):
            where = next((f for f in (f"lib/{path}", path) if f in code), None)
            if where:
                named.append(where)
            else:
                findings.append(f"Life of a query: {path} does not exist")
        for owner, function in STEP_CALL.findall(step):
            places = [p for p, text in code.items() if re.search(rf"\b{function}\s*\(", text)]
            if owner:
                places = [p for p in places if re.search(rf"\b{owner}\b", code[p])]
            if not places:
                findings.append(f"Life of a query: {owner + '::' if owner else ''}{function}() "
                                "does not exist")
            elif named and not set(places) & set(named):
                findings.append(f"Life of a query: {function}() is not in {', '.join(named)}")
    return findings


def metrics(root):
    in_code = set()
    for path in tree.cxx(root, ("lib/metrics",)):
        in_code |= set(METRIC_IN_CODE.findall(tree.code_only(tree.read(path), keep_strings=True)))
    documented = set(METRIC_IN_DOC.findall(tree.read(root / "docs/METRICS.md")))
    return ([f"docs/METRICS.md: {m} is missing" for m in sorted(in_code - documented)]
            + [f"docs/METRICS.md: {m} is in no code" for m in sorted(documented - in_code)])


def labels(root):
    """The values of each labelled enum are those its series' row lists, and each is used."""
    code = {p: tree.code_only(tree.read(p), keep_strings=True)
            for p in tree.cxx(root, ("lib", "daemon"))}
    in_code = {enum: set() for enum in LABELLED}
    findings = []
    for path, text in code.items():
        for enum, value, label in LABEL_IN_CODE.findall(text):
            if enum not in LABELLED:
                continue
            in_code[enum].add(label)
            if not any(re.search(rf"\b{enum}::{value}\b", other)
                       for where, other in code.items() if where != path):
                findings.append(f"{path.relative_to(root)}: nothing ever is {enum}::{value}")
    document = tree.read(root / "docs/METRICS.md")
    for enum, series in LABELLED.items():
        row = next((line for line in document.splitlines() if line.startswith(f"| `{series}`")), "")
        listed = set(LABEL_IN_DOC.findall(row.rstrip(" |").rpartition(" | ")[2]))
        findings += [f"docs/METRICS.md: {series} can be {label}, too"
                     for label in sorted(in_code[enum] - listed)]
        findings += [f"docs/METRICS.md: {series} never is {label}"
                     for label in sorted(listed - in_code[enum])]
    return findings


def schema_keys(schema):
    """Every property name anywhere in a JSON Schema."""
    keys = set()
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "properties" and isinstance(value, dict):
                keys |= set(value)
                for inner in value.values():
                    keys |= schema_keys(inner)
            else:
                keys |= schema_keys(value)
    elif isinstance(schema, list):
        for value in schema:
            keys |= schema_keys(value)
    return keys


def config_keys(root):
    documented = set()
    for quoted in re.findall(r"`([^`\n]+)`", tree.read(root / "docs/CONFIG.md")):
        documented |= set(re.findall(r"[A-Za-z_$]\w*", quoted))
    keys = schema_keys(json.loads(tree.read(root / "config/schema.json")))
    return [f"docs/CONFIG.md: the key {key} is missing" for key in sorted(keys - documented)]


def without_comments(text):
    """JSON with // and /* */ comments removed; slashes inside strings stay."""
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or "", text,
                  flags=re.DOTALL)


def examples(root):
    try:
        import jsonschema
    except ImportError as missing:
        raise tree.Skip("python3-jsonschema is not installed") from missing
    schema = json.loads(tree.read(root / "config/schema.json"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    findings = []
    for path in tree.files(root, ("config",), (".json",)):
        if path.name in NOT_AN_EXAMPLE:
            continue
        try:
            value = json.loads(without_comments(tree.read(path)))
        except ValueError as error:
            findings.append(f"{path.relative_to(root)}: {error}")
            continue
        for error in validator(schema).iter_errors(value):
            where = "/" + "/".join(map(str, error.absolute_path))
            findings.append(f"{path.relative_to(root)}: {where}: {error.message}")
    return findings


def links(root):
    findings = []
    for path in sorted(root.glob("*.md")) + tree.files(root, ("docs", "bench", "tests"), (".md",)):
        for target in LINK.findall(tree.read(path)):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                findings.append(f"{path.relative_to(root)}: the link {target} leads nowhere")
    return findings


def check(root):
    findings = []
    for part in (life_of_a_query, metrics, labels, config_keys, links, examples):
        try:
            findings += part(root)
        except FileNotFoundError as missing:
            findings.append(f"{Path(missing.filename).relative_to(root)} does not exist")
    return findings


if __name__ == "__main__":
    tree.main(check)
