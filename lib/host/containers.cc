#include "host/containers.h"

#include <algorithm>

namespace holdfast::host {
namespace {

const char* to_string(Runtime runtime) {
  switch (runtime) {
    case Runtime::docker:
      return "dockerd";
    case Runtime::podman:
      return "podman";
    case Runtime::libvirt:
      return "libvirt";
    case Runtime::kubelet:
      return "kubelet";
  }
  return "?";
}

bool has(const HostPicture& host, Runtime runtime) {
  return std::ranges::find(host.runtimes, runtime) != host.runtimes.end();
}

std::string runtimes_refusal(const HostPicture& host) {
  std::string names;
  for (const Runtime runtime : host.runtimes)
    names += (names.empty() ? "" : ", ") + std::string(to_string(runtime));
  return names +
         " found: containers and virtual machines that inherit this host's resolv.conf would ask "
         "127.0.0.1, which is themselves, or go to a public resolver instead; name an address of "
         "this host that they reach, such as their bridge's: --container-address ADDR";
}

const std::vector<IpPrefix>& networks(const HostPicture& host, const Wishes& wishes) {
  return wishes.container_networks.empty() ? host.bridges : wishes.container_networks;
}

std::string quoted_list(const std::vector<IpPrefix>& networks) {
  std::string list;
  for (const IpPrefix& network : networks)
    list += (list.empty() ? "\"" : ", \"") + network.to_string() + '"';
  return list;
}

/// A socket of systemd's, as port 53 of loopback is one: open while the daemon is restarted.
void plan_listener(Plan& plan, const std::string& address) {
  const bool ipv6 = address.find(':') != std::string::npos;
  const std::string unit =
      (ipv6 ? "holdfast-listen-ipv6@" : "holdfast-listen@") + address + ".socket";
  plan.write(kListenerDropIn,
             "# Written by holdfastctl takeover\n[Service]\nSockets=" + unit + "\n",
             "holdfastd listens on " + address + ", too");
  // What an operator has just begun (a stop, which gives back) is not turned round by this.
  plan.commands.push_back({"systemctl", "daemon-reload"});
  plan.commands.push_back({"systemctl", "--job-mode=fail", "try-restart", "holdfast.service"});
  // Nor waited for: it ends when the daemon has been restarted without it.
  plan.undo_commands.push_back({"systemctl", "--no-block", "stop", unit});
}

void plan_admission(Plan& plan, const HostPicture& host, const Wishes& wishes) {
  plan.container_networks = networks(host, wishes);
  if (plan.container_networks.empty()) return;
  const std::string list = quoted_list(plan.container_networks);
  const std::string folder = wishes.config.substr(0, wishes.config.rfind('/') + 1);
  plan.write(folder + kAdmitFile, "{\"admit\": {\"takeover\": [" + list + "]}}\n",
             "holdfastd answers whoever asks from " + list);
}

void plan_runtimes(Plan& plan, const HostPicture& host, const std::string& address) {
  if (has(host, Runtime::docker)) {
    plan.write("/etc/docker/daemon.json", host.docker_with_dns,
               "dockerd gives new containers our address", Part::dns_key);
    plan.notes.emplace_back(
        "containers that run keep their name servers; dockerd takes its file "
        "at its next start: `systemctl restart docker` when it suits you");
  }
  if (has(host, Runtime::podman)) {
    plan.write(
        "/etc/containers/containers.conf.d/90-holdfast.conf",
        "# Written by holdfastctl takeover\n[containers]\ndns_servers = [\"" + address + "\"]\n",
        "podman gives new containers our address");
  }
  if (has(host, Runtime::libvirt)) {
    plan.notes.emplace_back(
        "libvirt: the dnsmasq of its networks asks whom this host asks; "
        "guests that are bridged to another network ask whom that one names");
  }
  if (has(host, Runtime::kubelet)) {
    plan.notes.emplace_back("kubelet: name a file with `nameserver " + address +
                            "` as resolvConf in its configuration");
  }
}

}  // namespace

bool listens(const std::vector<std::string>& listeners, const std::string& address) {
  const bool ipv6 = address.find(':') != std::string::npos;
  const auto wanted = {ipv6 ? "[" + address + "]:53" : address + ":53",
                       std::string(ipv6 ? "[::]:53" : "0.0.0.0:53")};
  return std::ranges::any_of(wanted, [&listeners](const std::string& listener) {
    return std::ranges::find(listeners, listener) != listeners.end();
  });
}

std::string fault_of_containers(const HostPicture& host, const Wishes& wishes) {
  const std::string& address = wishes.container_address;
  if (address.empty()) return host.runtimes.empty() ? "" : runtimes_refusal(host);
  if (has(host, Runtime::docker) && host.docker_with_dns.empty()) {
    return "/etc/docker/daemon.json is no JSON object: put that right first";
  }
  if (listens(host.listeners, address)) return {};
  if (!host.by_systemd) {
    return "holdfastd does not listen on " + address +
           " port 53, and is not systemd's (holdfast.service) to be given a socket there: see "
           "`holdfastctl status` and `listen`";
  }
  if (networks(host, wishes).empty()) {
    return "no bridge of containers has an address here that says from where they ask " + address +
           ": name their networks, such as --container-network 172.17.0.0/16";
  }
  return {};
}

void plan_containers(Plan& plan, const HostPicture& host, const Wishes& wishes) {
  plan_runtimes(plan, host, wishes.container_address);
  plan_admission(plan, host, wishes);
  if (!listens(host.listeners, wishes.container_address)) {
    plan_listener(plan, wishes.container_address);
  } else if (!plan.container_networks.empty()) {
    plan.commands.push_back(wishes.reload);
  }
}

}  // namespace holdfast::host
