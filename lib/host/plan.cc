#include "host/plan.h"

#include "host/containers.h"
#include "host/resolv_conf.h"

namespace holdfast::host {
namespace {

/// What must be so before anything is touched; "" if it is.
std::string obstacle(const HostPicture& host, const Wishes& wishes) {
  if (std::string fault = fault_of_resolv_conf(host); !fault.empty()) return fault;
  if (!listens(host.listeners, wishes.nameserver)) {
    return "holdfastd does not listen on " + wishes.nameserver +
           " port 53: see `holdfastctl status`, `systemctl status holdfast.socket` and `listen`";
  }
  return fault_of_containers(host, wishes);
}

/// What it says now is lost for upstreams that are "auto", once we are the only one asked.
void put_aside(Plan& plan, const HostPicture& host) {
  if (host.upstream_text.empty() || is_ours(host.upstream_text)) return;
  plan.write(kPutAside, host.upstream_text,
             "whom this host asked, for upstreams that are \"auto\"");
}

void plan_network_manager(Plan& plan) {
  plan.managers.emplace_back("NetworkManager");
  plan.write("/etc/NetworkManager/conf.d/90-holdfast.conf",
             "# Written by holdfastctl takeover\n[main]\ndns=none\nrc-manager=unmanaged\n",
             "NetworkManager leaves resolv.conf alone");
  plan.commands.push_back({"systemctl", "reload", "NetworkManager"});
}

/// It keeps its own file in /run, and takes servers that are loopback to be the only ones wanted.
void plan_openresolv(Plan& plan, const HostPicture& host, const Wishes& wishes) {
  plan.managers.emplace_back("openresolv");
  put_aside(plan, host);
  std::string text = host.openresolv_conf;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += "# Written by holdfastctl takeover\nname_servers=\"" + wishes.nameserver +
          "\"\nresolv_conf_local_only=YES\n" + std::string(kOursEnd);
  plan.write("/etc/resolvconf.conf", std::move(text), "openresolv writes our address only",
             Part::marked_lines);
  plan.commands.push_back({"resolvconf", "-u"});
  plan.keeps_resolv_conf = true;
  plan.resolv_nameserver = wishes.nameserver;
}

void plan_dhclient(Plan& plan) {
  plan.managers.emplace_back("dhclient");
  plan.write("/etc/dhcp/dhclient-enter-hooks.d/holdfast",
             "# Written by holdfastctl takeover\nmake_resolv_conf() { :; }\n",
             "dhclient leaves resolv.conf alone");
}

/// Before all others: what follows an `interface` is about that one only (dhcpcd.conf(5)).
void plan_dhcpcd(Plan& plan, const HostPicture& host) {
  plan.managers.emplace_back("dhcpcd");
  plan.write("/etc/dhcpcd.conf",
             "# Written by holdfastctl takeover\nnohook resolv.conf\n" + std::string(kOursEnd) +
                 host.dhcpcd_conf,
             "dhcpcd leaves resolv.conf alone", Part::first_lines);
  if (host.dhcpcd_runs) plan.commands.push_back({"dhcpcd", "--rebind"});
}

void plan_cloud_init(Plan& plan) {
  plan.managers.emplace_back("cloud-init");
  plan.write("/etc/cloud/cloud.cfg.d/99-holdfast.cfg",
             "# Written by holdfastctl takeover\nmanage_resolv_conf: false\n",
             "cloud-init leaves resolv.conf alone");
}

/// It asks us for everything that no link has a routing domain for, so VPNs keep theirs. Servers
/// add up over all files, in the order of their names: ours is the last and begins with an empty
/// `DNS=`, which forgets those before it (resolved.conf(5)).
void plan_resolved(Plan& plan, const HostPicture& host, const Wishes& wishes) {
  const bool stub = host.resolv_end == kStub;
  plan.managers.emplace_back(stub ? "systemd-resolved (stub)" : "systemd-resolved");
  if (stub) put_aside(plan, host);
  plan.write("/etc/systemd/resolved.conf.d/zz-holdfast.conf",
             "# Written by holdfastctl takeover\n[Resolve]\nDNS=\nDNS=" + wishes.nameserver +
                 "\nFallbackDNS=\nDomains=~.\nDNSSEC=no\nDNSOverTLS=no\n",
             "systemd-resolved asks us; the routing domains of links (VPNs) stay theirs");
  plan.commands.push_back({"systemctl", "restart", "systemd-resolved"});
  plan.keeps_resolv_conf = stub;
}

void plan_resolv_conf(Plan& plan, const HostPicture& host, const Wishes& wishes) {
  if (host.resolv_conf.kind == FileKind::link &&
      host.resolv_end.find("resolvconf") != std::string::npos) {
    plan.managers.emplace_back("resolvconf");  // it touches nothing but its link
  }
  if (plan.managers.empty()) plan.managers.emplace_back("nobody: a plain file");
  put_aside(plan, host);
  plan.write(kResolvConf, our_resolv_conf(host.resolv_text, wishes.nameserver, wishes.trust_ad),
             host.resolv_conf.kind == FileKind::link ? "programs ask us; the link becomes a file"
                                                     : "programs ask us");
}

}  // namespace

void Plan::write(std::string path, std::string text, std::string why, Part part) {
  FileState after;
  after.kind = FileKind::file;
  after.text = std::move(text);
  changes.push_back({std::move(path), std::move(after), std::move(why), part});
}

std::string fault_of_resolv_conf(const HostPicture& host) {
  const std::string path = kResolvConf;
  if (!host.resolv_fault.empty()) {
    return path + " cannot be read: " + host.resolv_fault + "; put that right first";
  }
  if (host.etc_read_only) return "/etc is read-only: " + path + " cannot be changed";
  if (host.resolv_immutable) {
    return path + " is immutable: somebody wants it as it is; `chattr -i " + path + "` ends that";
  }
  if (host.resolv_conf.kind == FileKind::other) return path + " is neither a file nor a link";
  return {};
}

std::variant<Plan, Refusal> plan_takeover(const HostPicture& host, const Wishes& wishes) {
  if (std::string why = obstacle(host, wishes); !why.empty()) return Refusal{std::move(why)};
  Plan plan;
  if (host.resolved) plan_resolved(plan, host, wishes);
  if (!plan.keeps_resolv_conf && host.openresolv) plan_openresolv(plan, host, wishes);
  if (!plan.keeps_resolv_conf) {
    if (host.network_manager) plan_network_manager(plan);
    if (host.dhclient_hooks) plan_dhclient(plan);
    if (host.dhcpcd) plan_dhcpcd(plan, host);
    if (host.cloud_init) plan_cloud_init(plan);
    plan_resolv_conf(plan, host, wishes);
  }
  if (!wishes.container_address.empty()) plan_containers(plan, host, wishes);
  return plan;
}

}  // namespace holdfast::host
