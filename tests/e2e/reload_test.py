#!/usr/bin/env python3
"""A reload takes a good file, refuses a bad or an unsafe one, and loses nothing."""
import copy
import json
import signal
import subprocess
import threading
import time
import unittest

from lab_case import LabCase, OneWorker, wait_for


class Reload(LabCase):
    @classmethod
    def configure(cls, config):
        config["failover"] = {"failure_ttl": "1min"}

    def setUp(self):
        super().setUp()
        self.good = copy.deepcopy(self.holdfast.config)
        self.addCleanup(self.restore)

    def restore(self):
        self.holdfast.config = self.good
        self.holdfast.write()
        self.holdfast.ctl("reload", "--force")

    def reload(self, *options):
        self.holdfast.write()
        done = self.holdfast.ctl("reload", "--json", *options)
        return done.returncode, json.loads(done.stdout)

    def generation(self):
        return self.holdfast.status()["config"]["generation"]

    def test_a_good_file_is_taken_and_the_cache_kept(self):
        self.holdfast.dig("kept.example.org")
        before = self.generation()
        self.holdfast.config["hosts"] = {"printer.lan": ["192.0.2.77"]}
        status, reply = self.reload()
        self.assertEqual((status, reply["generation"]), (0, before + 1))
        self.assertEqual(self.holdfast.dig("printer.lan"), ("NOERROR", ["192.0.2.77"]))
        asked = self.cloud.seen("kept.example.org.")
        self.holdfast.dig("kept.example.org")
        self.assertEqual(self.cloud.seen("kept.example.org."), asked)

    def test_sighup(self):
        before = self.generation()
        self.holdfast.write()
        self.holdfast.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.generation() == before + 1, "the reload")

    def test_a_bad_file_changes_nothing(self):
        before = self.generation()
        self.holdfast.config["routes"][0]["tiers"] = [["no-such"]]
        self.holdfast.config["nonsense"] = 1
        status, reply = self.reload()
        self.assertEqual((status, reply["kind"]), (2, "bad-config"))
        self.assertGreaterEqual(len(reply["details"]), 2, "every mistake is told")
        self.assertEqual(self.generation(), before)
        self.assertEqual(self.holdfast.dig("still.example.org")[0], "NOERROR")
        self.assertIn("mistakes", self.holdfast.status()["config"]["last_reload_error"])
        self.assertIn("no-such", self.holdfast.log())

        def failed():
            return 'holdfast_config_last_reload_successful 0' in self.holdfast.get("/metrics")[1]
        wait_for(failed, "the metric of the refused reload")

    def test_an_unsafe_file_needs_force(self):
        before = self.generation()
        self.holdfast.config["routes"][0]["tiers"] = [["cloud"]]
        status, reply = self.reload()
        self.assertEqual((status, reply["kind"]), (1, "refused"))
        self.assertTrue(reply["details"])
        self.assertEqual(self.generation(), before)
        status, reply = self.reload("--force")
        self.assertEqual((status, reply["generation"]), (0, before + 1))
        self.assertEqual(reply["flushed"], [], "the cloud has the view it had")

    def test_private_names_move_to_another_provider_by_force_only(self):
        before = self.generation()
        self.holdfast.config["routes"][1]["tiers"] = [["alpha"]]
        status, reply = self.reload()
        self.assertEqual((status, reply["kind"]), (1, "refused"))
        self.assertIn('"corp.internal", private to cloud, would be asked of alpha',
                      reply["details"][0])
        self.assertEqual(self.generation(), before)
        self.holdfast.dig("moved.corp.internal")
        self.assertEqual(self.alpha.seen(".corp.internal."), 0)
        self.assertEqual(self.reload("--force")[0], 0)

    def test_keys_that_need_a_restart_are_told(self):
        self.holdfast.config["workers"] = 1
        status, reply = self.reload()
        self.assertEqual(status, 0)
        self.assertEqual(len(reply["restart"]), 1)
        self.assertIn("workers", reply["restart"][0])
        self.assertIn("workers", self.reload()[1]["restart"][0], "until it is restarted")
        self.assertEqual(self.holdfast.status()["workers"], 2)

    def test_health_is_kept(self):
        self.holdfast.ctl("force-down", "alpha")
        self.assertEqual(self.reload()[0], 0)
        self.assertEqual(self.holdfast.upstream("alpha")["forced"], "forced-down")
        self.holdfast.ctl("force-auto", "alpha")

    def test_an_upstream_more_and_one_less(self):
        self.holdfast.config["upstreams"]["second"] = {
            "class": "external", "provider": "beta", "url": f"udp://{self.alpha.endpoint}"}
        self.holdfast.config["routes"][0]["tiers"] = [["cloud"], ["alpha", "second"]]
        self.assertEqual(self.reload()[0], 0)
        self.assertEqual(len(self.holdfast.status()["upstreams"]), 3)
        self.holdfast.config = copy.deepcopy(self.good)
        self.assertEqual(self.reload()[0], 0)
        self.assertEqual(len(self.holdfast.status()["upstreams"]), 2)
        self.assertEqual(self.holdfast.dig("after.example.org")[0], "NOERROR")

    def test_a_provider_more_in_an_outage_costs_nothing_that_is_held(self):
        for name in ("ttl-1.kept.example.org", "ttl-1.kept.corp.internal"):
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR")
        self.cloud.fault = self.alpha.fault = "drop"
        self.holdfast.config["upstreams"]["second"] = {
            "class": "external", "provider": "beta", "url": "udp://127.0.0.1:9"}
        self.holdfast.config["routes"][0]["tiers"] = [["cloud"], ["alpha", "second"]]
        status, reply = self.reload()
        self.assertEqual((status, reply["flushed"]), (0, []))
        time.sleep(1.1)
        for name in ("ttl-1.kept.example.org", "ttl-1.kept.corp.internal"):
            self.assertEqual(self.holdfast.dig(name)[0], "NOERROR", "stale")

    def test_another_cloud_is_another_view(self):
        self.holdfast.config["upstreams"]["cloud"]["url"] = f"udp://{self.alpha.endpoint}"
        status, reply = self.reload("--force")
        self.assertEqual(status, 0)
        self.assertIn(".", reply["flushed"])

    def test_a_source_or_interface_that_is_not_there_is_named(self):
        for key, value in (("source", "192.0.2.99"), ("interface", "nosuch0")):
            name = f"from-{key}"
            self.holdfast.config["upstreams"][name] = {
                "class": "external", "provider": name, "url": "udp://127.0.0.1:9", key: value}
            self.holdfast.config["routes"][0]["tiers"].append([name])
        self.assertEqual(self.reload()[0], 0)
        wait_for(lambda: "upstream from-source cannot be asked: `source` 192.0.2.99: this host has "
                 "no such address" in self.holdfast.log(), "the line about the source")
        wait_for(lambda: "upstream from-interface cannot be asked: `interface` \"nosuch0\": "
                 in self.holdfast.log(), "the line about the interface")

    def move_zone(self, zone):
        """A route of the cloud alone for `zone`, now in force, and what a reload needs to move it
        to alpha."""
        self.holdfast.config["routes"].append({"zone": zone, "tiers": [["cloud"]]})
        self.assertEqual(self.reload()[0], 0)
        self.holdfast.config["routes"][-1]["tiers"] = [["alpha"]]

    def test_a_lookup_of_the_old_route_neither_is_joined_nor_fills_the_cache(self):
        name = "name.in-flight.example.org"
        self.move_zone("in-flight.example.org")
        self.cloud.faults[name + "."] = "slow:1500"
        self.alpha.faults[name + "."] = "lie"
        lie = ["203.0.113.66"]
        with OneWorker(self.holdfast) as client:
            old = client.send(name)
            wait_for(lambda: self.cloud.seen(name + "."), "the question at the old provider")
            self.assertEqual(self.reload("--force")[0], 0)
            new = client.send(name)
            self.assertEqual(client.receive(), (new, "NOERROR", lie), "it did not wait for the old")
            late, rcode, addresses = client.receive()
            self.assertEqual((late, rcode), (old, "NOERROR"))
            self.assertNotEqual(addresses, lie, "who asked before the reload has the old answer")
            self.assertEqual(client.ask(name), ("NOERROR", lie), "nor is that kept")
        self.assertEqual(self.alpha.seen(name + "."), 1)

    def test_a_failure_of_the_old_route_is_forgotten(self):
        name = "name.failed.example.org"
        self.move_zone("failed.example.org")
        self.cloud.faults[name + "."] = "servfail"
        with OneWorker(self.holdfast) as client:
            for _ in range(3):
                self.assertEqual(client.ask(name)[0], "SERVFAIL")
            self.assertEqual(self.cloud.seen(name + "."), 1, "it is remembered")
            self.assertEqual(self.reload("--force")[0], 0)
            self.assertEqual(client.ask(name)[0], "NOERROR")

    def test_no_query_is_lost_while_reloading(self):
        queries = self.folder / "queries"
        queries.write_text("".join(f"load-{n}.example.org A\n" for n in range(300)))
        done = []
        load = threading.Thread(target=lambda: done.append(subprocess.run(
            ["dnsperf", "-s", "127.0.0.1", "-p", str(self.holdfast.port), "-d", str(queries),
             "-l", "4", "-Q", "400", "-t", "5"], capture_output=True, text=True, check=False)))
        load.start()
        while load.is_alive():
            self.assertEqual(self.reload()[0], 0)
        load.join()
        self.assertRegex(done[0].stdout, r"Queries lost:\s+0 ", done[0].stdout + done[0].stderr)


if __name__ == "__main__":
    unittest.main()
