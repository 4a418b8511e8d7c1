#include <algorithm>
#include <charconv>

#include "config/authority.h"
#include "config/parse.h"
#include "config/read.h"

namespace holdfast {
namespace {

constexpr std::string_view kUrl = "a url such as \"rediss://cache.example:6379\"";
constexpr unsigned kMostDatabase = 16'383;

std::string parse_database(std::string_view path, unsigned& out) {
  if (path.empty() || path == "/") return {};
  const auto digits = path.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (whole && out <= kMostDatabase) return {};
  return "expected nothing but the number of a database after the port, as in "
         "rediss://cache.example:6379/2";
}

/// "" or what is wrong, in words that follow "found X; ".
std::string parse_redis_url(std::string_view text, FleetConfig& out) {
  const auto colon = text.find("://");
  const auto scheme = text.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "redis" && scheme != "rediss")) {
    return "expected rediss:// (TLS) or redis://, as in rediss://cache.example:6379";
  }
  out.tls = scheme == "rediss";
  const auto rest = text.substr(colon + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  if (auto mistake = parse_database(rest.substr(slash), out.database); !mistake.empty()) {
    return mistake;
  }
  Authority authority;
  if (auto mistake = parse_authority(rest.substr(0, slash), scheme, authority); !mistake.empty()) {
    return mistake;
  }
  if (authority.port != 0) out.port = authority.port;
  out.host = authority.address ? authority.address->to_string() : authority.host;
  if (authority.address) out.addresses = {*authority.address};
  return {};
}

void parse_server(ObjectReader& reader, FleetConfig& out) {
  Report& report = reader.report();
  const Node* node = reader.require("redis", kUrl);
  if (node != nullptr && expect_string(*node, kUrl, report)) {
    if (node->text.find('@') != std::string::npos) {
      // Not shown: what stands before the '@' is a secret.
      report.error(*node,
                   "a url with a user or a password in it; expected \"username\" and "
                   "\"password_file\" beside it, since configurations are read by many");
    } else if (const auto mistake = parse_redis_url(node->text, out); !mistake.empty()) {
      report.error(*node, "found " + node->shown() + "; " + mistake);
    }
  }
  constexpr std::string_view kAddress = "an IP address such as \"192.0.2.1\"";
  const Node* addresses = reader.find("addresses");
  if (addresses == nullptr || !expect_array(*addresses, kAddress, report)) return;
  if (!out.addresses.empty() && !addresses->children.empty()) {
    report.error(*addresses, "the url is an address already; expected only with a host name in it");
    return;
  }
  for (const Node& item : addresses->children)
    read_ip(item, report, out.addresses.emplace_back());
}

/// One word for AUTH.
void read_username(const Node& node, Report& report, std::string& out) {
  const bool good = node.is(Node::Kind::string) && node.text.size() <= 255 &&
                    std::ranges::all_of(node.text, [](char c) { return c > ' ' && c <= '~'; });
  if (good) {
    out = node.text;
  } else {
    report.wrong_value(node, "a name of at most 255 printable characters, or \"\"");
  }
}

void parse_secrets(ObjectReader& reader, FleetConfig& out) {
  constexpr std::string_view kKeyFile =
      "the absolute path of a file with one or two keys, each a line as from `openssl rand -hex "
      "32`";
  Report& report = reader.report();
  if (const Node* n = reader.require("key_file", kKeyFile)) {
    read_path(*n, kKeyFile, report, out.key_file);
    if (out.key_file.empty() && !report.flagged(*n)) report.wrong_value(*n, kKeyFile);
  }
  if (const Node* n = reader.find("username")) read_username(*n, report, out.username);
  if (const Node* n = reader.find("password_file")) {
    read_path(*n, "the absolute path of a file that holds the password, or \"\"", report,
              out.password_file);
  }
  if (const Node* n = reader.find("ca_file")) {
    read_path(*n, "the absolute path of a file of certificates in PEM, or \"\"", report,
              out.ca_file);
  }
}

}  // namespace

void parse_fleet(const Node& node, Report& report, std::optional<FleetConfig>& out) {
  ObjectReader reader(node, report);
  if (!reader.is_object()) return;
  FleetConfig& fleet = out.emplace();
  parse_server(reader, fleet);
  parse_secrets(reader, fleet);
  if (const Node* n = reader.find("prefix")) {
    read_label(*n, "what names in Redis begin with", report, fleet.prefix);
  }
  if (const Node* n = reader.find("max_per_second")) {
    read_integer(*n, {1, 100'000}, report, fleet.max_per_second);
  }
  reader.finish();
}

}  // namespace holdfast
