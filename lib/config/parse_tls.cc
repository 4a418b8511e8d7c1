#include <algorithm>
#include <optional>

#include "config/parse.h"
#include "config/read.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostPins = 16;
constexpr std::string_view kPin =
    "a pin such as \"sha256/\" and 44 characters of base64, the hash of a public key";

std::optional<unsigned> base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

/// "sha256/" and the base64 (RFC 4648 4) of 32 bytes: 43 digits, of which the last has two bits
/// that are none's and zero, and one "=".
std::optional<SpkiPin> parse_pin(std::string_view text) noexcept {
  constexpr std::string_view kPrefix = "sha256/";
  constexpr std::size_t kDigits = 43;
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  if (text.size() != kDigits + 1 || text.back() != '=') return std::nullopt;
  SpkiPin pin{};
  std::size_t filled = 0;
  unsigned bits = 0;
  unsigned held = 0;  // of bits
  for (const char c : text.substr(0, kDigits)) {
    const auto digit = base64_digit(c);
    if (!digit) return std::nullopt;
    bits = (bits << 6U | *digit) & 0xffffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    pin[filled++] = static_cast<std::uint8_t>(bits >> held);
  }
  return (bits & ((1U << held) - 1)) == 0 ? std::optional(pin) : std::nullopt;
}

void parse_pins(const Node& node, Report& report, std::vector<SpkiPin>& out) {
  if (!expect_array(node, kPin, report)) return;
  if (node.children.empty() || node.children.size() > kMostPins) {
    report.wrong_value(node, "1 to " + std::to_string(kMostPins) + " pins");
  }
  for (const Node& item : node.children) {
    if (!expect_string(item, kPin, report)) continue;
    const auto pin = parse_pin(item.text);
    if (!pin) {
      report.wrong_value(item, kPin);
    } else if (std::ranges::find(out, *pin) != out.end()) {
      report.error(item, "found " + item.shown() + " twice; expected each pin once");
    } else {
      out.push_back(*pin);
    }
  }
}

/// Of https only: other proxies than those of HTTP are none of ours.
void parse_proxy(const Node& node, const Node* url, UpstreamConfig& out, Report& report) {
  constexpr std::string_view kExpected =
      "an HTTP proxy by address and port, such as \"http://192.0.2.8:3128\"";
  constexpr std::string_view kScheme = "http://";
  constexpr std::uint16_t kNoPort = 0;
  if (out.transport != TransportKind::https) {
    if (url == nullptr || report.flagged(*url)) return;  // perhaps meant to be one of https
    report.error(node, "expected only with a url of https://");
    return;
  }
  if (!expect_string(node, kExpected, report)) return;
  std::string_view rest = node.text;
  const bool is_url = rest.starts_with(kScheme);
  if (is_url) rest.remove_prefix(kScheme.size());
  const auto proxy = parse_endpoint(rest, kNoPort);
  if (!is_url || !proxy || proxy.value().port == kNoPort) {
    report.wrong_value(node, kExpected);
  } else {
    out.http.proxy = proxy.value();
  }
}

}  // namespace

void parse_tls(ObjectReader& upstream, UpstreamConfig& out) {
  Report& report = upstream.report();
  const Node* ca = upstream.find("ca_file");
  const Node* pins = upstream.find("pins");
  const Node* proxy = upstream.find("proxy");
  const Node* url = upstream.find("url");
  for (const Node* node : {ca, pins}) {
    if (node == nullptr || is_encrypted(out.transport)) continue;
    if (url == nullptr || report.flagged(*url)) continue;  // perhaps meant to be one of tls
    report.error(*node, "expected only with a url of tls:// or https://, which have certificates");
    return;
  }
  if (ca != nullptr) {
    read_path(*ca, "the absolute path of a file of certificates in PEM, or \"\"", report,
              out.tls.ca_file);
  }
  if (pins != nullptr) parse_pins(*pins, report, out.tls.pins);
  if (proxy != nullptr) parse_proxy(*proxy, url, out, report);
}

}  // namespace holdfast
