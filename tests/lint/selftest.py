#!/usr/bin/env python3
"""Each lint finds a planted violation, and is silent about the same tree without it."""
import json
import os
import tempfile
import unittest
from pathlib import Path

import check_docs
import check_failover
import check_format
import check_headers
import check_layers
import check_no_sleep
import check_purity
import check_sizes
import check_virtuals
import tree

ARCHITECTURE = """# Architecture
```layers
base ->
dns  -> base
net  -> dns base
daemon -> *
```
## Life of a query
1. `dns/name.cc` `Name::parse()` - bytes become a name,
   and `plain()` is called.
## Threads
"""

CLEAN = {
    "docs/ARCHITECTURE.md": ARCHITECTURE,
    "docs/METRICS.md": "`holdfast_queries_total` counts\n",
    "docs/CONFIG.md": "`listen`: addresses. See [metrics](METRICS.md).\n",
    "config/schema.json": json.dumps({
        "type": "object",
        "properties": {"listen": {"type": "array"}},
        "additionalProperties": False,
    }),
    "config/examples/home.json": '{"listen": ["127.0.0.1:53"]} // "comment"\n',
    "lib/base/time.h": "// Time as an argument.\n#pragma once\nnamespace holdfast {}\n",
    "lib/dns/name.h": '// Names.\n#pragma once\n#include "base/time.h"\n'
                      "struct Name {\n  static bool parse();\n};\nvoid plain();\n",
    "lib/dns/name.cc": '#include "dns/name.h"\nbool Name::parse() {\n  plain();\n'
                       "  return true;\n}\n",
    "lib/dns/CMakeLists.txt": "target_link_libraries(holdfast_dns PUBLIC holdfast::base)\n",
    "tests/unit/dns/name_test.cc": "// steady_clock::now() in a comment is fine\n",
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
}


class Planted(unittest.TestCase):
    """A small clean tree in a temporary folder, to plant violations in."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in CLEAN.items():
            self.plant(name, text)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def expect(self, check, *words):
        """`check` names every one of `words`; without words it is silent."""
        findings = check(self.root)
        for word in words:
            self.assertTrue(any(word in f for f in findings), f"{word!r} not in {findings}")
        if not words:
            self.assertEqual(findings, [])


class Lints(Planted):
    def test_layers(self):
        self.expect(check_layers.check)
        self.plant("lib/base/up.cc", '#include "dns/name.h"\n')
        self.plant("lib/dns/CMakeLists.txt", "target_link_libraries(holdfast_dns holdfast::net)\n")
        self.plant("lib/stray/a.h", "// A folder nobody named.\n")
        self.expect(check_layers.check, "base may not include dns", "dns may not link net",
                    "folder stray is not in the table")

    def test_layers_commented_include_is_no_edge(self):
        self.plant("lib/base/up.cc", '// #include "dns/name.h"\n')
        self.expect(check_layers.check)

    def test_layers_cycle(self):
        self.plant("docs/ARCHITECTURE.md", ARCHITECTURE.replace("base ->\n", "base -> net\n"))
        self.expect(check_layers.check, "base is part of a cycle")

    def test_purity(self):
        self.expect(check_purity.check)
        self.plant("lib/net/loop.cc", "#include <asio/io_context.hpp>\nauto t = steady_clock::now();\n")
        self.plant("lib/dns/text.cc", 'const char* t = "std::thread";\n')
        self.expect(check_purity.check)
        self.plant("lib/dns/bad.cc", "auto t = std::chrono::steady_clock::now();\n")
        self.plant("lib/dns/worse.cc", "#include <ares.h>\nstd::random_device entropy;\n")
        self.plant("lib/net/wait.cc", "void f() { co_await run([x] { return x; }); }\n")
        self.plant("lib/dns/name_utils.h", "// Odds and ends.\nclass NameHelper {};\n")
        self.expect(check_purity.check, "bad.cc:1: a clock", "worse.cc:1: c-ares",
                    "worse.cc:2: randomness", "capturing lambda", "file's name says nothing",
                    "NameHelper says nothing")

    def test_sizes(self):
        self.expect(check_sizes.check)
        body = "  ++x;\n" * 90
        self.plant("lib/dns/long.cc", "int Name::walk(int x) const {\n" + body + "}\n")
        self.plant("lib/dns/wide.cc", "// " + "x" * 120 + "\n")
        self.plant("lib/dns/many.cc", "void f(int a, std::map<int, int> b, int c, int d, int e, int g) {\n}\n")
        self.plant("lib/dns/tall.h", "// Tall.\n" + "int x;\n" * 260)
        self.expect(check_sizes.check, "walk has 92 lines", "wide.cc:1: 123 columns",
                    "f has 6 parameters", "tall.h: 261 lines")

    def test_sizes_sees_functions_where_they_are(self):
        text = """
