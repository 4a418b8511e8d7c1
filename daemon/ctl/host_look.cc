#include "daemon/ctl/host_look.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <ifaddrs.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <optional>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "daemon/ctl/file_state.h"
#include "daemon/ctl/run_command.h"
#include "host/plan.h"
#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

namespace fs = std::filesystem;
using host::FileKind;
using host::HostPicture;
using host::Runtime;

constexpr std::size_t kMostBridges = 64;

bool exists(const char* path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// Does it run, or will it? While the host boots it may be still to come.
bool is_in_use(const std::string& unit) {
  return exists("/run/systemd/system") &&
         (run_command({"systemctl", "is-active", "--quiet", unit}) ||
          run_command({"systemctl", "is-enabled", "--quiet", unit}));
}

bool is_immutable(const char* path) {
  const OwnedFd fd(::open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  int flags = 0;
  return fd && ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0 &&
         (static_cast<unsigned>(flags) & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0;
}

bool is_read_only(const char* path) {
  struct statvfs status {};

  return ::statvfs(path, &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

/// Where the links end, and what is there.
void follow_links(HostPicture& picture) {
  std::error_code error;
  const fs::path end = fs::weakly_canonical(host::kResolvConf, error);
  if (error) {
    picture.resolv_fault = error == std::errc::too_many_symbolic_link_levels
                               ? "its links lead round in a circle"
                               : error.message();
    return;
  }
  if (picture.resolv_conf.kind == FileKind::link) picture.resolv_end = end.string();
  const auto there = read_state(end.string());
  if (there.kind == FileKind::file) picture.resolv_text = there.text;
  // The stub's file names itself; whom it asks is beside it.
  const auto upstream = end == host::kStub ? read_state("/run/systemd/resolve/resolv.conf") : there;
  if (upstream.kind == FileKind::file) picture.upstream_text = upstream.text;
}

/// The file is no proof: it outlives the package. Others have a program of this name, too (Debian's
/// resolvconf, systemd-resolved); openresolv's is a script that says its name.
bool has_openresolv() {
  for (const char* program : {"/sbin/resolvconf", "/usr/sbin/resolvconf"}) {
    std::error_code error;
    const auto script = read_state(fs::canonical(program, error).string());
    if (!error && script.text.find("openresolv") != std::string::npos) return true;
  }
  return false;
}

std::vector<Runtime> runtimes() {
  std::vector<Runtime> found;
  const auto add = [&found](Runtime runtime, std::initializer_list<const char*> signs) {
    for (const char* sign : signs) {
      if (exists(sign)) return found.push_back(runtime);
    }
  };
  add(Runtime::docker, {"/usr/bin/dockerd", "/usr/sbin/dockerd", "/run/docker.sock"});
  add(Runtime::podman, {"/usr/bin/podman"});
  add(Runtime::libvirt, {"/usr/sbin/libvirtd", "/usr/sbin/virtnetworkd"});
  add(Runtime::kubelet, {"/usr/bin/kubelet", "/var/lib/kubelet"});
  return found;
}

/// A bridge that a network card is in is the way to others.
bool leads_to_containers_alone(const std::string& interface) {
  const fs::path folder = fs::path("/sys/class/net") / interface;
  std::error_code error;
  if (!fs::exists(folder / "bridge", error)) return false;
  for (fs::directory_iterator at(folder / "brif", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (fs::exists(fs::path("/sys/class/net") / at->path().filename() / "device", ignored)) {
      return false;
    }
  }
  return !error;
}

/// The network that the interface's address is in; nullopt: none that others would ask from.
std::optional<IpPrefix> network_of(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return std::nullopt;
  IpPrefix network;
  std::array<std::uint8_t, 16> mask{};
  if (entry.ifa_addr->sa_family == AF_INET) {
    sockaddr_in address{}, bits{};
    std::memcpy(&address, entry.ifa_addr, sizeof address);
    std::memcpy(&bits, entry.ifa_netmask, sizeof bits);
    std::memcpy(network.address.bytes.data(), &address.sin_addr, sizeof address.sin_addr);
    std::memcpy(mask.data(), &bits.sin_addr, sizeof bits.sin_addr);
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    sockaddr_in6 address{}, bits{};
    std::memcpy(&address, entry.ifa_addr, sizeof address);
    std::memcpy(&bits, entry.ifa_netmask, sizeof bits);
    if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) return std::nullopt;
    network.address.family = IpAddress::Family::v6;
    std::memcpy(network.address.bytes.data(), &address.sin6_addr, sizeof address.sin6_addr);
    std::memcpy(mask.data(), &bits.sin6_addr, sizeof bits.sin6_addr);
  } else {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < mask.size(); ++i) {
    network.address.bytes.at(i) &= mask.at(i);
    network.length = static_cast<std::uint8_t>(network.length + std::popcount(mask.at(i)));
  }
  return network.length == 0 ? std::nullopt : std::optional(network);
}

std::vector<IpPrefix> bridges() {
  std::vector<IpPrefix> found;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (found.size() == kMostBridges || !leads_to_containers_alone(entry->ifa_name)) continue;
    const auto network = network_of(*entry);
    if (network && std::ranges::find(found, *network) == found.end()) found.push_back(*network);
  }
  ::freeifaddrs(list);
  return found;
}

/// What /etc/docker/daemon.json would be; "": what is there is no JSON object.
std::string docker_with(const std::string& address) {
  const auto file = read_state("/etc/docker/daemon.json");
  auto value = file.kind == FileKind::absent
                   ? nlohmann::ordered_json::object()
                   : nlohmann::ordered_json::parse(file.text, nullptr, false);
  if (!value.is_object()) return {};
  value["dns"] = nlohmann::ordered_json::array({address});
  return value.dump(2) + "\n";
}

}  // namespace

HostPicture look_at_host(std::vector<std::string> listeners, const std::string& container_address) {
  HostPicture picture;
  picture.listeners = std::move(listeners);
  picture.resolv_conf = read_state(host::kResolvConf);
  follow_links(picture);
  picture.resolv_immutable = is_immutable(host::kResolvConf);
  picture.etc_read_only = is_read_only("/etc");
  picture.resolved = is_in_use("systemd-resolved");
  picture.network_manager = is_in_use("NetworkManager");
  const auto openresolv = read_state("/etc/resolvconf.conf");
  picture.openresolv = openresolv.kind == FileKind::file && has_openresolv();
  picture.openresolv_conf = openresolv.text;
  picture.dhclient_hooks = exists("/etc/dhcp/dhclient-enter-hooks.d");
  picture.cloud_init = exists("/etc/cloud/cloud.cfg.d");
  const auto dhcpcd = read_state("/etc/dhcpcd.conf");
  picture.dhcpcd =
      dhcpcd.kind == FileKind::file && (exists("/usr/sbin/dhcpcd") || exists("/sbin/dhcpcd"));
  picture.dhcpcd_runs = exists("/run/dhcpcd/pid") || exists("/run/dhcpcd.pid");
  picture.dhcpcd_conf = dhcpcd.text;
  picture.runtimes = runtimes();
  if (container_address.empty()) return picture;
  picture.docker_with_dns = docker_with(container_address);
  picture.bridges = bridges();
  picture.by_systemd = exists("/run/systemd/system") &&
                       run_command({"systemctl", "is-active", "--quiet", "holdfast.service"});
  return picture;
}

std::string resolv_conf_in_use() {
  std::error_code error;
  const auto end = fs::canonical(host::kResolvConf, error);
  return error ? std::string() : read_state(end.string()).text;
}

}  // namespace holdfast::ctl
