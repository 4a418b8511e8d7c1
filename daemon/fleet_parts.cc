#include "daemon/fleet_parts.h"

#include <algorithm>
#include <utility>

#include "daemon/secret_file.h"

namespace holdfast {
namespace {

/// No route serves anything longer past its end.
std::chrono::seconds longest_stale(const Config& config) {
  Duration longest = std::max(config.stale_public, config.stale_private);
  for (const RouteConfig& route : config.routes)
    longest = std::max(longest, route.stale.value_or(Duration{}));
  return std::chrono::ceil<std::chrono::seconds>(longest);
}

std::string read_server(const Config& config, FleetServer& out) {
  const FleetConfig& fleet = *config.fleet;
  out.url = fleet.url();
  out.host = fleet.host;
  if (out.host.ends_with('.')) out.host.pop_back();  // no certificate has it
  out.port = fleet.port;
  out.addresses = fleet.addresses;
  out.bootstrap = config.bootstrap;
  out.login.username = fleet.username;
  out.login.database = fleet.database;
  if (!fleet.password_file.empty()) {
    const SecretFile password = read_secret_file(fleet.password_file);
    if (!password.error.empty()) return "fleet.password_file: " + password.error;
    out.login.password = first_line(password.text);
    if (out.login.password.empty()) {
      return "fleet.password_file: " + fleet.password_file + ": its first line is empty";
    }
  }
  if (!fleet.tls) return {};
  auto tls = TlsContext::open(fleet.ca_file);
  if (const auto* error = std::get_if<std::string>(&tls)) {
    return "fleet.ca_file: " + (fleet.ca_file.empty() ? "the system's" : fleet.ca_file) + ": " +
           *error;
  }
  out.tls = std::get<TlsContext>(std::move(tls));
  return {};
}

}  // namespace

std::variant<FleetParts, std::string> read_fleet_parts(const Config& config) {
  const FleetConfig& fleet = *config.fleet;
  FleetServer server;
  if (std::string error = read_server(config, server); !error.empty()) return error;
  const SecretFile file = read_secret_file(fleet.key_file);
  if (!file.error.empty()) return "fleet.key_file: " + file.error;
  auto keys = FleetKeys::parse(file.text);
  if (const auto* error = std::get_if<std::string>(&keys)) {
    return "fleet.key_file: " + fleet.key_file + ": " + *error;
  }
  return FleetParts{std::move(server),
                    std::get<FleetKeys>(std::move(keys)),
                    {fleet.prefix, fleet.max_per_second, longest_stale(config)}};
}

}  // namespace holdfast
