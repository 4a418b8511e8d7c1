#!/usr/bin/env python3
"""Those who write /etc/resolv.conf, the real programs, on a machine with real systemd: each writes it,
does so no more once holdfast took over, and does again when that is given back."""
import unittest

import machine
from lab_host import PUT_ASIDE, RESOLV, LabHost

OWN = "127.0.0.13"  # the lab's, whom these programs are told of
NETWORK = """
ip link add eth0 type veth peer name peer0
ip link set peer0 up
ip link set eth0 up
"""


class Managers(LabHost):
    def setUp(self):
        super().setUp()
        self.machine.must("sh", "-ec", NETWORK)

    def renews(self, again, writer):
        """Taken over, `again` leaves resolv.conf alone, and "auto" knows whom the network names; given
        back, `again` writes it."""
        self.assertIn(OWN, self.nameservers(RESOLV), "the manager's own work")
        self.install()
        self.assertIn(writer, self.take())
        self.assertEqual(self.nameservers(RESOLV), ["127.0.0.1"])
        self.assertEqual(self.nameservers(PUT_ASIDE), [OWN], 'for "auto"')
        again()
        self.assertEqual(self.nameservers(RESOLV), ["127.0.0.1"], "left alone")
        asked = self.queries()
        self.assertTrue(self.resolves("while.example.org"))
        self.assertGreater(self.queries(), asked)
        self.machine.wait_for(lambda: self.drift() == [], "the daemon to see the takeover")
        self.machine.must("holdfastctl", "giveback")
        self.assertEqual(self.nameservers(RESOLV), [OWN])
        self.machine.must("sh", "-c", f"echo '# emptied' > {RESOLV}")
        again()
        self.machine.wait_for(lambda: self.nameservers(RESOLV) == [OWN], "its file as before")
        self.machine.must("dpkg", "--purge", "holdfast")
        self.assertTrue(self.resolves("afterwards.example.org"))

    def serve_dhcp(self):
        """dnsmasq behind the other end of the cable, in a network of its own."""
        self.machine.must("sh", "-ec", "ip netns add lan; ip link set peer0 netns lan; "
                          "ip -n lan link set peer0 up; ip -n lan link set lo up; "
                          "ip -n lan address add 192.0.2.1/24 dev peer0; "
                          "ip netns exec lan dnsmasq --conf-file=/dev/null --port=0 --interface=peer0 "
                          "--dhcp-range=192.0.2.100,192.0.2.200,2m --dhcp-authoritative "
                          f"--dhcp-option=option:dns-server,{OWN} --dhcp-option=option:router "
                          "--dhcp-leasefile=/run/lab.leases --pid-file=/run/lab-dnsmasq.pid")

    def test_dhclient(self):
        self.install_extra("isc-dhcp-client")
        self.serve_dhcp()
        self.machine.must("dhclient", "-1", "eth0")

        def again():
            # As a lease that is renewed, but now.
            self.machine.must("dhclient", "-r", "eth0")
            self.machine.must("dhclient", "-1", "eth0")

        self.renews(again, "dhclient")

    def test_dhcpcd(self):
        self.install_extra("dhcpcd-base")
        self.serve_dhcp()
        self.machine.must("dhcpcd", "-4", "--waitip", "eth0")

        def again():
            self.machine.must("dhcpcd", "-4", "--exit", "eth0")
            self.machine.must("dhcpcd", "-4", "--waitip", "eth0")

        self.renews(again, "dhcpcd")

    def test_network_manager(self):
        self.install_extra("network-manager")
        self.machine.write("/etc/NetworkManager/conf.d/lab.conf",
                           "[device]\nmatch-device=interface-name:eth0\nmanaged=1\n")
        self.machine.must("systemctl", "restart", "dbus")
        self.machine.must("systemctl", "restart", "NetworkManager")
        self.machine.must("nmcli", "connection", "add", "type", "ethernet", "ifname", "eth0",
                          "con-name", "lab", "ipv4.method", "manual", "ipv4.addresses",
                          "192.0.2.2/24", "ipv4.dns", OWN, "ipv6.method", "disabled")

        def again():
            self.machine.must("nmcli", "connection", "up", "lab")

        self.machine.wait_for(lambda: self.machine.run("nmcli", "connection", "up", "lab")
                              .returncode == 0, "the connection")
        self.machine.wait_for(lambda: OWN in self.nameservers(RESOLV), "NetworkManager's file")
        self.renews(again, "NetworkManager")

    def test_cloud_init(self):
        self.install_extra("cloud-init")
        # On Debian, where others write the file, it does so only if it is told.
        self.machine.write("/etc/cloud/cloud.cfg.d/50-lab.cfg",
                           "datasource_list: [None]\nmanage_resolv_conf: true\n"
                           f"resolv_conf: {{nameservers: [{OWN}]}}\n"
                           "unverified_modules: [resolv_conf]\n")
        self.machine.must("cloud-init", "init", "--local")
        self.machine.must("cloud-init", "init")

        def again():
            self.machine.must("cloud-init", "single", "--name", "resolv_conf", "--frequency",
                              "always")

        again()
        self.renews(again, "cloud-init")


if __name__ == "__main__":
    machine.need()
    unittest.main()