namespace a {
class B {
 public:
  B(int x) : x_{x}, y_(x) {
    go();
  }
  bool operator()(int l, int r) const { return l < r; }
  int x_{3};
};
constexpr std::array<int, 2> kTable = {{1, 2}};
template <typename T>
auto wait(T t, int n) -> std::pair<T, int> {
  auto f = [&](int, int, int, int, int, int) { return 1; };
  if (n) { return {t, f(1, 2, 3, 4, 5, 6)}; }
  return {t, n};
}
}  // namespace a
"""
        found = [(name, length, count) for name, _, length, count in check_sizes.functions(text)]
        self.assertEqual([("B", 3, 1), ("operator()", 1, 2), ("wait", 6, 2)], found)

    def test_headers(self):
        self.expect(check_headers.check)
        self.plant("lib/dns/needy.h", "// Needs more.\n#pragma once\nstd::string name();\n")
        self.plant("lib/dns/late.h", "// Needs more.\n#pragma once\nstd::string name();\n")
        self.plant("lib/dns/late.cc", '#include <string>\n#include "dns/late.h"\n')
        self.plant("lib/dns/mute.h", "#pragma once\n")
        self.expect(check_headers.check, "needy.h: does not stand alone",
                    "late.h: does not stand alone", "mute.h: does not begin with what it is for")

    def test_no_sleep(self):
        self.expect(check_no_sleep.check)
        self.plant("tests/unit/dns/nap_test.cc", "std::this_thread::sleep_for(1s);\n")
        self.plant("tests/scenario/clock.cc", "auto n = std::chrono::steady_clock::now();\n")
        self.plant("tests/component/late.cc", "auto n = std::chrono::steady_clock::now();\n")
        self.expect(check_no_sleep.check, "nap_test.cc:1: sleeps", "clock.cc:1: reads a clock")
        self.assertEqual(2, len(check_no_sleep.check(self.root)))

    def test_virtuals(self):
        self.expect(check_virtuals.check)
        for i in range(7):
            self.plant(f"lib/dns/v{i}.h", f"// V.\nclass V{i} {{ virtual void f() = 0; }};\n")
        self.expect(check_virtuals.check, "7 interfaces")

    def test_format(self):
        try:
            self.expect(check_format.check)
        except tree.Skip as why:
            self.skipTest(str(why))
        self.plant("lib/dns/ugly.cc", "int   f( ){return 1 ;}\n")
        self.expect(check_format.check, "ugly.cc:1: not formatted")


class Docs(Planted):
    """The documents' checks, on the same tree with one metric in it."""

    def setUp(self):
        super().setUp()
        self.plant("lib/metrics/names.cc", 'const char* k = "holdfast_queries_total";\n')

    def test_silent(self):
        self.expect(check_docs.life_of_a_query)
        self.expect(check_docs.metrics)
        self.expect(check_docs.config_keys)
        self.expect(check_docs.links)

    def test_labels(self):
        self.expect(check_docs.labels)
        self.plant("lib/metrics/reason.cc",
                   'switch (r) {\n  case ShedReason::acl:\n    return "acl";\n'
                   '  case ShedReason::oldest:\n    return "oldest";\n}\n')
        self.plant("lib/net/shed.cc", "auto a = ShedReason::acl;\nauto b = ShedReason::oldest;\n")
        row = "| `holdfast_shed_total` | counter | `reason` | Shed: `acl`, `oldest`. |\n"
        self.plant("docs/METRICS.md", row)
        self.expect(check_docs.labels)
        self.plant("docs/METRICS.md", row.replace("`oldest`", "`waiters`"))
        self.plant("lib/net/shed.cc", "auto b = ShedReason::oldest;\n")
        self.expect(check_docs.labels, "holdfast_shed_total can be oldest",
                    "holdfast_shed_total never is waiters", "nothing ever is ShedReason::acl")

    def test_failover(self):
        self.plant("lib/upstream/policy.h", "struct P {\n  Duration slow_start = 30s;\n};\n")
        self.plant("lib/upstream/outcome.cc",
                   '{Outcome::lame, next_upstream, Origin::remote, true, "lame"},\n')
        rows = "| `slow_start` | 30s | why |\n| `lame` | next upstream | remote | yes |\n"
        self.plant("docs/FAILOVER.md", rows)
        self.expect(check_failover.check)
        self.plant("docs/FAILOVER.md", rows.replace("30s", "20s").replace("lame", "gone"))
        self.expect(check_failover.check, "slow_start is ['20s'", "no row for lame",
                    "gone is not in the code")

    def test_missing_document(self):
        (self.root / "docs/METRICS.md").unlink()
        self.expect(check_docs.check, "docs/METRICS.md does not exist")

    def test_life_of_a_query(self):
        self.plant("docs/ARCHITECTURE.md", ARCHITECTURE.replace("plain()", "fancy()")
                   .replace("name.cc", "gone.cc"))
        self.expect(check_docs.life_of_a_query, "fancy() does not exist",
                    "dns/gone.cc does not exist")

    def test_function_in_another_file(self):
        self.plant("lib/dns/other.cc", "void elsewhere() {}\n")
        self.plant("docs/ARCHITECTURE.md", ARCHITECTURE.replace("plain()", "elsewhere()"))
        self.expect(check_docs.life_of_a_query, "elsewhere() is not in lib/dns/name.cc")

    def test_metrics_both_ways(self):
        self.plant("docs/METRICS.md", "`holdfast_ghost_total` haunts\n")
        self.expect(check_docs.metrics, "holdfast_queries_total is missing",
                    "holdfast_ghost_total is in no code")

    def test_config_keys(self):
        self.plant("docs/CONFIG.md", "Nothing.\n")
        self.expect(check_docs.config_keys, "the key listen is missing")

    def test_links(self):
        self.plant("README.md", "[gone](docs/GONE.md) [fine](docs/METRICS.md) [web](https://x.y)\n")
        self.expect(check_docs.links, "the link docs/GONE.md leads nowhere")
        self.assertEqual(1, len(check_docs.links(self.root)))

    def test_examples(self):
        try:
            self.expect(check_docs.examples)
        except tree.Skip as why:
            self.skipTest(str(why))
        self.plant("config/examples/bad.json", '{"listen": 5, "lisen": []}\n')
        self.expect(check_docs.examples, "/listen: 5 is not", "'lisen' was unexpected")


if __name__ == "__main__":
    os.environ.setdefault("CXX", "g++")
    unittest.main()
