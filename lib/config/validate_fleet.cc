#include <algorithm>

#include "config/validate.h"

namespace holdfast {
namespace {

bool is_loopback(const IpAddress& address) {
  return address.is_loopback();
}

void check_server(const Config& config, const Node& url, Report& report) {
  const FleetConfig& fleet = *config.fleet;
  if (fleet.addresses.empty() && config.bootstrap.empty()) {
    report.error(url, "found " + url.shown() +
                          ", a host name; expected \"addresses\" beside it, or \"bootstrap\" "
                          "servers that resolve it");
  }
  const bool here = !fleet.addresses.empty() && std::ranges::all_of(fleet.addresses, is_loopback);
  if (!fleet.tls && !here) {
    report.warning(url,
                   "redis:// is not encrypted: answers, and the password, can be read on the "
                   "way; expected rediss://");
  }
}

void check_login(const FleetConfig& fleet, const Node& node, Report& report) {
  const Node* username = node.find("username");
  if (username != nullptr && !fleet.username.empty() && fleet.password_file.empty()) {
    report.error(*username, "found " + username->shown() + " without \"password_file\"");
  }
  const Node* ca = node.find("ca_file");
  if (ca != nullptr && !fleet.ca_file.empty() && !fleet.tls) {
    report.error(*ca, "found " + ca->shown() + "; expected only with rediss://");
  }
}

/// Is there anybody to share with?
void check_shares(const Config& config, const Node& routes, Report& report) {
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Node* share = routes.children[i].find("share");
    if (share == nullptr || !config.routes[i].share) continue;
    if (!config.fleet) report.warning(*share, "there is no \"fleet\" to share with");
  }
}

}  // namespace

void validate_fleet(const Config& config, const Node& root, Report& report) {
  const Node* node = root.find("fleet");
  if (node != nullptr && config.fleet) {
    const Node* url = node->find("redis");
    const bool read = url != nullptr && !report.flagged(*url) && !config.fleet->host.empty();
    if (read) {
      check_server(config, *url, report);
      check_login(*config.fleet, *node, report);
    }
  }
  const Node* routes = root.find("routes");
  if (routes == nullptr || routes->children.size() != config.routes.size()) return;
  check_shares(config, *routes, report);
}

}  // namespace holdfast
