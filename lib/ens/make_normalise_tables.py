#!/usr/bin/env python3
"""Writes the tables of ENSIP-15 as C++: make_normalise_tables.py normalize-data.json OUT.cc

normalise_tables.h says what the tables mean. The data is that of @adraffy/ens-normalize (MIT); its
notice is in LICENSE.ens-normalize and goes into what is written here.
"""
import json
import sys
from pathlib import Path

LAST_POINT = 0x10FFFF
FE0F = 0xFE0F
BLOCK = 128
FENCED, MARK, NON_SPACING, UNIQUE, EMOJI, SETTLED, HOLDS_NON_SPACING = (1 << i for i in range(7))
HANGUL, HANGUL_COUNT = 0xAC00, 11172
HANGUL_L, HANGUL_V, HANGUL_T = 0x1100, 0x1161, 0x11A7


def expand(ranges):
    """The code points of [first, last, first, last, ...]."""
    return {c for i in range(0, len(ranges), 2) for c in range(ranges[i], ranges[i + 1] + 1)}


class Composing:
    """Canonical decomposition and composition (UAX 15) by the data's own tables."""

    def __init__(self, nf):
        self.rank = {c: i + 1 for i, ranges in enumerate(nf["ranks"]) for c in expand(ranges)}
        self.decomposition = {c: parts for c, *parts in nf["decomp"]}
        excluded = expand(nf["exclusions"])
        self.pairs = {tuple(parts): c for c, parts in self.decomposition.items()
                      if len(parts) == 2 and c not in excluded}
        self.seconds = {second for _, second in self.pairs}

    def decompose(self, point):
        """NFD of one code point; its marks are in order already."""
        if HANGUL <= point < HANGUL + HANGUL_COUNT:
            s = point - HANGUL
            parts = [HANGUL_L + s // 588, HANGUL_V + s % 588 // 28]
            return parts + ([HANGUL_T + s % 28] if s % 28 else [])
        parts = self.decomposition.get(point)
        return [c for part in parts for c in self.decompose(part)] if parts else [point]

    def settled(self, point):
        """A starter that NFC neither changes nor joins to what stands before it."""
        if HANGUL <= point < HANGUL + HANGUL_COUNT:
            # One without a final consonant may take the next code point, which is not settled.
            return True
        if HANGUL_V <= point < HANGUL_V + 21 or HANGUL_T < point < HANGUL_T + 28:
            return False
        parts = self.decomposition.get(point)
        return (point not in self.rank and point not in self.seconds
                and (parts is None or self.pairs.get(tuple(parts)) == point
                     and parts[0] not in self.rank and parts[0] not in self.seconds
                     and (parts[0] not in self.decomposition or self.settled(parts[0]))))


class Interned(list):
    """A list without duplicates that gives indices."""

    def __init__(self, *first):
        super().__init__(first)
        self.index_of = {item: i for i, item in enumerate(first)}

    def add(self, item):
        if item not in self.index_of:
            self.index_of[item] = len(self)
            self.append(item)
        return self.index_of[item]


def groups_of_points(groups):
    """code point -> bit set of the groups it is in."""
    found = {}
    for i, group in enumerate(groups):
        for c in expand(group["primary"]) | expand(group["secondary"]):
            found[c] = found.get(c, 0) | 1 << i
    return found


def complements(wholes, groups):
    """confusable -> bit set of the groups that have a look-alike but not the code point itself
    (ENSIP-15, "Wholes"); and the set of all code points that stand in a whole."""
    found, valid = {}, set()
    for whole in wholes:
        valid |= set(whole["valid"])
        extents = []  # [groups that share code points, the code points]
        for c in sorted(whole["valid"] + whole["confused"]):
            extent = next((e for e in extents if e[0] & groups[c]), None)
            if extent is None:
                extents.append(extent := [0, []])
            extent[0] |= groups[c]
            extent[1].append(c)
        union = 0
        for extent in extents:
            union |= extent[0]
        for extent in extents:
            for c in extent[1]:
                if c not in whole["valid"]:
                    found[c] = union & ~extent[0]
    return found, valid | set(found)


def emoji_tree(sequences):
    """[(point, ends, first child, number of children)], breadth first."""
    root = [{}, False]
    for sequence in sequences:
        nodes = [root]
        for c in sequence:
            following = [node[0].setdefault(c, [{}, False]) for node in nodes]
            nodes = nodes + following if c == FE0F else following
        for node in nodes:
            node[1] = True
    flat, queue = [], [(0, root)]
    for point, node in queue:  # grows while it is walked
        flat.append((point, int(node[1]), len(queue), len(node[0])))
        queue += sorted(node[0].items())
    return flat


def words(bits):
    return "{{" + ", ".join(f"{bits >> 64 * i & (1 << 64) - 1:#x}U" for i in range(3)) + "}}"


class Tables:
    def __init__(self, data):
        composing = Composing(data["nf"])
        mapped = dict(data["mapped"])
        sets = {name: expand(data[name]) for name in ("valid", "ignored", "cm", "nsm")}
        fenced = set(data["fenced"])
        groups = groups_of_points(data["groups"])
        confusable, in_whole = complements(data["wholes"], groups)
        first_of_emoji = {sequence[0] for sequence in data["emoji"]}
        self.sequences = [0]
        self.group_sets, self.complements = Interned(0), Interned(None)
        traits, points = Interned(), []
        for c in range(LAST_POINT + 1):
            kind = (1 if c in sets["valid"] else 2 if c in mapped else
                    3 if c in sets["ignored"] else 0)
            in_groups = groups.get(c, 0)
            parts = composing.decompose(c)
            flags = (FENCED * (c in fenced) | MARK * (c in sets["cm"])
                     | NON_SPACING * (c in sets["nsm"])
                     | UNIQUE * (in_groups.bit_count() == 1 and c not in in_whole)
                     | EMOJI * (c in first_of_emoji) | SETTLED * composing.settled(c)
                     | HOLDS_NON_SPACING * any(p in sets["nsm"] for p in parts))
            points.append(traits.add((
                kind, flags, composing.rank.get(c, 0), self.group_sets.add(in_groups),
                self.complements.add(confusable.get(c)),
                self.sequence(mapped[c]) if kind == 2 else 0,
                self.sequence(parts) if c in composing.decomposition else 0)))
        self.traits = traits
        self.fold(points)
        self.emoji = emoji_tree(data["emoji"])
        self.compositions = sorted((*pair, c) for pair, c in composing.pairs.items())
        self.marks_are_letters = sum(
            1 << i for i, group in enumerate(data["groups"]) if group["cm_whitelisted"])
        self.most_non_spacing = data["nsm_max"]

    def sequence(self, points):
        self.sequences += [len(points), *points]
        return len(self.sequences) - len(points) - 1

    def fold(self, points):
        """Two stages: equal blocks of code points are kept once."""
        blocks = Interned()
        self.blocks = [blocks.add(tuple(points[i:i + BLOCK])) for i in range(0, len(points), BLOCK)]
        self.points = [p for block in blocks for p in block]

    def print(self, out):
        def table(name, kind, values):
            print(f"\nconstexpr {kind} {name}_values[] = {{", file=out)
            for i in range(0, len(values), 16):
                print("  " + ", ".join(values[i:i + 16]) + ",", file=out)
            print(f"}};\nconst std::span<const {kind}> {name}{{{name}_values}};", file=out)

        table("kBlocks", "std::uint16_t", [str(v) for v in self.blocks])
        table("kPoints", "std::uint16_t", [str(v) for v in self.points])
        table("kTraits", "CodePoint", [
            f"{{Kind{{{kind}}}, {', '.join(map(str, rest))}}}" for kind, *rest in self.traits])
        table("kSequences", "char32_t", [f"{v:#x}" for v in self.sequences])
        table("kGroupSets", "GroupSet", [words(v) for v in self.group_sets])
        table("kComplements", "GroupSet", [words(v or 0) for v in self.complements])
        table("kEmoji", "EmojiNode", ["{" + ", ".join(map(str, node)) + "}" for node in self.emoji])
        table("kCompositions", "Composition", [
            "{" + ", ".join(f"{c:#x}" for c in triple) + "}" for triple in self.compositions])
        print(f"\nconst GroupSet kMarksAreLetters{words(self.marks_are_letters)};\n"
              f"const unsigned kMostNonSpacing = {self.most_non_spacing};", file=out)


def main():
    source, target = map(Path, sys.argv[1:])
    data = json.loads(source.read_text(encoding="utf-8"))
    notice = source.with_name("LICENSE.ens-normalize").read_text(encoding="utf-8")
    tables = Tables(data)
    with target.open("w", encoding="utf-8") as out:
        print(f"// Made by {Path(__file__).name} out of {source.name} ({data['version']}). "
              "Not to be edited.\n//", file=out)
        for line in notice.strip().splitlines():
            print(f"// {line}".rstrip(), file=out)
        print('#include "ens/normalise_tables.h"\n\nnamespace holdfast::ens::tables {', file=out)
        tables.print(out)
        print("\n}  // namespace holdfast::ens::tables", file=out)


if __name__ == "__main__":
    main()
