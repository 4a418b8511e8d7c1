#!/usr/bin/env python3
"""Files, functions, parameter lists and lines stay small; the medians are printed."""
import re
import statistics

import tree

FOLDERS = ("lib", "daemon", "tests", "fuzz", "bench")
FILE, HEADER, FUNCTION, PARAMETERS, COLUMNS = 600, 250, 80, 5, 100
MEDIAN_FILE = 130

SCOPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:export\s+)?"
                   r"(namespace|class|struct|union|enum|extern)\b", re.DOTALL)
NOT_A_NAME = {"noexcept", "decltype", "alignas", "explicit", "requires", "sizeof", "__attribute__"}


def matching(text, start):
    """Index just past the bracket that closes the one at `start`."""
    closer = {"(": ")", "{": "}", "[": "]"}[text[start]]
    depth = 0
    for i in range(start, len(text)):
        if text[i] == text[start]:
            depth += 1
        elif text[i] == closer:
            depth -= 1
            if depth == 0:
                return i + 1
    return len(text)


def parameter_list(head):
    """(name, text between the parentheses) of a function head, or None if it is not one."""
    for match in re.finditer(r"(operator\s*\(\s*\)|operator\s*[^\s\w(]+|[\w~]+)\s*\(", head):
        name = match.group(1)
        if name in NOT_A_NAME:
            continue
        start = match.end() - 1
        return name, head[start + 1 : matching(head, start) - 1]
    return None


def count_parameters(text):
    if text.strip() in ("", "void"):
        return 0
    depth, commas = 0, 0
    for previous, char in zip(" " + text, text):
        if char in "(<[{":
            depth += 1
        elif char in ")]}" or (char == ">" and previous != "-"):
            depth -= 1
        elif char == "," and depth == 0:
            commas += 1
    return commas + 1


ACCESS = re.compile(r"(\s*(public|private|protected)\s*:(?!:))+")
# `Name(args) : member_` before a brace: that brace initialises the member.
INITIALISER = re.compile(r"\)[^()]*(?<!:):(?!:).*[\w>]$", re.DOTALL)
QUALIFIER_LAST = re.compile(r"\b(const|noexcept|override|final|mutable)$")
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)


def is_initialiser(head):
    return INITIALISER.search(head) and not QUALIFIER_LAST.search(head)


def signature(head):
    """(name, parameters) if `head`, the text before a brace, opens a function."""
    before = re.sub(r"operator\s*\S+?\s*$|[<>=!]=", "", head.split("(")[0])
    return None if "=" in before else parameter_list(head)


def functions(text):
    """(name, first line, number of lines, number of parameters) of each outermost function body."""
    code = PREPROCESSOR.sub(lambda m: "\n" * m.group().count("\n"), tree.code_only(text))
    found, head_start, i = [], 0, 0
    while i < len(code):
        if code[i] in ";}":
            head_start = i + 1
        elif code[i] == "(":
            i = matching(code, i)
            continue
        elif code[i] == "{":
            label = ACCESS.match(code, head_start)
            head_start = label.end() if label else head_start
            head = re.sub(r"\[\[.*?\]\]", " ", code[head_start:i]).strip()
            if SCOPE.match(head):
                head_start = i + 1
            else:
                end = matching(code, i)
                if not is_initialiser(head):
                    opened = signature(head)
                    if opened:
                        first = tree.line_of(code, code.index(head[:1], head_start))
                        length = tree.line_of(code, end - 1) - first + 1
                        found.append((opened[0], first, length, count_parameters(opened[1])))
                    head_start = end
                i = end
                continue
        i += 1
    return found


def check(root):
    findings, file_sizes, function_sizes = [], [], []
    for path in tree.cxx(root, FOLDERS):
        name = path.relative_to(root).as_posix()
        text = tree.read(path)
        lines = text.splitlines()
        limit = HEADER if path.suffix == ".h" else FILE
        if len(lines) > limit:
            findings.append(f"{name}: {len(lines)} lines, at most {limit}")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS:
                findings.append(f"{name}:{number}: {len(line)} columns, at most {COLUMNS}")
        ours = name.startswith(("lib/", "daemon/"))
        if ours:
            file_sizes.append(len(lines))
        for function, first, length, parameters in functions(text):
            if ours:
                function_sizes.append(length)
            if length > FUNCTION:
                findings.append(f"{name}:{first}: {function} has {length} lines, at most {FUNCTION}")
            if parameters > PARAMETERS:
                findings.append(
                    f"{name}:{first}: {function} has {parameters} parameters, at most {PARAMETERS}")
    for path in tree.files(root, ("tests",), (".py",)):
        if len(tree.read(path).splitlines()) > FILE:
            findings.append(f"{path.relative_to(root)}: more than {FILE} lines")
    if file_sizes and function_sizes:
        median = statistics.median(file_sizes)
        p95 = sorted(function_sizes)[int(0.95 * (len(function_sizes) - 1))]
        print(f"{len(file_sizes)} files, median {median:.0f} lines, longest {max(file_sizes)}; "
              f"{len(function_sizes)} functions, median {statistics.median(function_sizes):.0f} "
              f"lines, p95 {p95}, longest {max(function_sizes)}")
        if median > MEDIAN_FILE:
            findings.append(f"the median file has {median:.0f} lines, at most {MEDIAN_FILE}")
    return findings


if __name__ == "__main__":
    tree.main(check)
