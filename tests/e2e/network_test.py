#!/usr/bin/env python3
"""A host whose addresses and routes change: in a network namespace of its own, as root."""
import os
import unittest

from lab_case import LabCase, wait_for

import namespace
from namespace import ip


class Network(LabCase):
    @classmethod
    def configure(cls, config):
        config["upstreams"]["far"] = {"class": "external", "provider": "far",
                                      "url": "udp://203.0.113.53"}
        config["routes"][0]["tiers"].append(["far"])

    def changes(self):
        return self.holdfast.log().count("network changed")

    def probes(self):
        lines = self.holdfast.get("/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("holdfast_probes_total{upstream=\"alpha\""))

    def test_a_change_is_noticed_and_a_refresh_is_not(self):
        ip("link add d0 type veth peer name d1")
        ip("link set d0 up")
        ip("link set d1 up")
        wait_for(lambda: self.probes() == 1, "the first probe")
        self.assertEqual(self.changes(), 0)
        ip("addr add 192.0.2.1/24 dev d0")
        wait_for(lambda: self.changes() == 1, "the new address to be noticed")
        self.assertIn("network changed (an address of this host)", self.holdfast.log())
        wait_for(lambda: self.probes() == 2, "a probe at once, long before its turn")
        self.assertEqual(self.holdfast.upstream("alpha")["cause"], "network_change")

        for lifetime in (500, 600, 700):
            ip(f"addr change 192.0.2.1/24 dev d0 valid_lft {lifetime} preferred_lft {lifetime}")
            ip(f"route replace 198.51.100.0/24 dev d0 metric {lifetime}")
        ip("route add 203.0.113.0/24 dev d0")
        wait_for(lambda: self.changes() == 2, "the new way to an upstream to be noticed")
        self.assertIn("network changed (a route to an upstream)", self.holdfast.log())
        for reason in ("address", "route"):
            series = f'holdfast_network_changes_total{{reason="{reason}"}} 1'
            wait_for(lambda: series in self.holdfast.get("/metrics")[1].splitlines(), series)
        self.assertEqual(self.holdfast.dig("after.example.org")[0], "NOERROR")


if __name__ == "__main__":
    if os.geteuid() != 0 or not namespace.enter():
        print("skipped: no right to make a network namespace")
    else:
        unittest.main()
