#include "host/plan.h"

#include <gtest/gtest.h>

#include "host/resolv_conf.h"

namespace holdfast::host {
namespace {

/// A host with a plain file, and holdfastd running.
HostPicture plain() {
  HostPicture host;
  host.resolv_text = "nameserver 10.0.0.2\nsearch corp.example\n";
  host.resolv_conf.kind = FileKind::file;
  host.resolv_conf.text = host.upstream_text = host.resolv_text;
  host.listeners = {"127.0.0.1:53", "[::1]:53"};
  return host;
}

HostPicture linked(const std::string& to, const std::string& end) {
  HostPicture host = plain();
  host.resolv_conf.kind = FileKind::link;
  host.resolv_conf.text = to;
  host.resolv_end = end;
  return host;
}

Plan planned(const HostPicture& host, const Wishes& wishes = {}) {
  const auto plan = plan_takeover(host, wishes);
  if (const auto* refusal = std::get_if<Refusal>(&plan)) {
    ADD_FAILURE() << refusal->why;
    return {};
  }
  return std::get<Plan>(plan);
}

std::string refused(const HostPicture& host, const Wishes& wishes = {}) {
  const auto plan = plan_takeover(host, wishes);
  const auto* refusal = std::get_if<Refusal>(&plan);
  return refusal == nullptr ? "" : refusal->why;
}

std::vector<std::string> paths(const Plan& plan) {
  std::vector<std::string> found;
  for (const Change& change : plan.changes)
    found.push_back(change.path);
  return found;
}

using Paths = std::vector<std::string>;

TEST(Plan, APlainFileIsPutAsideAndReplacedAndNothingElse) {
  const Plan plan = planned(plain());
  ASSERT_EQ(paths(plan), (Paths{kPutAside, kResolvConf}));
  EXPECT_EQ(plan.changes[0].after.text, plain().resolv_text);
  EXPECT_TRUE(is_ours(plan.changes[1].after.text));
  EXPECT_NE(plan.changes[1].after.text.find("search corp.example"), std::string::npos);
  EXPECT_TRUE(plan.commands.empty());
}

TEST(Plan, AMissingFileIsMade) {
  HostPicture host = plain();
  host.resolv_conf = {};
  host.resolv_text.clear();
  host.upstream_text.clear();
  EXPECT_EQ(paths(planned(host)), Paths{kResolvConf});
}

TEST(Plan, TheStubOfResolvedStaysAndAsksUs) {
  HostPicture host =
      linked("../run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve/stub-resolv.conf");
  host.resolved = true;
  host.resolv_text = "nameserver 127.0.0.53\n";
  const Plan plan = planned(host);
  ASSERT_EQ(paths(plan), (Paths{kPutAside, "/etc/systemd/resolved.conf.d/zz-holdfast.conf"}));
  EXPECT_TRUE(plan.keeps_resolv_conf);
  EXPECT_EQ(plan.changes[0].after.text, host.upstream_text) << "for \"auto\"";
  EXPECT_NE(plan.changes[1].after.text.find("\nDNS=\nDNS=127.0.0.1\n"), std::string::npos);
  EXPECT_NE(plan.changes[1].after.text.find("Domains=~.\n"), std::string::npos);
  EXPECT_EQ(plan.commands[0], (Paths{"systemctl", "restart", "systemd-resolved"}));
}

TEST(Plan, ResolvedWithoutItsStubGivesUpTheFileAlso) {
  HostPicture host = linked("/run/systemd/resolve/resolv.conf", "/run/systemd/resolve/resolv.conf");
  host.resolved = true;
  EXPECT_EQ(paths(planned(host)),
            (Paths{"/etc/systemd/resolved.conf.d/zz-holdfast.conf", kPutAside, kResolvConf}));
}

TEST(Plan, ALinkToAStubThatDoesNotRunIsReplaced) {
  EXPECT_EQ(paths(planned(linked("../run/systemd/resolve/stub-resolv.conf",
                                 "/run/systemd/resolve/stub-resolv.conf"))),
            (Paths{kPutAside, kResolvConf}));
}

TEST(Plan, NetworkManagerIsToldBeforeTheFileIsWritten) {
  HostPicture host = plain();
  host.network_manager = true;
  const Plan plan = planned(host);
  EXPECT_EQ(paths(plan),
            (Paths{"/etc/NetworkManager/conf.d/90-holdfast.conf", kPutAside, kResolvConf}));
  EXPECT_EQ(plan.commands[0], (Paths{"systemctl", "reload", "NetworkManager"}));
}

TEST(Plan, NetworkManagerBehindTheStubIsLeftAlone) {
  HostPicture host =
      linked("../run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve/stub-resolv.conf");
  host.resolved = host.network_manager = true;
  EXPECT_EQ(paths(planned(host)),
            (Paths{kPutAside, "/etc/systemd/resolved.conf.d/zz-holdfast.conf"}));
}

TEST(Plan, ResolvconfLosesItsLink) {
  const Plan plan = planned(linked("/run/resolvconf/resolv.conf", "/run/resolvconf/resolv.conf"));
  EXPECT_EQ(paths(plan), (Paths{kPutAside, kResolvConf}));
  EXPECT_EQ(plan.managers, Paths{"resolvconf"});
}

TEST(Plan, OpenresolvKeepsWhatItsFileSaid) {
  HostPicture host = plain();
  host.openresolv = true;
  host.openresolv_conf = "resolv_conf=/etc/resolv.conf";
  const Plan plan = planned(host);
  ASSERT_EQ(paths(plan), (Paths{kPutAside, "/etc/resolvconf.conf"}));
  EXPECT_EQ(plan.commands[0], (Paths{"resolvconf", "-u"}));
  EXPECT_EQ(plan.resolv_nameserver, "127.0.0.1");
  EXPECT_EQ(plan.changes[1].part, Part::marked_lines);
  EXPECT_TRUE(plan.changes[1].after.text.ends_with(kOursEnd));
  EXPECT_TRUE(plan.changes[1].after.text.starts_with("resolv_conf=/etc/resolv.conf\n#"));
  EXPECT_NE(plan.changes[1].after.text.find("name_servers=\"127.0.0.1\"\n"), std::string::npos);
}

TEST(Plan, DhcpcdIsToldBeforeAnythingOfItsFile) {
  HostPicture host = plain();
  host.dhcpcd = true;
  host.dhcpcd_conf = "hostname\ninterface eth0\nstatic routers=10.0.0.1\n";
  const Plan plan = planned(host);
  ASSERT_EQ(paths(plan), (Paths{"/etc/dhcpcd.conf", kPutAside, kResolvConf}));
  EXPECT_EQ(plan.changes[0].part, Part::first_lines);
  EXPECT_EQ(plan.changes[0].after.text, "# Written by holdfastctl takeover\nnohook resolv.conf\n" +
                                            std::string(kOursEnd) + host.dhcpcd_conf);
  EXPECT_TRUE(plan.commands.empty()) << "it does not run";
  host.dhcpcd_runs = true;
  EXPECT_EQ(planned(host).commands, (std::vector<Paths>{{"dhcpcd", "--rebind"}}));
}

TEST(Plan, EveryoneWithAHandInItIsTold) {
  HostPicture host = plain();
  host.dhclient_hooks = host.cloud_init = true;
  EXPECT_EQ(paths(planned(host)),
            (Paths{"/etc/dhcp/dhclient-enter-hooks.d/holdfast",
                   "/etc/cloud/cloud.cfg.d/99-holdfast.cfg", kPutAside, kResolvConf}));
  EXPECT_EQ(planned(host).managers, (Paths{"dhclient", "cloud-init"}));
}

TEST(Plan, WhatCannotBeDoneIsSaidBeforeAnythingIsTouched) {
  HostPicture host = plain();
  host.resolv_immutable = true;
  EXPECT_NE(refused(host).find("chattr -i"), std::string::npos);
  host = plain();
  host.etc_read_only = true;
  EXPECT_NE(refused(host).find("read-only"), std::string::npos);
  host = plain();
  host.resolv_fault = "its links lead round in a circle";
  EXPECT_NE(refused(host).find("circle"), std::string::npos);
  host = plain();
  host.resolv_conf.kind = FileKind::other;
  EXPECT_NE(refused(host).find("neither"), std::string::npos);
}

TEST(Plan, WithoutADaemonThereNothingIsTakenOver) {
  HostPicture host = plain();
  host.listeners = {"127.0.0.1:5300"};
  EXPECT_NE(refused(host).find("does not listen on 127.0.0.1"), std::string::npos);
  host.listeners = {"0.0.0.0:53"};
  EXPECT_EQ(refused(host), "");
  Wishes wishes;
  wishes.container_address = "fd00::1";
  EXPECT_NE(refused(host, wishes), "");
  host.listeners.emplace_back("[::]:53");
  EXPECT_EQ(refused(host, wishes), "");
  host.listeners.erase(host.listeners.begin());
  EXPECT_NE(refused(host), "") << "of IPv6 only";
}

TEST(Plan, ContainersNeedAnAddressThatTheyReach) {
  HostPicture host = plain();
  host.runtimes = {Runtime::docker, Runtime::podman, Runtime::kubelet};
  host.docker_with_dns = "{\"dns\":[\"172.17.0.1\"]}";
  EXPECT_NE(refused(host).find("--container-address"), std::string::npos);
  Wishes wishes;
  wishes.container_address = "172.17.0.1";
  EXPECT_NE(refused(host, wishes).find("does not listen on 172.17.0.1"), std::string::npos);
  host.listeners.emplace_back("172.17.0.1:53");
  const Plan plan = planned(host, wishes);
  EXPECT_EQ(paths(plan), (Paths{kPutAside, kResolvConf, "/etc/docker/daemon.json",
                                "/etc/containers/containers.conf.d/90-holdfast.conf"}));
  EXPECT_EQ(plan.notes.size(), 2U);
  host.runtimes.push_back(Runtime::libvirt);
  EXPECT_EQ(planned(host, wishes).notes.size(), 3U);
  host.docker_with_dns.clear();
  EXPECT_NE(refused(host, wishes).find("daemon.json is no JSON"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::host
