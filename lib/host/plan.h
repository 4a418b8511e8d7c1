// Deciding how a host's name resolution is taken over: who manages /etc/resolv.conf, and the least
// that must change so that names are resolved by us and stay so. A pure function of a picture;
// carrying it out and back is daemon/ctl/takeover.h.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "host/picture.h"

namespace holdfast::host {

inline constexpr const char* kResolvConf = "/etc/resolv.conf";
/// Where it leads when programs ask systemd-resolved's own listener.
inline constexpr const char* kStub = "/run/systemd/resolve/stub-resolv.conf";
/// Whom the host asked before, for upstreams that are "auto" (net/host_resolvers.cc).
inline constexpr const char* kPutAside = "/var/lib/holdfast-takeover/resolv.conf";

/// What has systemd give holdfastd a listener more.
inline constexpr const char* kListenerDropIn =
    "/etc/systemd/system/holdfast.service.d/90-takeover.conf";
/// Beside the daemon's configuration: whom it admits there.
inline constexpr const char* kAdmitFile = "conf.d/90-takeover.json";

struct Wishes {
  std::string nameserver = "127.0.0.1";
  bool trust_ad = false;                               // an upstream of ours has `trust_ad`
  std::string container_address;                       // where containers can ask us; "": nowhere
  std::vector<IpPrefix> container_networks;            // theirs; none: those of the bridges
  std::string config = "/etc/holdfast/holdfast.json";  // the daemon's; conf.d is beside it
  std::vector<std::string> reload;  // the command that has the daemon take its configuration anew
};

/// What of a file is ours: all of it; in a JSON object its key "dns"; the lines from kOurs to
/// kOursEnd (resolv_conf.h), at the end of the file or before all others.
enum class Part : std::uint8_t { whole, dns_key, marked_lines, first_lines };

/// A file that becomes other than it is.
struct Change {
  std::string path;
  FileState after;
  std::string why;  // one line for people
  Part part = Part::whole;
};

/// What is changed, in this order; then the commands let those who read it know. Undoing restores
/// the files in the reverse order and runs `undo_commands` and then the same commands.
struct Plan {
  std::vector<std::string> managers;  // who has a hand in it, for people
  std::vector<Change> changes;
  std::vector<std::vector<std::string>> commands;
  std::vector<std::vector<std::string>> undo_commands;
  std::vector<IpPrefix> container_networks;  // those that are admitted
  std::vector<std::string> notes;            // what is left to the operator
  bool keeps_resolv_conf = false;            // it stays as it is: somebody asks us in its name
  std::string resolv_nameserver;             // then the only one that it must name; "": any

  /// Adds a change: the file has this text.
  void write(std::string path, std::string text, std::string why, Part part = Part::whole);
};

/// Why nothing may be done, and what to do about it, in one line.
struct Refusal {
  std::string why;
};

/// Why /etc/resolv.conf cannot be written, and what to do about it, in one line; "" if it can.
[[nodiscard]] std::string fault_of_resolv_conf(const HostPicture& host);

[[nodiscard]] std::variant<Plan, Refusal> plan_takeover(const HostPicture& host,
                                                        const Wishes& wishes);

}  // namespace holdfast::host
