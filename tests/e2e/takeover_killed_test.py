#!/usr/bin/env python3
"""A takeover and a giveback killed at each of their steps: what the next start does of it is one or the
other, whole, and nothing is left behind."""
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from lab_case import daemon
from takeover_case import BEFORE, CONTAINER_ADDRESS, JOURNAL, NAME, RESOLV, TakeoverCase, run

MISSING = [program for program in ("g++",) if not shutil.which(program)]
# Each exchange or removal of a file is a step, and the end of one the moment before the next; what is made
# beside a file is none of it yet.
KILLER = """
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>
static void begin_step() {
  static int steps = 0;
  if (++steps == std::atoi(std::getenv("KILL_AT"))) kill(getpid(), SIGKILL);
}
extern "C" int rename(const char* from, const char* to) noexcept {
  using Real = int (*)(const char*, const char*);
  begin_step();
  return reinterpret_cast<Real>(dlsym(RTLD_NEXT, "rename"))(from, to);
}
extern "C" int unlink(const char* path) noexcept {
  using Real = int (*)(const char*);
  if (std::strstr(path, ".holdfast-new") == nullptr) begin_step();
  return reinterpret_cast<Real>(dlsym(RTLD_NEXT, "unlink"))(path);
}
"""
MOST = 50


@unittest.skipIf(MISSING, f"not installed: {MISSING}")
class Killed(TakeoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = cls.folder / "killer.cc"
        source.write_text(KILLER)
        cls.library = cls.folder / "killer.so"
        subprocess.run(["g++", "-shared", "-fPIC", "-o", cls.library, source], check=True)

    def setUp(self):
        super().setUp()
        Path("/etc/dhcp/dhclient-enter-hooks.d").mkdir(parents=True)
        shutil.rmtree("/etc/docker", ignore_errors=True)
        Path("/run/docker.sock").touch()
        self.addCleanup(Path("/run/docker.sock").unlink)
        self.words = ["takeover", "--verify", NAME, "--config", str(self.holdfast.path),
                      "--container-address", CONTAINER_ADDRESS]
        self.ours = (Path("/etc"), self.holdfast.path.parent / "conf.d", JOURNAL.parent)
        self.before = self.picture()

    def picture(self):
        """Files by their names, wherever something of ours may be."""
        return {str(path): path.read_bytes() for folder in self.ours for path in folder.rglob("*")
                if path.is_file() and not path.is_symlink()}

    def killed(self, step, *words):
        """Was it? If not, it did what it should."""
        done = subprocess.run(
            [daemon.program("holdfastctl"), "--socket", self.holdfast.config["control"], *words],
            env={**os.environ, "LD_PRELOAD": str(self.library), "KILL_AT": str(step),
                 "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"},
            capture_output=True, text=True, check=False)
        if done.returncode == -9:
            return True
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return False

    def at_each_step(self, *words):
        """Kills it at the first, at the second, and so on, until it gets through."""
        for step in range(1, MOST):
            if not self.killed(step, *words):
                self.assertGreater(step, 6, "that is not all of it")
                return
            yield
        self.fail("it never ends")

    def is_taken(self):
        return JOURNAL.exists() and json.loads(JOURNAL.read_text())["state"] == "taken"

    def nothing_is_left(self):
        self.assertEqual({name: text for name, text in self.picture().items()
                          if self.before.get(name) != text}, {})
        self.assertEqual(self.before.keys() - self.picture().keys(), set())
        self.assertEqual(RESOLV.read_text(), BEFORE)

    def test_a_takeover(self):
        for _ in self.at_each_step(*self.words):
            self.ctl("takeover", "--resume")
            if self.is_taken():
                self.assertIn("already", self.ctl(*self.words))
                self.ctl("giveback")
            self.nothing_is_left()
        self.ctl("giveback")
        self.nothing_is_left()

    def test_a_giveback(self):
        self.ctl(*self.words)
        for _ in self.at_each_step("giveback"):
            self.ctl("takeover", "--resume")
            if self.is_taken():
                self.ctl("giveback")
            self.nothing_is_left()
            self.ctl(*self.words)
        self.nothing_is_left()

    def test_a_giveback_until_the_next_start_and_that_start(self):
        """Whatever is killed, the start after it takes over."""
        self.ctl(*self.words)
        for _ in self.at_each_step("giveback", "--until-start"):
            self.ctl("takeover", "--resume")
            self.assertTrue(self.is_taken())
        for _ in self.at_each_step("takeover", "--resume"):
            self.ctl("takeover", "--resume")
            self.assertTrue(self.is_taken())
            self.ctl("giveback", "--until-start")
            self.assertEqual(RESOLV.read_text(), BEFORE)
        self.ctl("giveback")
        self.nothing_is_left()


if __name__ == "__main__":
    run()
