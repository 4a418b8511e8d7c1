#include <algorithm>

#include "config/parse.h"
#include "config/read.h"
#include "config/upstream_url.h"
#include "dns/types.h"

namespace holdfast {
namespace {

void parse_class(ObjectReader& reader, UpstreamClass& out) {
  const Node* node = reader.find("class");
  if (node == nullptr) return;
  read_choice<UpstreamClass>(*node,
                             {{"cloud", UpstreamClass::cloud},
                              {"external", UpstreamClass::external},
                              {"ens", UpstreamClass::ens}},
                             reader.report(), out);
}

void parse_addresses(const Node& node, std::uint16_t port, Report& report,
                     std::vector<Endpoint>& out) {
  constexpr std::string_view kWhat = "an IP address such as \"9.9.9.9\"";
  if (!expect_array(node, kWhat, report)) return;
  if (node.children.empty()) report.wrong_value(node, "at least one address");
  for (const Node& item : node.children) {
    Endpoint& value = out.emplace_back();  // also for what is wrong: rules go by position
    if (!expect_string(item, kWhat, report)) continue;
    if (const auto endpoint = parse_endpoint(item.text, port)) {
      value = *endpoint;
    } else {
      report.wrong_value(item, kWhat);
    }
  }
}

/// The network's own resolvers, whatever they are.
void parse_auto(const Node& url, Report& report, UpstreamConfig& out) {
  constexpr std::size_t kLongest = 61;  // of the name: "-1" to "-8" follow
  out.automatic = true;
  if (out.upstream_class != UpstreamClass::cloud) {
    report.error(url,
                 "found \"auto\"; expected only with \"class\": \"cloud\", for it stands for the "
                 "resolvers of the network this host is in");
  } else if (out.name.size() > kLongest) {
    report.error(url,
                 "found \"auto\"; expected a name of at most 61 characters, because its "
                 "upstreams are called NAME-1, NAME-2, …");
  }
}

void parse_url(ObjectReader& reader, UpstreamConfig& out) {
  constexpr std::string_view kWhat = "a url such as \"udp://192.0.2.53\"";
  Report& report = reader.report();
  const Node* node = reader.require("url", kWhat);
  const Node* addresses = reader.find("addresses");
  if (node != nullptr && node->is(Node::Kind::string) && node->text == "auto") {
    parse_auto(*node, report, out);
  } else if (node != nullptr && expect_string(*node, kWhat, report)) {
    const auto parsed = parse_upstream_url(node->text);
    if (const auto* mistake = std::get_if<std::string>(&parsed)) {
      report.error(*node, "found " + node->shown() + "; " + *mistake);
    } else {
      const auto& url = std::get<UpstreamUrl>(parsed);
      out.transport = url.transport;
      out.port = url.port;
      out.host = url.host;
      out.tls.name = url.tls_name;
      out.http = url.http;
      if (url.address) out.endpoints.push_back({*url.address, url.port});
    }
  }
  if (addresses == nullptr) return;
  if (!out.endpoints.empty() || out.automatic) {
    report.error(*addresses,
                 out.automatic ? "\"auto\" finds them; expected only with a host name in the url"
                               : "the url is an address already; expected only with a host name in "
                                 "it");
    return;
  }
  parse_addresses(*addresses, out.port, report, out.endpoints);
}

void parse_interface(const Node& node, Report& report, std::string& out) {
  constexpr std::size_t kLongest = 15;  // IFNAMSIZ with its zero
  const auto wrong = [](char c) { return c <= ' ' || c == '/' || c > '~'; };
  const bool good = node.is(Node::Kind::string) && !node.text.empty() &&
                    node.text.size() <= kLongest &&
                    std::none_of(node.text.begin(), node.text.end(), wrong);
  if (good) {
    out = node.text;
  } else {
    report.wrong_value(node, "the name of a network interface such as \"eth0\"");
  }
}

void parse_probe_type(const Node& node, Report& report, std::optional<dns::RrType>& out) {
  constexpr std::string_view kExpected = "a record type such as \"A\" or \"SOA\"";
  if (!expect_string(node, kExpected, report)) return;
  const auto type = dns::parse_type(node.text);
  if (type && *type != dns::RrType::none && !dns::is_meta(*type)) {
    out = *type;
  } else {
    report.wrong_value(node, kExpected);
  }
}

void parse_probe(const Node& node, Report& report, ProbeConfig& out) {
  ObjectReader reader(node, report);
  if (const Node* n = reader.find("name")) {
    dns::Name name;
    if (read_domain_name(*n, report, name)) out.name = name;
  }
  if (const Node* n = reader.find("type")) parse_probe_type(*n, report, out.type);
  if (const Node* n = reader.find("interval")) {
    Duration interval{};
    read_duration(*n, {100ms, 24h}, report, interval);
    if (interval != Duration::zero()) out.interval = interval;
  }
  reader.finish();
}

/// A server of the DNS.
void parse_server(ObjectReader& reader, UpstreamConfig& out) {
  Report& report = reader.report();
  parse_url(reader, out);
  parse_tls(reader, out);
  if (const Node* n = reader.find("source")) {
    IpAddress source;
    if (read_ip(*n, report, source)) out.source = source;
  }
  if (const Node* n = reader.find("interface")) parse_interface(*n, report, out.interface);
  if (const Node* n = reader.find("validates")) read_bool(*n, report, out.validates);
  if (const Node* n = reader.find("filters")) read_bool(*n, report, out.filters);
  if (const Node* n = reader.find("trust_ad")) read_bool(*n, report, out.trust_ad);
  if (const Node* n = reader.find("max_pps")) {
    read_integer(*n, {0, 10'000'000}, report, out.max_pps.emplace());
  }
}

}  // namespace

UpstreamConfig parse_upstream(const Node& node, Report& report) {
  UpstreamConfig out;
  out.name = node.key;
  out.provider = node.key;
  if (!is_label(node.key)) {
    report.error(
        node, "expected a name of letters, digits, \"-\", \"_\" and \".\", at most 63 characters");
  }
  ObjectReader reader(node, report);
  if (!reader.is_object()) return out;
  parse_class(reader, out.upstream_class);
  if (const Node* n = reader.find("provider")) {
    read_label(*n, "the name of a provider", report, out.provider);
  }
  if (out.upstream_class == UpstreamClass::ens) {
    out.transport = TransportKind::rpc;
    out.chain = parse_chain(reader);
  } else {
    parse_server(reader, out);
  }
  if (const Node* n = reader.find("probe")) parse_probe(*n, report, out.probe);
  reader.finish();
  return out;
}

}  // namespace holdfast
