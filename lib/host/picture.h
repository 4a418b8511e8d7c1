// HostPicture: all that deciding how to take a host's name resolution over needs to know of it.
// Whoever looks fills it in (daemon/ctl/host_look.h); tests write it down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/endpoint.h"

namespace holdfast::host {

enum class FileKind : std::uint8_t { absent, file, link, other };

/// What is at a path, links not followed.
struct FileState {
  FileKind kind = FileKind::absent;
  std::string text;  // a file's contents; where a link points
  unsigned mode = 0644;
  unsigned uid = 0, gid = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// What containers of this host take their name servers from.
enum class Runtime : std::uint8_t { docker, podman, libvirt, kubelet };

struct HostPicture {
  FileState resolv_conf;      // /etc/resolv.conf
  std::string resolv_end;     // where its links end, "" if it is none
  std::string resolv_text;    // what programs read there now
  std::string upstream_text;  // whom this host asks in the end, as a resolv.conf
  std::string resolv_fault;   // why they cannot, e.g. links in a circle
  bool resolv_immutable = false;
  bool etc_read_only = false;

  bool resolved = false;         // systemd-resolved runs, or is to with each boot
  bool network_manager = false;  // the same
  bool openresolv = false;       // its resolvconf is there, and /etc/resolvconf.conf
  std::string openresolv_conf;   // what that says
  bool dhclient_hooks = false;   // isc-dhcp-client is installed
  bool cloud_init = false;       // it is installed
  bool dhcpcd = false;           // it is installed, and so is /etc/dhcpcd.conf
  bool dhcpcd_runs = false;
  std::string dhcpcd_conf;  // what that says

  std::vector<Runtime> runtimes;
  // /etc/docker/daemon.json with the container address in it; "" if what is there is no JSON object
  std::string docker_with_dns;
  std::vector<IpPrefix> bridges;       // networks of bridges that lead to containers alone
  std::vector<std::string> listeners;  // of holdfastd, "ADDRESS:PORT"; none: it cannot be asked
  bool by_systemd = false;             // holdfast.service runs: it can be given another listener
};

}  // namespace holdfast::host
