#include "control/host_header.h"

#include <algorithm>
#include <cctype>

#include "base/endpoint.h"

namespace holdfast {
namespace {

bool is_localhost(std::string_view text) {
  constexpr std::string_view kName = "localhost";
  return std::equal(text.begin(), text.end(), kName.begin(), kName.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  std::string_view name = host;
  const bool bracketed = name.starts_with('[');
  const auto close = bracketed ? name.find(']') : name.find(':');
  const auto port_at = bracketed && close != std::string_view::npos ? close + 1 : close;
  if (bracketed && close == std::string_view::npos) return false;
  if (port_at < name.size()) {
    if (name[port_at] != ':' || !is_port(name.substr(port_at + 1))) return false;
    name = name.substr(0, port_at);
  }
  if (bracketed) name = name.substr(1, close - 1);
  if (!bracketed && is_localhost(name)) return true;
  const auto address = parse_ip(name);
  return address && address->is_loopback() && address->is_v4() != bracketed;
}

}  // namespace holdfast
