#include "config/parse.h"

#include <array>
#include <cstdint>
#include <limits>
#include <unistd.h>

#include "config/read.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1024} * 1024;
constexpr std::size_t kMostUpstreams = kMaxUpstreams / 2;
constexpr std::size_t kMostRoutes = 16'384;
// sockaddr_un::sun_path holds this many bytes and a zero.
constexpr std::size_t kLongestSocketPath = 107;
constexpr std::size_t kLongestPath = 4000;  // PATH_MAX, and room for the names of files

Endpoint loopback(IpAddress::Family family, std::uint16_t port) {
  Endpoint out{{.family = family, .bytes = {}, .scope = 0}, port};
  if (family == IpAddress::Family::v4) {
    out.address.bytes[0] = 127;
    out.address.bytes[3] = 1;
  } else {
    out.address.bytes[15] = 1;
  }
  return out;
}

IpPrefix loopback_prefix(IpAddress::Family family) {
  const bool v4 = family == IpAddress::Family::v4;
  IpPrefix out{loopback(family, 0).address, static_cast<std::uint8_t>(v4 ? 8 : 128)};
  if (v4) out.address.bytes[3] = 0;
  return out;
}

/// Reads each string of an array with `parse`, which gives a Result; `what` says what one should
/// be.
template <typename T, typename Parse>
void read_list(const Node& node, std::string_view what, Report& report, std::vector<T>& out,
               Parse parse) {
  if (!expect_array(node, what, report)) return;
  out.clear();
  for (const Node& item : node.children) {
    // What is wrong keeps its place too: rules go by position later, and skip what was reported.
    T& value = out.emplace_back();
    if (!expect_string(item, what, report)) continue;
    if (auto parsed = parse(item.text)) {
      value = *parsed;
    } else {
      report.wrong_value(item, what);
    }
  }
}

void parse_listen(const Node* node, Report& report, std::vector<Endpoint>& out) {
  out = {loopback(IpAddress::Family::v4, 53), loopback(IpAddress::Family::v6, 53)};
  if (node == nullptr) return;
  const auto parse = [](const std::string& text) { return parse_endpoint(text, 53); };
  read_list(*node, "an address such as \"127.0.0.1:53\" or \"[::1]:53\"", report, out, parse);
  if (node->is(Node::Kind::array) && node->children.empty()) {
    report.wrong_value(*node,
                       "at least one address; without the key it is 127.0.0.1:53 and [::1]:53");
  }
}

constexpr std::string_view kBlock =
    "an address block such as \"10.0.0.0/8\", no bits set behind the prefix";

void parse_acl(const Node* node, Report& report, std::vector<IpPrefix>& out) {
  out = {loopback_prefix(IpAddress::Family::v4), loopback_prefix(IpAddress::Family::v6)};
  if (node == nullptr) return;
  read_list(*node, kBlock, report, out, [](const std::string& text) { return parse_prefix(text); });
}

void parse_admit(const Node* node, Report& report, std::vector<AdmitConfig>& out) {
  if (node == nullptr || !expect_object(*node, report)) return;
  for (const Node& member : node->children) {
    AdmitConfig& admit = out.emplace_back(AdmitConfig{member.key, {}});
    read_list(member, kBlock, report, admit.networks,
              [](const std::string& text) { return parse_prefix(text); });
  }
}

void parse_bootstrap(const Node* node, Report& report, std::vector<Endpoint>& out) {
  if (node == nullptr) return;
  const auto parse = [](const std::string& text) { return parse_endpoint(text, 53); };
  read_list(*node, "an address such as \"9.9.9.9\"", report, out, parse);
}

void parse_hosts(const Node* node, Report& report, std::vector<HostConfig>& out) {
  if (node == nullptr || !expect_object(*node, report)) return;
  for (const Node& member : node->children) {
    const auto name = dns::Name::parse(member.key);
    if (!name || member.key.empty()) {
      report.error(member, "expected a domain name as the key");
      continue;
    }
    HostConfig host{*name, {}};
    read_list(member, "an IP address such as \"192.0.2.1\"", report, host.addresses,
              [](const std::string& text) { return parse_ip(text); });
    if (member.is(Node::Kind::array) && member.children.empty()) {
      report.wrong_value(member, "at least one address");
    }
    for (const HostConfig& other : out) {
      if (other.name == host.name)
        report.error(member, "this name was given before; names ignore case");
    }
    out.push_back(std::move(host));
  }
}

std::uint64_t memory_of_machine() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return SIZE_MAX;
  const auto bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  return bytes / kMebibyte * kMebibyte;
}

void parse_cache(const Node* node, Report& report, std::size_t& max_bytes) {
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  if (const Node* size = reader.find("max_bytes")) {
    const Range<std::uint64_t> machine{kMebibyte, memory_of_machine()};
    read_size(*size, machine, report, max_bytes);
  }
  reader.finish();
}

void parse_store(const Node* node, Report& report, StoreConfig& store) {
  constexpr std::string_view kExpected =
      "an absolute path of a folder, such as \"/var/lib/holdfast\"";
  constexpr Range<std::uint64_t> kSizes{8 * kMebibyte, std::uint64_t{1024} * 1024 * kMebibyte};
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  const Node* path = reader.require("path", kExpected);
  if (path != nullptr && expect_string(*path, kExpected, report)) {
    const bool good = path->text.starts_with('/') && path->text.size() <= kLongestPath &&
                      path->text.find('\0') == std::string::npos;
    if (good) {
      store.path = path->text;
    } else {
      report.wrong_value(*path, kExpected);
    }
  }
  if (const Node* size = reader.find("max_bytes")) {
    read_size(*size, kSizes, report, store.max_bytes);
  }
  reader.finish();
}

