#!/usr/bin/env python3
"""Man pages and completion say what the programs can do, all of it and nothing else."""
import json
import os
import re
import unittest
from pathlib import Path

from sources import PACKAGING, ROOT, program, run


def help_of(*command):
    return run(*command, "--help").stdout


def commands(*above):
    """holdfastctl's commands, or those of one of them, as it tells them."""
    listed = help_of(program("holdfastctl"), *above).partition("Subcommands:")[2]
    return re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)


def options(text):
    return set(re.findall(r"--[a-z-]+", text))


def plain(page):
    """A man page's source without its marks."""
    return (PACKAGING / "man" / page).read_text().replace("\\-", "-")


class Pages(unittest.TestCase):
    def test_each_command_is_in_the_man_page_and_completed(self):
        page, completion = plain("holdfastctl.1"), (PACKAGING / "holdfastctl.bash").read_text()
        self.assertGreater(len(commands()), 10)
        for command in commands():
            self.assertRegex(page, rf"(?m)^\.(BI?|BR) \"?{command}\b")
            self.assertIn(command, completion)

    def test_no_option_is_missing_or_made_up(self):
        known = options(help_of(program("holdfastctl")))
        for command in commands():
            known |= options(help_of(program("holdfastctl"), command))
            for below in commands(command):
                known |= options(help_of(program("holdfastctl"), command, below))
        self.assertEqual(options(plain("holdfastctl.1")), known)
        self.assertLessEqual(options((PACKAGING / "holdfastctl.bash").read_text()), known)
        self.assertEqual(options(plain("holdfastd.8")), options(help_of(program("holdfastd"))))

    def test_every_key_is_in_the_page_of_the_configuration(self):
        page = (Path(os.environ["HOLDFAST_BUILD"]) / "packaging/holdfast.json.5").read_text()
        schema = json.loads((ROOT / "config/schema.json").read_text())
        for key in (*schema["properties"], *schema["definitions"]["upstream"]["properties"],
                    *schema["definitions"]["route"]["properties"]):
            self.assertIn(f"\n.B {key}\n", page)

    def test_completion_completes(self):
        script = (f"PATH={program('holdfastctl').parent}:$PATH; . {PACKAGING}/holdfastctl.bash; "
                  "complete_words() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _holdfastctl; "
                  "echo \"${COMPREPLY[@]}\"; }; ")
        for words, expected in (
                (["sta"], "status"), (["force-"], "force-up force-down force-auto"),
                (["log-level", "w"], "warning"), (["--socket", "/x", "rel"], "release reload"),
                (["flush", "--z"], "--zone"), (["ens", "n"], "normalize namehash")):
            line = " ".join(f"'{word}'" for word in ["holdfastctl", *words])
            done = run("bash", "-c", f"{script} complete_words {line}")
            self.assertEqual(done.stdout.strip(), expected, done.stderr)


if __name__ == "__main__":
    unittest.main()
