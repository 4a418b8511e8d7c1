#!/usr/bin/env python3
"""What an operator asks and does: holdfastctl, metrics, status, and who may."""
import json
import os
import re
import socket
import stat
import subprocess
import unittest

from lab_case import Holdfast, LabCase, OneWorker, wait_for


class Operate(LabCase):
    @classmethod
    def configure(cls, config):
        config["query_log"] = {"enabled": True, "max_per_second": 1000}
        config["failover"] = {"failure_ttl": "1min"}

    def raw(self, *lines):
        """Replies to lines sent on one connection to the control socket."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(self.holdfast.config["control"])
            client.sendall(b"".join(line + b"\n" for line in lines))
            replies = client.makefile("rb")
            return [json.loads(replies.readline()) for _ in lines]

    def metric(self, series):
        for line in self.holdfast.get("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line[len(series):])
        return None

    def test_status_tells_what_is(self):
        wait_for(lambda: self.holdfast.upstream("alpha")["last_probe"], "a probe of the backup")
        status = self.holdfast.status()
        self.assertEqual([u["name"] for u in status["upstreams"]], ["cloud", "alpha"])
        self.assertEqual(status["listeners"], [f"127.0.0.1:{self.holdfast.port}"])
        self.assertEqual(status["workers"], 2)
        self.assertTrue(status["ready"])
        told = json.loads(self.holdfast.ctl("status", "--json").stdout)
        self.assertEqual([list(told), [list(u) for u in told["upstreams"]]],
                         [list(status), [list(u) for u in status["upstreams"]]])
        text = self.holdfast.ctl("status").stdout
        for word in ("holdfast ", "UPSTREAM", "cloud", "alpha", "corp.internal", "built-in"):
            self.assertIn(word, text)
        self.assertFalse([line for line in text.splitlines() if line != line.rstrip()])

    def test_why_tells_the_way_of_an_answer(self):
        done = self.holdfast.ctl("why", "why.example.org", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        why = json.loads(done.stdout)
        self.assertEqual(why["route"], ".")
        self.assertEqual(why["held"], "nothing")
        self.assertEqual([c["upstream"] for c in why["candidates"]], ["cloud", "alpha"])
        rank = {"up": "sound", "recovering": "trial", "suspect": "doubtful", "down": "down"}
        for candidate in why["candidates"]:
            self.assertEqual(candidate["score"]["rank"], rank[candidate["state"]])
        self.assertEqual(why["candidates"][0]["score"]["order"], 1)
        self.assertEqual(why["exchanges"][0]["outcome"], "positive")
        self.assertEqual(why["answer"]["rcode"], "NOERROR")
        self.assertEqual(why["answer"]["records"][0]["type"], "A")
        text = self.holdfast.ctl("why", "why.example.org").stdout
        self.assertIn("CANDIDATE", text)
        self.assertIn("fresh", text)

    def test_why_of_a_name_answered_here(self):
        why = json.loads(self.holdfast.ctl("why", "localhost", "AAAA", "--json").stdout)
        self.assertEqual(why["answer"]["source"], "local")
        self.assertEqual(why["exchanges"], [])

    def test_a_refusal_is_no_failure(self):
        failed = self.metric('holdfast_answers_total{source="failure"}')
        self.assertEqual(self.holdfast.dig("refused.example.org", "A", "+norec")[0], "REFUSED")
        self.assertEqual(self.metric('holdfast_answers_total{source="failure"}'), failed)

    def test_force_down_and_auto(self):
        self.assertEqual(self.holdfast.ctl("force-down", "cloud").returncode, 0)
        try:
            self.assertEqual(self.holdfast.upstream("cloud")["state"], "down")
            before = self.cloud.seen("forced.example.org.")
            self.assertEqual(self.holdfast.dig("forced.example.org")[0], "NOERROR")
            self.assertEqual(self.cloud.seen("forced.example.org."), before)
            why = json.loads(self.holdfast.ctl("why", "forced.example.org", "--json").stdout)
            self.assertEqual([c["score"] for c in why["candidates"]],
                             [{"rank": "never", "order": None}, {"rank": "sound", "order": 1}])
        finally:
            self.assertEqual(self.holdfast.ctl("force-auto", "cloud").returncode, 0)
        self.assertEqual(self.holdfast.upstream("cloud")["forced"], "auto")

    def test_force_for_a_time_ends(self):
        self.holdfast.ctl("force-down", "alpha", "--for", "2s")
        self.assertLessEqual(self.holdfast.upstream("alpha")["forced_for"], 2)
        wait_for(lambda: self.holdfast.upstream("alpha")["forced"] == "auto", "the end of force")

    def test_an_upstream_that_is_not_there(self):
        done = self.holdfast.ctl("force-up", "nobody")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cloud, alpha", done.stderr)

    def test_wrong_usage_is_named(self):
        done = self.holdfast.ctl("bogus")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('no command "bogus"; known here: status, why', done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn('no command "stauts"; did you mean "status"?',
                      self.holdfast.ctl("stauts").stderr)
        for words in (["stauts"], ["why"], [], ["why", "a", "NOPE"], ["status", "--no-such"],
                      ["force-up", "cloud", "--for", "ten"], ["flush", "a..b"]):
            done = self.holdfast.ctl("--json", *words)
            self.assertEqual(done.returncode, 2, words)
            reply = json.loads(done.stdout)
            self.assertEqual((reply["ok"], reply["kind"]), (False, "usage"), words)
            self.assertIn(reply["error"], done.stderr)

    def test_flush(self):
        self.holdfast.dig("flush.example.org")
        self.holdfast.dig("a.zone.example.org")
        self.holdfast.dig("b.zone.example.org")
        one = json.loads(self.holdfast.ctl("flush", "flush.example.org", "--json").stdout)
        self.assertEqual(one["dropped"], 1)
        zone = json.loads(self.holdfast.ctl("flush", "--zone", "zone.example.org",
                                            "--json").stdout)
        self.assertEqual(zone["dropped"], 2)
        self.holdfast.dig("flush.example.org")
        self.assertEqual(self.cloud.seen("flush.example.org."), 2)

    def test_flush_ends_a_remembered_failure(self):
        name = "mended.example.org"
        self.cloud.faults[name + "."] = self.alpha.faults[name + "."] = "servfail"
        with OneWorker(self.holdfast) as client:
            self.assertEqual(client.ask(name)[0], "SERVFAIL")
            self.cloud.faults.clear()
            self.alpha.faults.clear()
            asked = self.cloud.seen(name + ".")
            self.assertEqual(client.ask(name)[0], "SERVFAIL", "it is remembered")
            self.assertEqual(self.cloud.seen(name + "."), asked)
            self.assertEqual(self.holdfast.ctl("flush", name).returncode, 0)
            self.assertEqual(client.ask(name)[0], "NOERROR")

    def test_log_level(self):
        self.assertIn("info", self.holdfast.ctl("log-level").stdout)
        self.assertEqual(self.holdfast.ctl("log-level", "debug").returncode, 0)
        self.assertIn("debug", self.holdfast.ctl("log-level").stdout)
        self.holdfast.ctl("log-level", "info")
        self.assertEqual(self.holdfast.ctl("log-level", "loud").returncode, 2)

    def test_check_config_of_the_daemon_and_of_a_file(self):
        self.assertEqual(self.holdfast.ctl("check-config").returncode, 0)
        bad = self.folder / "bad.json"
        bad.write_text('{"lisen": []}')
        done = self.holdfast.ctl("check-config", str(bad))
        self.assertEqual(done.returncode, 2)
        self.assertIn("lisen", done.stderr)

    def test_a_daemon_that_is_not_there_is_3(self):
        done = subprocess.run([os.environ["HOLDFASTCTL"], "--socket", "/nonexistent", "status"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_the_control_socket_decides_by_who_asks(self):
        mode = stat.S_IMODE(os.stat(self.holdfast.config["control"]).st_mode)
        self.assertEqual(mode, 0o666)

    def test_the_control_socket_survives_nonsense(self):
        replies = self.raw(b"", b"nonsense", b"[]", b'{"command":"no"}', b'{"command":"log-level"}')
        self.assertEqual([r["ok"] for r in replies], [False, False, False, False, True])
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(self.holdfast.config["control"])
            try:
                client.sendall(b"x" * (1 << 20))
                self.assertEqual(client.recv(1), b"")
            except (BrokenPipeError, ConnectionResetError):
                pass
        self.assertTrue(self.holdfast.status()["ready"])

    def test_the_control_socket_is_bounded(self):
        clients = []
        for _ in range(40):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(5)
            try:
                client.connect(self.holdfast.config["control"])
            except (BlockingIOError, TimeoutError, ConnectionRefusedError):
                client.close()
                break
            clients.append(client)
        for client in clients:
            client.close()
        wait_for(lambda: self.holdfast.ctl("status").returncode == 0, "room for a connection")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
    def test_others_may_not(self):
        os.chmod(self.folder, 0o755)
        script = ("import socket,sys; s=socket.socket(socket.AF_UNIX); "
                  "s.connect(sys.argv[1]); s.sendall(b'{\"command\":\"status\"}\\n'); "
                  "print(s.makefile().readline())")

        def reply(script, group):
            done = subprocess.run(["python3", "-c", script, self.holdfast.config["control"]],
                                  capture_output=True, text=True, check=False, user=65534,
                                  group=group, extra_groups=[])
            return json.loads(done.stdout)

        self.assertEqual(reply(script, 65534)["kind"], "forbidden")
        self.assertIn("refused an answer to the user with id 65534", self.holdfast.log())
        self.assertEqual(reply(script.replace("status", "reload"), 0)["kind"], "forbidden")
        self.assertTrue(reply(script, 0)["ok"], "the daemon's group reads")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
    def test_others_keep_nobody_out(self):
        os.chmod(self.folder, 0o755)
        script = ("import socket,sys; all=[socket.socket(socket.AF_UNIX) for _ in range(40)]\n"
                  "for s in all: s.connect(sys.argv[1])\n"
                  "print(flush=True); sys.stdin.read()")
        with subprocess.Popen(["python3", "-c", script, self.holdfast.config["control"]],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=65534, group=65534,
                              extra_groups=[]) as crowd:
            crowd.stdout.readline()
            self.assertEqual(self.holdfast.ctl("status").returncode, 0)
            crowd.stdin.close()

    def test_metrics_are_clean_for_promtool(self):
        self.holdfast.dig("metrics.example.org")
        status, text = self.holdfast.get("/metrics")
        self.assertEqual(status, 200)
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_metrics_count(self):
        before = self.metric('holdfast_queries_total{transport="udp"}')
        misses = self.metric("holdfast_cache_misses_total")
        for _ in range(3):
            self.holdfast.dig("counted.example.org")
        asked = self.metric('holdfast_queries_total{transport="udp"}') - before
        # And perhaps those of the daemon to itself, which come in pairs.
        self.assertIn(asked - 3, range(0, 20, 2))
        self.assertEqual(self.metric("holdfast_cache_misses_total"), misses + 1)
        series = 'upstream="cloud",provider="cloud",transport="udp"'
        # In one look: the state may change from one to the next.
        states = [line.rsplit(" ", 1)[1] for line in self.holdfast.get("/metrics")[1].splitlines()
                  if line.startswith(f"holdfast_upstream_state{{{series},")]
        self.assertEqual(sorted(states), ["0", "0", "0", "1"])
        self.assertGreater(self.metric(f'holdfast_exchanges_total{{{series},outcome="positive"}}'),
                           0)

    def test_health_pages(self):
        self.assertEqual(self.holdfast.get("/livez"), (200, "ok\n"))
        self.assertEqual(self.holdfast.get("/readyz"), (200, "ok\n"))
        self.assertEqual(self.holdfast.get("/nothing")[0], 404)
        status, page = self.holdfast.get("/status")
        self.assertEqual(status, 200)
        self.assertIn("alpha", page)
        self.assertEqual(json.loads(self.holdfast.get("/api/v1/status")[1])["workers"], 2)

    def test_only_loopback_names_and_only_reading(self):
        for host in ("evil.example", "evil.example:9953", "", "192.0.2.1"):
            self.assertEqual(self.holdfast.get("/metrics", host=host)[0], 403, host)
        for host in ("localhost", "127.0.0.1:1", "[::1]:9953"):
            self.assertEqual(self.holdfast.get("/livez", host=host)[0], 200, host)
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self.holdfast.get("/livez", method=method)[0], 405, method)
        self.assertEqual(self.holdfast.get("/livez", method="HEAD"), (200, ""))

    def test_idle_http_clients_block_nobody_for_long(self):
        idle = [socket.create_connection(("127.0.0.1", self.holdfast.http_port))
                for _ in range(4)]
        self.assertEqual(self.holdfast.get("/livez")[0], 200)
        for client in idle:
            client.close()

    def test_health_changes_are_logged_and_shown(self):
        self.alpha.fault = "drop"
        self.cloud.fault = "servfail"
        for number in range(12):
            self.holdfast.dig(f"change-{number}.example.org", "A", "+time=2")
        event = wait_for(lambda: self.holdfast.status()["transitions"], "a transition")[0]
        self.assertIn(event["upstream"], ("cloud", "alpha"))
        self.assertRegex(self.holdfast.log(), r"upstream (cloud|alpha): up -> suspect")

    def test_queries_are_logged_when_asked_for(self):
        self.holdfast.dig("logged.example.org", "AAAA")
        wait_for(lambda: re.search(r"query 127\.0\.0\.1 logged\.example\.org AAAA over udp: "
                                   r"NOERROR from fresh", self.holdfast.log()), "the query's line")

    def test_queries_are_logged_from_the_first_second_to_the_last(self):
        folder = self.folder / "logged"
        folder.mkdir()
        config = dict(self.holdfast.config, control=str(folder / "control.sock"),
                      listen=["127.0.0.1:0"])
        other = Holdfast(folder, config).start()
        try:
            other.dig("localhost")
            self.assertIn("holdfast_query_log_dropped_total 0\n", other.get("/metrics")[1])
            other.dig("test.localhost")
        finally:
            self.assertEqual(other.stop(), 0)
        self.assertIn("query 127.0.0.1 localhost A", other.log())
        self.assertIn("query 127.0.0.1 test.localhost A", other.log())
        self.assertRegex(other.log(), r"(?s)query 127\.0\.0\.1 test.localhost .*stopped")

    def test_descriptors_do_not_grow(self):
        def descriptors():
            return len(os.listdir(f"/proc/{self.holdfast.process.pid}/fd"))

        for _ in range(3):
            self.holdfast.status()
            self.holdfast.get("/metrics")
        before = descriptors()
        for _ in range(20):
            self.holdfast.status()
            self.holdfast.get("/metrics")
        wait_for(lambda: descriptors() <= before + 2, "descriptors to be given back")


if __name__ == "__main__":
    unittest.main()