void parse_ttl(const Node* node, Report& report, TtlBounds& ttl) {
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  if (const Node* n = reader.find("min")) read_duration(*n, {0s, 1h}, report, ttl.min);
  if (const Node* n = reader.find("max")) read_duration(*n, {1s, 168h}, report, ttl.max);
  if (const Node* n = reader.find("negative_max")) {
    read_duration(*n, {1s, 24h}, report, ttl.negative_max);
  }
  reader.finish();
}

void parse_stale(const Node* node, Report& report, Config& config) {
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  if (const Node* n = reader.find("public")) {
    read_duration(*n, kStaleRange, report, config.stale_public);
  }
  if (const Node* n = reader.find("private")) {
    read_duration(*n, kStaleRange, report, config.stale_private);
  }
  reader.finish();
}

void parse_log(const Node* node, Report& report, LogLevel& level) {
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  if (const Node* n = reader.find("level")) {
    read_choice<LogLevel>(*n,
                          {{"error", LogLevel::error},
                           {"warning", LogLevel::warning},
                           {"info", LogLevel::info},
                           {"debug", LogLevel::debug}},
                          report, level);
  }
  reader.finish();
}

void parse_query_log(const Node* node, Report& report, QueryLogConfig& log) {
  if (node == nullptr) return;
  ObjectReader reader(*node, report);
  if (const Node* n = reader.find("enabled")) read_bool(*n, report, log.enabled);
  if (const Node* n = reader.find("max_per_second")) {
    read_integer(*n, {1, 1'000'000}, report, log.max_per_second);
  }
  reader.finish();
}

void parse_http(const Node* node, Report& report, std::optional<Endpoint>& out) {
  constexpr std::uint16_t kPort = 9953;
  constexpr std::string_view kExpected =
      "a loopback address and port such as \"127.0.0.1:9953\", or \"off\"";
  out = loopback(IpAddress::Family::v4, kPort);
  if (node == nullptr || !expect_string(*node, kExpected, report)) return;
  if (node->text == "off") {
    out.reset();
  } else if (const auto endpoint = parse_endpoint(node->text, kPort)) {
    out = *endpoint;
  } else {
    report.wrong_value(*node, kExpected);
  }
}

void parse_control(const Node* node, Report& report, std::string& out) {
  constexpr std::string_view kExpected = "an absolute path of at most 107 bytes, or \"off\"";
  if (node == nullptr || !expect_string(*node, kExpected, report)) return;
  const bool path = node->text.starts_with('/') && node->text.size() <= kLongestSocketPath &&
                    node->text.find('\0') == std::string::npos;
  if (path || node->text == "off") {
    out = node->text;
  } else {
    report.wrong_value(*node, kExpected);
  }
}

void parse_upstreams(const Node* node, Report& report, std::vector<UpstreamConfig>& out) {
  if (node == nullptr || !expect_object(*node, report)) return;
  if (node->children.empty()) report.wrong_value(*node, "at least one upstream");
  if (node->children.size() > kMostUpstreams) {
    report.error(*node, "found " + std::to_string(node->children.size()) +
                            " upstreams; expected at most " + std::to_string(kMostUpstreams));
  }
  for (const Node& member : node->children) {
    out.push_back(parse_upstream(member, report));
  }
}

void parse_routes(const Node* node, Report& report, std::vector<RouteConfig>& out) {
  if (node == nullptr || !expect_array(*node, "a route {…}", report)) return;
  if (node->children.empty()) report.wrong_value(*node, "at least one route");
  if (node->children.size() > kMostRoutes) {
    report.error(*node, "found " + std::to_string(node->children.size()) +
                            " routes; expected at most " + std::to_string(kMostRoutes));
  }
  for (const Node& item : node->children) {
    out.push_back(parse_route(item, report));
  }
}

}  // namespace

Config parse_document(const Node& root, Report& report) {
  Config config;
  ObjectReader reader(root, report);
  if (!reader.is_object()) return config;
  if (const Node* schema = reader.find("$schema")) {
    expect_string(*schema, "the address of the JSON Schema, for editors", report);
  }
  parse_listen(reader.find("listen"), report, config.listen);
  if (const Node* n = reader.find("workers")) read_integer(*n, {0, 1024}, report, config.workers);
  parse_acl(reader.find("acl"), report, config.acl);
  parse_admit(reader.find("admit"), report, config.admit);
  parse_policy(reader, config.policy);
  parse_bootstrap(reader.find("bootstrap"), report, config.bootstrap);
  parse_upstreams(reader.require("upstreams", "an object of upstreams by name"), report,
                  config.upstreams);
  parse_routes(reader.require("routes", "an array of routes"), report, config.routes);
  if (const Node* n = reader.find("link_routes")) read_bool(*n, report, config.link_routes);
  parse_hosts(reader.find("hosts"), report, config.hosts);
  parse_cache(reader.find("cache"), report, config.cache_max_bytes);
  parse_store(reader.find("store"), report, config.store);
  parse_ttl(reader.find("ttl"), report, config.ttl);
  parse_stale(reader.find("stale"), report, config);
  if (const Node* n = reader.find("limits")) parse_limits(*n, report, config.limits);
  parse_http(reader.find("http"), report, config.http);
  parse_control(reader.find("control"), report, config.control);
  parse_log(reader.find("log"), report, config.log_level);
  parse_query_log(reader.find("query_log"), report, config.query_log);
  if (const Node* n = reader.find("fleet")) parse_fleet(*n, report, config.fleet);
  (void)reader.find("use");  // in `upstreams` by now, see presets.h
  reader.finish();
  return config;
}

}  // namespace holdfast
