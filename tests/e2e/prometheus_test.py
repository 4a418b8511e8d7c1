#!/usr/bin/env python3
"""The dashboard and the alerts in a real Prometheus that scrapes a daemon under load: every expression
of the dashboard finds something, and every alert can be judged."""
import json
import math
import random
import secrets
import sys
import tempfile
import time
import unittest
from pathlib import Path

from lab_case import Holdfast, LabCase, Provider, daemon, wait_for
from certificate import make_certificate
from chain_head import ChainHead
from peer import APEX, Dnsperf, Unbound, missing, zone
from prometheus_server import Prometheus
from redis_server import Redis

MISSING = missing("prometheus", "redis-server", "unbound", "dnsperf", "openssl", "dig")
PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
NAME = "dns.provider.example"
# There only during a drill, and after a change: they must be good expressions, and may find nothing.
EVENTS = {"Drills", "Reloads", "Restarts"}


class InPrometheus(LabCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-prometheus.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.cloud = Provider("cloud", "127.0.0.1", private=["corp.internal"])
        cls.alpha = Provider("alpha", "127.0.0.1")
        cls.redis = Redis(cls.folder)
        for server in (cls.cloud, cls.alpha, cls.redis):
            server.start()
            cls.addClassCleanup(server.stop)
        cls.endpoint = ChainHead()
        cls.addClassCleanup(cls.endpoint.stop)
        cls.authority = make_certificate(cls.folder, "authority.example")
        cls.unbound = Unbound(cls.folder, "127.0.0.31",
                              [(f"tls-{n}.{APEX}", zone.A) for n in range(200)])
        cls.unbound.certificate = make_certificate(cls.folder, NAME, authority=cls.authority,
                                                   addresses=("127.0.0.31",))
        cls.addClassCleanup(cls.unbound.kill)
        cls.unbound.start()
        cls.holdfast = Holdfast(cls.folder, cls.configuration())
        cls.addClassCleanup(cls.check_stop)
        cls.holdfast.start()
        cls.prometheus = Prometheus(cls.folder, [cls.holdfast.http_port],
                                    PACKAGING / "prometheus/holdfast.rules.yml")
        cls.prometheus.start()
        cls.addClassCleanup(cls.prometheus.stop)
        cls.load()

    @classmethod
    def configure(cls, config):
        key = cls.folder / "fleet.key"
        key.write_text(secrets.token_hex(32) + "\n")
        key.chmod(0o600)
        config["upstreams"]["unbound"] = {
            "class": "external", "provider": "unbound", "ca_file": str(cls.authority[0]),
            "url": f"tls://{cls.unbound.tls_endpoint}?name={NAME}"}
        config["routes"].append({"zone": APEX, "tiers": [["unbound"]]})
        config["upstreams"]["chain"] = {
            "class": "ens", "provider": "ethereum", "max_head_age": "0s", "ccip": "off",
            "endpoints": [{"url": cls.endpoint.url, "provider": "rpc"}]}
        config["routes"].append({"zone": "eth", "tiers": [["chain"]]})
        config["store"] = {"path": str(cls.folder / "store")}
        config["fleet"] = {"redis": f"redis://127.0.0.1:{cls.redis.port}", "key_file": str(key)}

    @classmethod
    def load(cls):
        """New names and known ones over both transports, and some that one provider fails."""
        for n in range(40):
            cls.cloud.faults[f"fails-{n}.example.org."] = "servfail"
        questions = [f"known-{n % 20}.example.org A" for n in range(600)]
        questions += [f"new-{n}.example.org A" for n in range(300)]
        questions += [f"fails-{n}.example.org A" for n in range(40)]
        questions += [f"tls-{n}.{APEX} A" for n in range(200)]
        # No ENS name can be one of these: a block is asked for, and no contract.
        questions += [f"no_name-{n}.eth A" for n in range(100)]
        random.Random(1).shuffle(questions)  # some of each in every window
        load = Dnsperf(cls.folder, cls.holdfast.port, questions, 60)
        cls.addClassCleanup(load.kill)
        wait_for(lambda: not load.running()
                 or len(cls.prometheus.query("rate(holdfast_queries_total[10s]) > 0")) > 0,
                 "a first rate", 60)
        time.sleep(6)  # scrapes under load

    def setUp(self):
        pass

    def found(self, expression):
        plain = expression.replace("$__rate_interval", "10s")
        for name in ("$job", "$instance"):
            plain = plain.replace(name, ".+")
        return self.prometheus.query(plain)

    def test_a_every_expression_of_the_dashboard_finds_something(self):
        dashboard = json.loads((PACKAGING / "grafana/holdfast.json").read_text(encoding="utf-8"))
        asked = 0
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                samples = self.found(target["expr"])
                self.assertTrue(samples, f"{panel['title']}: {target['expr']} finds nothing")
                numbers = [value for _, value in samples if math.isfinite(value)]
                self.assertTrue(numbers, f"{panel['title']}: {target['expr']} gives no number")
                for label in target["legendFormat"].split("{{")[1:]:
                    self.assertIn(label.split("}}")[0], samples[0][0], target["expr"])
                asked += 1
        for mark in dashboard["annotations"]["list"]:
            self.found(mark["expr"])
            self.assertIn(mark["name"], EVENTS)
            asked += 1
        print(f"{asked} expressions", file=sys.stderr)

    def test_a_figures_are_those_of_the_load(self):
        rates = self.found('sum(rate(holdfast_queries_total{job=~"$job"}[$__rate_interval]))')
        self.assertGreater(rates[0][1], 20)
        self.assertLess(rates[0][1], 120)
        end = self.found("holdfast_upstream_certificate_expiry_timestamp_seconds - time()")
        self.assertEqual([labels["upstream"] for labels, _ in end], ["unbound"])
        self.assertGreater(end[0][1], 86400)
        self.assertLess(end[0][1], 2 * 86400)

    def test_b_every_alert_can_be_judged(self):
        def rules():
            (group,) = self.prometheus.ask("rules")["groups"]
            judged = all(rule["health"] != "unknown" for rule in group["rules"])
            return group["rules"] if judged else None

        for rule in wait_for(rules, "the rules to be evaluated", 60):
            self.assertEqual(rule["health"], "ok", f"{rule['name']}: {rule.get('lastError')}")

    def test_c_an_outage_raises_its_alerts(self):
        # The certificate made here ends tomorrow, and the alert for that has been waiting already.
        self.alerts("HoldfastCertificateNearExpiry", upstream="unbound", severity="warning")
        self.cloud.fault = "drop"
        for n in range(10):
            self.holdfast.dig(f"outage-{n}.example.org", "A", "+time=1")
        self.alerts("HoldfastRoutePanic", route="corp.internal", severity="critical")
        self.alerts("HoldfastProviderDown", provider="cloud")

    def alerts(self, name, **labels):
        def pending():
            alerts = self.prometheus.ask("alerts")["alerts"]
            return [a for a in alerts if a["labels"]["alertname"] == name
                    and labels.items() <= a["labels"].items()]

        (alert,) = wait_for(pending, name, 60)
        self.assertIn(alert["state"], ("pending", "firing"))


if __name__ == "__main__":
    if MISSING:
        print(f"skipped, not installed: {', '.join(MISSING)}; see .ci/setup test")
        sys.exit(77)
    unittest.main()
