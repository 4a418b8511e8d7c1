#!/usr/bin/env python3
"""A clean stop answers what is in flight, and a parent's sockets outlive the daemon."""
import os
import signal
import socket
import threading
import time
import unittest
from pathlib import Path

from lab_case import OwnLab, daemon, wait_for


class Stop(OwnLab):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.holdfast.stop)

    def ask_in_background(self, name):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.holdfast.dig(name)))
        thread.start()
        return thread, answers

    def stop(self):
        began = time.monotonic()
        status = self.holdfast.stop()
        self.assertEqual(status, 0, self.holdfast.log()[-5000:])
        return time.monotonic() - began

    def test_an_idle_daemon_stops_at_once(self):
        self.holdfast.start()
        self.holdfast.dig("one.example.org")
        self.stop()
        self.assertFalse(Path(self.holdfast.config["control"]).exists())

    def test_what_is_in_flight_is_answered(self):
        self.holdfast.start()
        self.cloud.fault = self.alpha.fault = "slow:250"
        thread, answers = self.ask_in_background("slow.example.org")
        wait_for(lambda: self.cloud.seen("slow.example.org."), "the question")
        self.stop()
        thread.join()
        self.assertEqual(answers[0][0], "NOERROR")

    def test_what_cannot_be_answered_gets_servfail(self):
        self.holdfast.start()
        self.cloud.fault = self.alpha.fault = "drop"
        thread, answers = self.ask_in_background("never.example.org")
        wait_for(lambda: self.cloud.seen("never.example.org."), "the question")
        took = self.stop()
        thread.join()
        self.assertEqual(answers[0][0], "SERVFAIL")
        self.assertLess(took, 10)

    def test_readiness_ends_while_answers_are_still_due(self):
        self.holdfast.start()
        self.cloud.fault = self.alpha.fault = "drop"
        self.assertEqual(self.holdfast.get("/readyz")[0], 200)
        thread, answers = self.ask_in_background("pending.example.org")
        wait_for(lambda: self.cloud.seen("pending.example.org."), "the question")
        self.holdfast.process.send_signal(signal.SIGTERM)
        seen = set()

        def unready():
            try:
                seen.add(self.holdfast.get("/readyz")[0])
            except OSError:
                return True  # it has stopped
            return 503 in seen
        wait_for(unready, "503")
        self.assertIn(503, seen)
        self.stop()
        thread.join()
        self.assertEqual(answers[0][0], "SERVFAIL")

    def test_sockets_of_a_parent_outlive_it(self):
        udp, tcp = daemon.provider.bind_pair("127.0.0.1", 0)
        self.addCleanup(udp.close)
        self.addCleanup(tcp.close)
        port = udp.getsockname()[1]
        for _ in range(2):
            self.start_with_sockets(udp, tcp)
            self.assertEqual(self.holdfast.port, port)
            self.assertEqual(self.holdfast.status()["listeners"], [f"127.0.0.1:{port}"])
            self.assertEqual(self.holdfast.dig("activated.example.org")[0], "NOERROR")
            self.assertEqual(self.holdfast.dig("activated.example.org", "A", "+tcp")[0], "NOERROR")
            self.stop()

    def start_with_sockets(self, udp, tcp):
        """As systemd does it: descriptors from 3 on, LISTEN_PID is the daemon's own."""
        script = ('import os,sys; u,t=int(sys.argv[1]),int(sys.argv[2]); '
                  'a,b=os.dup(u),os.dup(t); os.dup2(a,3); os.dup2(b,4); '
                  'os.set_inheritable(3,True); os.set_inheritable(4,True); '
                  'os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2"); '
                  'os.execv(sys.argv[3], sys.argv[3:])')
        program = daemon.program
        self.addCleanup(setattr, daemon, "program", program)
        wrapper = self.folder / "activated"
        wrapper.write_text("#!/bin/sh\nexec python3 -c '" + script.replace("'", "'\\''")
                           + f"' {udp.fileno()} {tcp.fileno()} {program('holdfastd')} \"$@\"\n")
        wrapper.chmod(0o755)
        daemon.program = lambda name: wrapper if name == "holdfastd" else program(name)
        self.holdfast.start(pass_fds=(udp.fileno(), tcp.fileno()))
        daemon.program = program

    def test_systemd_hears_of_it(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            path = str(self.folder / "notify")
            systemd.bind(path)
            systemd.settimeout(20)
            self.holdfast.start(env={**os.environ, "NOTIFY_SOCKET": path})

            def hear(word):
                while True:
                    lines = systemd.recv(4096).decode().splitlines()
                    if any(line.startswith(word) for line in lines):
                        return
            hear("READY=1")
            hear("STATUS=2 of 2 upstreams usable")
            hear("WATCHDOG=1")
            self.holdfast.process.send_signal(signal.SIGHUP)
            hear("RELOADING=1")
            hear("READY=1")
            self.stop()
            hear("STOPPING=1")

    def test_the_journal_gets_priorities_and_no_times(self):
        self.holdfast.log_path.touch()
        log = os.stat(self.holdfast.log_path)
        self.holdfast.start(env={**os.environ, "JOURNAL_STREAM": f"{log.st_dev}:{log.st_ino}"})
        self.stop()
        for line in self.holdfast.log().splitlines():
            self.assertRegex(line, r"^<[3467]>[a-z]")

    def test_open_connections_do_not_hinder_it(self):
        self.holdfast.start()
        with socket.create_connection(("127.0.0.1", self.holdfast.port)), \
                socket.create_connection(("127.0.0.1", self.holdfast.http_port)), \
                socket.socket(socket.AF_UNIX) as control:
            control.connect(self.holdfast.config["control"])
            self.assertLess(self.stop(), 10)

    def test_a_second_daemon_takes_over_the_file_of_a_dead_one(self):
        self.holdfast.start()
        self.holdfast.process.kill()
        self.holdfast.process.wait()
        self.assertTrue(Path(self.holdfast.config["control"]).exists())
        self.holdfast.start()
        self.assertEqual(self.holdfast.ctl("status").returncode, 0)
        self.stop()


if __name__ == "__main__":
    unittest.main()
