// The keys of upstreams of class ens: a chain, its endpoints, and how answers are made.
#include <algorithm>

#include "config/authority.h"
#include "config/parse.h"
#include "config/read.h"

namespace holdfast {
namespace {

using rpc::kMostEndpoints;
constexpr std::int64_t kMostWeight = 100;
// Each is a call for every TXT question, and a request to a name's gateway.
constexpr std::size_t kMostTextKeys = 8;
constexpr std::size_t kMostNameServers = 8;
constexpr std::string_view kUrl =
    "a url such as \"http://127.0.0.1:8545\" or \"https://rpc.example/v1\"";

void read_contract(const Node& node, Report& report, ens::Address& out) {
  constexpr std::string_view kExpected = "the address of a contract: \"0x\" and 40 digits of hex";
  if (!expect_string(node, kExpected, report)) return;
  if (const auto address = ens::parse_address(node.text)) {
    out = *address;
  } else {
    report.wrong_value(node, kExpected);
  }
}

void read_addresses(const Node& node, Report& report, std::vector<IpAddress>& out) {
  if (!expect_array(node, "an IP address such as \"192.0.2.1\"", report)) return;
  for (const Node& item : node.children)
    read_ip(item, report, out.emplace_back());
}

/// "" or what is wrong. The url itself is never shown: many have a secret in them.
std::string parse_rpc_url(std::string_view text, rpc::EndpointSpec& out) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return "expected " + std::string(kUrl);
  if (text.find('@') != std::string_view::npos) {
    return "a url with a user or a password in it; expected \"secret_file\" or \"secret_env\"";
  }
  const auto graphic = [](char c) { return c > ' ' && c <= '~' && c != '#' && c != '"'; };
  if (!std::ranges::all_of(text, graphic)) return "expected printable characters in a url";
  const auto rest = text.substr(tls ? 8 : 7);
  Authority authority;
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  auto mistake = parse_authority(rest.substr(0, end), tls ? "https" : "http", authority);
  if (!mistake.empty()) return mistake;
  out.url = text;
  out.host = authority.address ? authority.address->to_string() : authority.host;
  if (authority.address) out.addresses = {*authority.address};
  // It is here, whoever is asked (RFC 6761 6.3).
  if (out.host == "localhost") out.addresses = {*parse_ip("127.0.0.1"), *parse_ip("::1")};
  out.port = authority.port;
  if (out.port == 0) out.port = tls ? 443 : 80;
  return {};
}

void parse_place(ObjectReader& reader, rpc::EndpointSpec& out) {
  Report& report = reader.report();
  const Node* url = reader.require("url", kUrl);
  const Node* addresses = reader.find("addresses");
  if (url == nullptr || !expect_string(*url, kUrl, report)) return;
  if (const auto mistake = parse_rpc_url(url->text, out); !mistake.empty()) {
    report.error(*url, mistake);
  }
  if (addresses == nullptr) return;
  if (!out.addresses.empty()) {
    report.error(*addresses, "the url is an address already; expected only with a host name in it");
    return;
  }
  read_addresses(*addresses, report, out.addresses);
}

void read_variable(const Node& node, Report& report, std::string& out) {
  const auto word = [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  };
  const bool good = node.is(Node::Kind::string) && !node.text.empty() && node.text.size() <= 255 &&
                    std::ranges::all_of(node.text, word);
  if (good) {
    out = node.text;
  } else {
    report.wrong_value(node, "the name of an environment variable such as \"RPC_KEY\"");
  }
}

void parse_secret(ObjectReader& reader, rpc::EndpointSpec& out) {
  Report& report = reader.report();
  const Node* file = reader.find("secret_file");
  const Node* variable = reader.find("secret_env");
  if (file != nullptr) {
    read_path(*file, "the absolute path of a file that holds the secret", report, out.secret_file);
  }
  if (variable != nullptr) read_variable(*variable, report, out.secret_env);
  if (file != nullptr && variable != nullptr) {
    report.error(*variable, "expected \"secret_file\" or \"secret_env\", not both");
  }
}

rpc::EndpointSpec parse_endpoint_of(const Node& node, Report& report) {
  rpc::EndpointSpec out;
  ObjectReader reader(node, report);
  if (!reader.is_object()) return out;
  parse_place(reader, out);
  out.provider = out.host;
  if (const Node* n = reader.find("provider")) {
    read_label(*n, "the name of a provider", report, out.provider);
  }
  if (const Node* n = reader.find("ca_file")) {
    read_path(*n, "the absolute path of a file of certificates in PEM, or \"\"", report,
              out.ca_file);
  }
  parse_secret(reader, out);
  if (const Node* n = reader.find("weight")) read_integer(*n, {1, kMostWeight}, report, out.weight);
  if (const Node* n = reader.find("trusted")) read_bool(*n, report, out.trusted);
  reader.finish();
  return out;
}

void parse_endpoints(ObjectReader& reader, rpc::Chain& out) {
  constexpr std::string_view kWhat = R"(an endpoint: {"url": "https://rpc.example", …})";
  Report& report = reader.report();
  const Node* list = reader.require("endpoints", "an array of endpoints that speak JSON-RPC");
  if (list == nullptr || !expect_array(*list, kWhat, report)) return;
  if (list->children.empty() || list->children.size() > kMostEndpoints) {
    report.error(*list, "found " + std::to_string(list->children.size()) +
                            " endpoints; expected 1 to " + std::to_string(kMostEndpoints));
  }
  for (const Node& item : list->children)
    out.endpoints.push_back(parse_endpoint_of(item, report));
}

/// Whom to believe. Without a word: two, if there are two.
void parse_mode(ObjectReader& reader, rpc::Chain& out) {
  Report& report = reader.report();
  const bool several = out.endpoints.size() > 1;
  out.mode = several ? rpc::Mode::quorum : rpc::Mode::first;
  if (const Node* n = reader.find("mode")) {
    read_choice<rpc::Mode>(*n,
                           {{"first", rpc::Mode::first},
                            {"quorum", rpc::Mode::quorum},
                            {"trusted", rpc::Mode::trusted}},
                           report, out.mode);
  }
  out.quorum = several && out.mode != rpc::Mode::first ? 2 : 1;
  if (const Node* n = reader.find("quorum")) {
    read_integer(*n, {1, kMostEndpoints}, report, out.quorum);
  }
}

/// Which blocks are asked about, and how old they may be.
void parse_blocks(ObjectReader& reader, rpc::Chain& out) {
  using rpc::Finality;
  Report& report = reader.report();
  if (const Node* n = reader.find("finality")) {
    read_choice<Finality>(*n,
                          {{"latest", Finality::latest},
                           {"safe", Finality::safe},
                           {"finalized", Finality::finalized}},
                          report, out.finality);
  }
  if (out.finality == Finality::safe) out.max_head_age = 10min;
  if (out.finality == Finality::finalized) out.max_head_age = 30min;
  if (const Node* n = reader.find("max_head_age")) {
    read_duration(*n, {0s, 24h * 365}, report, out.max_head_age);
  }
}

void read_text_key(const Node& node, Report& report, std::vector<std::string>& out) {
  const auto fit = [](char c) { return c > ' ' && c <= '~' && c != '='; };
  const bool good = node.is(Node::Kind::string) && !node.text.empty() && node.text.size() <= 64 &&
                    std::ranges::all_of(node.text, fit);
  if (good) {
    out.push_back(node.text);
  } else {
    report.wrong_value(node, "the key of a text record such as \"url\" or \"com.github\"");
  }
}

template <typename Read>
void parse_few(ObjectReader& reader, const char* key, std::size_t most, std::string_view what,
               Read read) {
  const Node* list = reader.find(key);
  if (list == nullptr || !expect_array(*list, what, reader.report())) return;
  if (list->children.size() > most) {
    reader.report().error(*list, "found " + std::to_string(list->children.size()) +
                                     "; expected at most " + std::to_string(most));
  }
  for (const Node& item : list->children)
    read(item);
}

/// What clients hear besides what is stored.
void parse_answers(ObjectReader& reader, ens::AnswerPolicy& out) {
  Report& report = reader.report();
  if (const Node* n = reader.find("gateway_a")) read_addresses(*n, report, out.gateway_a);
  if (const Node* n = reader.find("gateway_aaaa")) read_addresses(*n, report, out.gateway_aaaa);
  parse_few(reader, "text", kMostTextKeys, "the key of a text record",
            [&](const Node& item) { read_text_key(item, report, out.text_keys); });
  parse_few(
      reader, "name_servers", kMostNameServers, "the name of a server",
      [&](const Node& item) { read_domain_name(item, report, out.name_servers.emplace_back()); });
  if (const Node* n = reader.find("missing")) {
    read_choice<bool>(*n, {{"nodata", false}, {"nxdomain", true}}, report, out.missing_is_nxdomain);
  }
}

/// An origin: nothing stands behind the host and the port.
void read_origin(const Node& node, Report& report, rpc::GatewayRules& out) {
  constexpr std::string_view kExpected =
      "where a gateway is, such as \"https://gateway.example\" or \"http://127.0.0.1:8550\"";
  if (!expect_string(node, kExpected, report)) return;
  const auto place = rpc::parse_gateway_url(node.text);
  const auto scheme = node.text.find("://");
  const bool bare =
      scheme != std::string::npos && node.text.find_first_of("/?", scheme + 3) == std::string::npos;
  if (place && bare) {
    out.allowed.push_back(place->origin);
  } else {
    report.wrong_value(node, kExpected);
  }
}

void read_denied(const Node& node, Report& report, rpc::GatewayRules& out) {
  constexpr std::string_view kExpected = "a host such as \"gateway.example\", or an address";
  if (!expect_string(node, kExpected, report)) return;
  std::string host = node.text;
  std::ranges::transform(host, host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  const auto address = parse_ip(host);
  if (!address && (!is_host_name(host) || host.ends_with('.'))) {
    return report.wrong_value(node, kExpected);
  }
  out.denied.push_back(address ? address->to_string() : host);
}

void parse_gateways(ObjectReader& reader, rpc::Chain& out) {
  enum class Asked : std::uint8_t { on, off, allowlist };
  Report& report = reader.report();
  Asked asked = Asked::on;
  if (const Node* n = reader.find("ccip")) {
    read_choice<Asked>(*n,
                       {{"on", Asked::on}, {"off", Asked::off}, {"allowlist", Asked::allowlist}},
                       report, asked);
  }
  out.bridge.gateways.enabled = asked != Asked::off;
  out.gateways.only_allowed = asked == Asked::allowlist;
  if (const Node* n = reader.find("ccip_allow")) {
    if (expect_array(*n, "where a gateway is", report)) {
      for (const Node& item : n->children)
        read_origin(item, report, out.gateways);
    }
  }
  if (const Node* n = reader.find("ccip_deny")) {
    if (expect_array(*n, "a host", report)) {
      for (const Node& item : n->children)
        read_denied(item, report, out.gateways);
    }
  }
  if (const Node* n = reader.find("ccip_4xx")) {
    read_choice<bool>(*n, {{"stop", false}, {"next", true}}, report,
                      out.bridge.gateways.next_after_client_error);
  }
  if (const Node* n = reader.find("ccip_ca_file")) {
    read_path(*n, "the absolute path of a file of certificates in PEM, or \"\"", report,
              out.gateways.ca_file);
  }
}

}  // namespace

rpc::Chain parse_chain(ObjectReader& reader) {
  rpc::Chain out;
  Report& report = reader.report();
  if (const Node* n = reader.find("chain_id")) {
    read_integer(*n, {1, std::numeric_limits<std::int64_t>::max()}, report, out.id);
  }
  ens::Contracts& contracts = out.bridge.contracts;
  if (const Node* n = reader.find("registry")) read_contract(*n, report, contracts.registry);
  if (const Node* n = reader.find("universal_resolver")) {
    const bool none = n->is(Node::Kind::string) && n->text == "none";
    contracts.universal_resolver = {};
    if (!none) read_contract(*n, report, contracts.universal_resolver);
  }
  parse_endpoints(reader, out);
  parse_mode(reader, out);
  parse_blocks(reader, out);
  parse_answers(reader, out.bridge.answers);
  parse_gateways(reader, out);
  return out;
}

}  // namespace holdfast
