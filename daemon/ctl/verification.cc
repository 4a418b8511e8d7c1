#include "daemon/ctl/verification.h"

#include <algorithm>
#include <array>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "control/request.h"
#include "daemon/ctl/client.h"
#include "daemon/ctl/held_signals.h"
#include "daemon/ctl/run_command.h"
#include "dns/message_view.h"
#include "dns/reply_builder.h"
#include "host/containers.h"
#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

using nlohmann::json;

// Names of several providers: that all of them are gone is less likely than that we cannot resolve.
const std::vector<std::string> kWellKnown{"one.one.one.one", "dns.google", "dns.quad9.net"};
constexpr int kPause = 100;  // ms, between looks at the daemon
constexpr int kLooks = 20;
constexpr int kPatience = 5'000;            // ms: longer than the daemon takes at most
constexpr const char* kHere = "localhost";  // answered by the daemon itself

/// The daemon's reply; an empty object if there is none, or it says that it failed.
json command(const std::string& socket, const Request& request) {
  const auto line = ask(socket, print_request(request));
  auto reply = line ? json::parse(*line, nullptr, false) : json();
  return reply.is_object() && reply.value("ok", false) ? reply : json::object();
}

/// Programs of this host ask for a name that only they were told of; does it arrive?
bool programs_ask(const std::string& socket) {
  Request request;
  request.command = Command::sign;
  const auto name = dns::Name::parse(command(socket, request).value("name", std::string()));
  if (!name || name->is_root()) return false;
  request.question.name = *name;
  // With the dot no search domain follows it. It is nowhere: that it is not found is right. Of any
  // family: with ahostsv4 nothing is asked where no interface has an IPv4 address.
  (void)run_command({"getent", "ahosts", name->to_string()});
  for (int look = 0; look < kLooks; ++look) {
    if (command(socket, request).value("arrived", false)) return true;
    (void)::poll(nullptr, 0, kPause);
  }
  return false;
}

/// A socket that speaks with port 53 of the address alone, and hears what it refuses.
OwnedFd connect_to(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(address.c_str(), "53", &hints, &list) != 0) return OwnedFd();
  OwnedFd fd(::socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const bool connected = fd && ::connect(fd.get(), list->ai_addr, list->ai_addrlen) == 0;
  ::freeaddrinfo(list);
  return connected ? std::move(fd) : OwnedFd();
}

struct Answer {
  dns::Rcode rcode = dns::Rcode::noerror;
  bool has_address = false;
};

/// nullopt: none came.
std::optional<Answer> ask_directly(const std::string& server, const dns::Name& name,
                                   dns::RrType type) {
  const OwnedFd fd = connect_to(server);
  std::array<std::uint8_t, 4096> buffer{};
  const auto query = dns::write_query({name, type}, {}, buffer);
  if (!fd || ::send(fd.get(), query.data(), query.size(), 0) < 0) return std::nullopt;
  pollfd readable{fd.get(), POLLIN, 0};
  if (::poll(&readable, 1, kPatience) != 1) return std::nullopt;
  const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return std::nullopt;
  const auto reply = dns::MessageView::parse({buffer.data(), static_cast<std::size_t>(size)});
  if (!reply.ok()) return std::nullopt;
  Answer answer{.rcode = reply.rcode()};
  reply.for_each([&](const dns::Record& record) {
    answer.has_address = record.section == dns::Section::answer && record.type == type;
    return !answer.has_address;
  });
  return answer;
}

/// As programs do: the name as it is; if it is nowhere, with the search domains.
bool finds_directly(const std::string& server, const std::string& text,
                    const std::vector<std::string>& search) {
  const auto name = dns::Name::parse(text);
  if (!name) return false;
  for (const dns::RrType type : {dns::RrType::a, dns::RrType::aaaa}) {
    const auto answer = ask_directly(server, *name, type);
    if (answer && answer->has_address) return true;
    if (answer && answer->rcode == dns::Rcode::nxdomain) break;
    if (!answer || answer->rcode != dns::Rcode::noerror) return false;
  }
  return std::ranges::any_of(search, [&](const std::string& domain) {
    return finds_directly(server, text + "." + domain, {});
  });
}

/// Has an interface of this host this address?
bool is_here(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* list = nullptr;
  if (::getaddrinfo(address.c_str(), nullptr, &hints, &list) != 0) return false;
  const OwnedFd fd(::socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const bool bound = fd && ::bind(fd.get(), list->ai_addr, list->ai_addrlen) == 0;
  ::freeaddrinfo(list);
  return bound;
}

}  // namespace

std::optional<std::vector<std::string>> listeners_of(const std::string& socket) {
  const json status = command(socket, {});
  if (status.empty()) return std::nullopt;
  return status.value("listeners", std::vector<std::string>());
}

std::string fault_of_names(const std::vector<std::string>& verify, const std::string& socket) {
  if (!listeners_of(socket)) return "holdfastd does not answer at " + socket;
  const bool any = verify.empty();
  const auto& names = any ? kWellKnown : verify;
  const auto resolves = [](const std::string& name) {
    return !HeldSignals::asked_to_end() && run_command({"getent", "ahosts", name});
  };
  const bool found =
      any ? std::ranges::any_of(names, resolves) : std::ranges::all_of(names, resolves);
  if (HeldSignals::asked_to_end()) return "interrupted";
  if (!found) {
    return "getent finds no address of " + names.front() + (any ? " nor of the others tried" : "") +
           " (--verify names another)";
  }
  return programs_ask(socket) ? "" : "names resolve, but holdfastd was not asked";
}

std::string fault_of_daemon(const std::vector<std::string>& verify,
                            const std::vector<std::string>& search, const std::string& nameserver) {
  const bool any = verify.empty();
  const auto& names = any ? kWellKnown : verify;
  const auto found = [&](const std::string& name) {
    return !HeldSignals::asked_to_end() && finds_directly(nameserver, name, search);
  };
  if (any ? std::ranges::any_of(names, found) : std::ranges::all_of(names, found)) return {};
  return "holdfastd finds no address of " + names.front() + (any ? " nor of the others tried" : "");
}

std::string fault_of_listener(const std::string& address, const std::string& socket) {
  const auto listeners = listeners_of(socket);
  if (!listeners) return "holdfastd does not answer at " + socket;
  if (!host::listens(*listeners, address)) {
    return "holdfastd was given no socket on " + address +
           " port 53; perhaps somebody else has it (ss -lunp sport = 53)";
  }
  if (!is_here(address) || ask_directly(address, *dns::Name::parse(kHere), dns::RrType::a)) {
    return {};
  }
  return "holdfastd does not answer on " + address + " port 53";
}

}  // namespace holdfast::ctl
