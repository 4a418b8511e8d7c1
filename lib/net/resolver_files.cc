#include "net/resolver_files.h"

#include <algorithm>

namespace holdfast {
namespace {

constexpr std::string_view kBlank = " \t\r";

/// Takes a word off the front; "" at the end.
std::string_view take_word(std::string_view& text, std::string_view ends) {
  text.remove_prefix(std::min(text.find_first_not_of(ends), text.size()));
  const auto word = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(word.size());
  return word;
}

void add_addresses(std::string_view list, std::string_view ends, std::vector<IpAddress>& out) {
  for (auto word = take_word(list, ends); !word.empty(); word = take_word(list, ends)) {
    if (const auto address = parse_ip(word)) out.push_back(*address);
  }
}

void read_resolv_conf(std::string_view line, std::vector<IpAddress>& out) {
  if (take_word(line, kBlank) != "nameserver") return;
  if (const auto address = parse_ip(take_word(line, kBlank))) out.push_back(*address);
}

void read_networkd(std::string_view line, std::vector<IpAddress>& out) {
  constexpr std::string_view kKey = "DNS=";
  if (line.starts_with(kKey)) add_addresses(line.substr(kKey.size()), kBlank, out);
}

/// "  option domain-name-servers 192.0.2.53, 192.0.2.54;", or dhcp6.name-servers.
void read_dhclient(std::string_view line, std::vector<IpAddress>& out) {
  if (take_word(line, kBlank) != "option") return;
  const auto name = take_word(line, kBlank);
  if (name != "domain-name-servers" && name != "dhcp6.name-servers") return;
  out.clear();
  add_addresses(line, " \t\r,;", out);
}

}  // namespace

std::vector<IpAddress> read_resolvers(std::string_view text, ResolverFile kind) {
  std::vector<IpAddress> found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    switch (kind) {
      case ResolverFile::resolv_conf:
        read_resolv_conf(line, found);
        break;
      case ResolverFile::networkd_lease:
        read_networkd(line, found);
        break;
      case ResolverFile::dhclient_lease:
        read_dhclient(line, found);
        break;
    }
  }
  return found;
}

}  // namespace holdfast
