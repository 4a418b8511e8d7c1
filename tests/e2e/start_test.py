#!/usr/bin/env python3
"""What prevents a start is told in one line that says what to do."""
import json
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab_case import Holdfast, daemon


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = daemon.configuration(self.folder, 0, {
            "a": {"class": "external", "provider": "a", "url": "udp://127.0.0.1:9"},
            "b": {"class": "external", "provider": "b", "url": "udp://127.0.0.2:9"}},
            [{"zone": ".", "tiers": [["a", "b"]]}])
        self.config["workers"] = 1

    def run_daemon(self, *arguments, program=None, **popen):
        path = self.folder / "holdfast.json"
        path.write_text(json.dumps(self.config))
        return subprocess.run([program or daemon.program("holdfastd"),
                               *(arguments or ("--config", path))],
                              capture_output=True, text=True, timeout=30, check=False, **popen)

    def errors(self, done):
        return [line for line in done.stderr.splitlines() if " error: " in line]

    def assert_one_error(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        errors = self.errors(done)
        self.assertEqual(len(errors), 1, done.stderr)
        for word in words:
            self.assertIn(word, errors[0])

    def test_every_mistake_is_told_and_nothing_started(self):
        self.config["routes"][0]["tiers"] = [["c"]]
        self.config["acl"] = ["10.0.0.0/99"]
        done = self.run_daemon()
        self.assertEqual(done.returncode, 2)
        self.assertIn("/routes/0/tiers", done.stderr)
        self.assertIn("/acl/0", done.stderr)
        self.assertNotIn("answers on", done.stderr)

    def test_check_config(self):
        path = self.folder / "holdfast.json"
        done = self.run_daemon("--check-config", path)
        self.assertEqual((done.returncode, done.stdout), (0, f"{path}: ok\n"), done.stderr)
        del self.config["safety"]
        done = self.run_daemon("--check-config", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("safety", done.stderr)

    def test_a_file_that_is_not_there(self):
        self.assertEqual(self.run_daemon("--config", "/nonexistent/x.json").returncode, 2)
        self.assertEqual(self.run_daemon("--check-config", "/nonexistent/x.json").returncode, 2)

    def test_usage(self):
        self.assertEqual(self.run_daemon("--no-such-option").returncode, 2)
        done = self.run_daemon("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^holdfastd \d+\.\d+\.\d+\n$")

    def test_a_dns_port_that_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            self.config["listen"] = [f"127.0.0.1:{port}"]
            self.assert_one_error(self.run_daemon(), f"127.0.0.1:{port}", "taken")

    def test_an_http_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.config["http"] = f"127.0.0.1:{port}"
            self.assert_one_error(self.run_daemon(), f"127.0.0.1:{port}", "`http`")

    def test_another_daemon_on_the_control_socket(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.config["control"])
            other.listen()
            self.assert_one_error(self.run_daemon(), "control.sock", "another daemon")

    def test_a_control_socket_that_cannot_be_made(self):
        self.config["control"] = "/proc/no/control.sock"
        self.assert_one_error(self.run_daemon(), "/proc/no", "`control`")
        self.config["control"] = str(self.folder / "file")
        (self.folder / "file").write_text("")
        self.assert_one_error(self.run_daemon(), "no socket")

    def test_a_cache_that_no_machine_holds(self):
        self.config["cache"] = {"max_bytes": "100000GiB"}
        done = self.run_daemon()
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.assertIn("max_bytes", done.stderr)

    def test_sizes_that_make_no_sense(self):
        for key, values in {
                "workers": (-1, 1025, 1e18, 1.5, "two"),
                "cache": [{"max_bytes": v} for v in (0, 1, -5, 1e30, "0", "1KiB", "100TiB", "-1MiB",
                                                     "18446744073709551616", None)],
                "limits": [{"lookups": 0}, {"waiters": 10**9}, {"tcp_clients": -1},
                           {"tcp_unsent_bytes": "1"}, {"tcp_idle": "0s"}]}.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    self.config[key] = value
                    done = self.run_daemon()
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertRegex(self.errors(done)[0], rf": /{key}.*: found .*; expected ")
            del self.config[key]

    def test_more_workers_than_the_system_has_threads_for(self):
        if b"__sanitizer" in Path(daemon.program("holdfastd")).read_bytes():
            self.skipTest("a sanitizer reserves more memory than any limit")
        self.config["workers"] = 64
        running = Holdfast(self.folder, self.config)
        self.addCleanup(running.stop)
        limit = 400 << 20  # of memory for stacks, which works for root too
        running.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertRegex(running.log(), r"only \d+ of 64 workers: .*lower `workers`")
        self.assertIn(f"with {running.status()['workers']} worker(s)", running.log())
        self.assertLess(running.status()["workers"], 64)
        for _ in range(50):  # by other ports to other workers
            self.assertEqual(running.dig("localhost")[0], "NOERROR")
        self.assertEqual(running.stop(), 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
    def test_no_privilege_for_the_port(self):
        limit = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()
        if int(limit) <= 53:
            self.skipTest("every port is unprivileged here")
        os.chmod(self.folder, 0o777)
        # A copy: the build tree may lie below a folder that only its owner may enter.
        copy = shutil.copy(daemon.program("holdfastd"), self.folder)
        self.config["listen"] = ["127.0.0.1:53"]
        done = self.run_daemon(program=copy, user=65534, group=65534, extra_groups=[])
        self.assert_one_error(done, "CAP_NET_BIND_SERVICE")


if __name__ == "__main__":
    unittest.main()
