#include "host/containers.h"

#include <gtest/gtest.h>

namespace holdfast::host {
namespace {

using Paths = std::vector<std::string>;

IpPrefix network(const char* text) {
  return parse_prefix(text).value();
}

/// Containers of podman behind a bridge, and holdfastd run by systemd.
HostPicture with_podman() {
  HostPicture host;
  host.resolv_conf.kind = FileKind::file;
  host.resolv_conf.text = host.resolv_text = host.upstream_text = "nameserver 10.0.0.2\n";
  host.listeners = {"127.0.0.1:53"};
  host.runtimes = {Runtime::podman};
  host.bridges = {network("10.88.0.0/16"), network("fd00:88::/64")};
  host.by_systemd = true;
  return host;
}

Wishes at(const char* address) {
  Wishes wishes;
  wishes.container_address = address;
  wishes.reload = {"holdfastctl", "reload"};
  return wishes;
}

Plan planned(const HostPicture& host, const Wishes& wishes) {
  const auto plan = plan_takeover(host, wishes);
  if (const auto* refusal = std::get_if<Refusal>(&plan)) {
    ADD_FAILURE() << refusal->why;
    return {};
  }
  return std::get<Plan>(plan);
}

std::string refused(const HostPicture& host, const Wishes& wishes) {
  const auto plan = plan_takeover(host, wishes);
  const auto* refusal = std::get_if<Refusal>(&plan);
  return refusal == nullptr ? "" : refusal->why;
}

std::string text_of(const Plan& plan, const std::string& path) {
  for (const Change& change : plan.changes) {
    if (change.path == path) return change.after.text;
  }
  return "(not written)";
}

TEST(Containers, SystemdGivesUsAListenerAndTheirNetworksAreAdmitted) {
  const Plan plan = planned(with_podman(), at("10.88.0.1"));
  EXPECT_EQ(text_of(plan, kListenerDropIn),
            "# Written by holdfastctl takeover\n[Service]\n"
            "Sockets=holdfast-listen@10.88.0.1.socket\n");
  EXPECT_EQ(text_of(plan, "/etc/holdfast/conf.d/90-takeover.json"),
            "{\"admit\": {\"takeover\": [\"10.88.0.0/16\", \"fd00:88::/64\"]}}\n");
  EXPECT_NE(text_of(plan, "/etc/containers/containers.conf.d/90-holdfast.conf").find("10.88.0.1"),
            std::string::npos);
  EXPECT_EQ(
      plan.commands,
      (std::vector<Paths>{{"systemctl", "daemon-reload"},
                          {"systemctl", "--job-mode=fail", "try-restart", "holdfast.service"}}));
  EXPECT_EQ(plan.undo_commands, (std::vector<Paths>{{"systemctl", "--no-block", "stop",
                                                     "holdfast-listen@10.88.0.1.socket"}}));
  EXPECT_EQ(plan.container_networks, with_podman().bridges);
}

TEST(Containers, AnAddressOfIPv6HasAUnitOfItsOwn) {
  const Plan plan = planned(with_podman(), at("fd00:88::1"));
  EXPECT_NE(text_of(plan, kListenerDropIn).find("=holdfast-listen-ipv6@fd00:88::1.socket\n"),
            std::string::npos);
}

TEST(Containers, WhereWeListenAlreadyOnlyTheirNetworksAreAdmitted) {
  HostPicture host = with_podman();
  host.by_systemd = false;
  host.listeners.emplace_back("0.0.0.0:53");
  const Plan plan = planned(host, at("10.88.0.1"));
  EXPECT_EQ(text_of(plan, kListenerDropIn), "(not written)");
  EXPECT_NE(text_of(plan, "/etc/holdfast/conf.d/90-takeover.json"), "(not written)");
  EXPECT_EQ(plan.commands, (std::vector<Paths>{{"holdfastctl", "reload"}}));
  EXPECT_TRUE(plan.undo_commands.empty());
  host.bridges.clear();
  EXPECT_TRUE(planned(host, at("10.88.0.1")).commands.empty()) << "somebody else admits them";
}

TEST(Containers, NetworksThatAreNamedTakeThePlaceOfThoseFound) {
  Wishes wishes = at("10.88.0.1");
  wishes.container_networks = {network("172.16.0.0/12")};
  wishes.config = "/srv/dns/main.json";
  const Plan plan = planned(with_podman(), wishes);
  EXPECT_EQ(text_of(plan, "/srv/dns/conf.d/90-takeover.json"),
            "{\"admit\": {\"takeover\": [\"172.16.0.0/12\"]}}\n");
}

TEST(Containers, WhatIsMissingIsSaid) {
  HostPicture host = with_podman();
  EXPECT_NE(refused(host, Wishes()).find("podman found"), std::string::npos);
  host.bridges.clear();
  EXPECT_NE(refused(host, at("10.88.0.1")).find("--container-network"), std::string::npos);
  host.by_systemd = false;
  EXPECT_NE(refused(host, at("10.88.0.1")).find("does not listen on 10.88.0.1"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::host
