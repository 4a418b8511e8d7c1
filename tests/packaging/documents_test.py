#!/usr/bin/env python3
"""What the documents for operators say can be typed, can: each configuration in them has no mistake, and
each command is one of ours as the program tells it. (Run they are in tests/system/documents_test.py.)"""
import re
import tempfile
import unittest
from pathlib import Path

from sources import ROOT, program, run

DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in
                                   ("OPERATIONS", "MIGRATION", "SECURITY", "CTL"))]


class Documents(unittest.TestCase):
    def test_each_configuration_has_no_mistake(self):
        checked = 0
        with tempfile.TemporaryDirectory(prefix="holdfast-docs.") as folder:
            for document in DOCUMENTS:
                for block in re.findall(r"^```jsonc\n(.*?)^```", document.read_text(),
                                        re.DOTALL | re.MULTILINE):
                    path = Path(folder) / "holdfast.json"
                    path.write_text(block)
                    done = run(program("holdfastd"), "--check-config", path)
                    self.assertEqual(done.returncode, 0, f"{document.name}\n{block}{done.stderr}")
                    checked += 1
        self.assertGreater(checked, 5)

    def test_each_command_is_one_of_ours(self):
        known = re.findall(r"^  ([a-z-]+) ", run(program("holdfastctl"), "--help").stdout,
                           re.MULTILINE)
        for document in DOCUMENTS:
            for options, command in re.findall(r"holdfastctl ((?:--json )?)([a-z][a-z-]*)\b",
                                               document.read_text()):
                if f"`holdfastctl {options}{command}" in document.read_text() or \
                        re.search(rf"^holdfastctl {options}{command}", document.read_text(),
                                  re.MULTILINE):
                    self.assertIn(command, known, document.name)


if __name__ == "__main__":
    unittest.main()
