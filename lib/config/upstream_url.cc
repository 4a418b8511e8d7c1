#include "config/upstream_url.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/authority.h"
#include "config/suggest.h"

namespace holdfast {
namespace {

constexpr std::string_view kExample = "udp://192.0.2.53 or tcp://[2001:db8::53]:53";

struct Scheme {
  std::string_view word;
  TransportKind transport;
  std::uint16_t port;
};

constexpr std::array kSchemes{
    Scheme{"udp", TransportKind::udp, 53}, Scheme{"tcp", TransportKind::tcp, 53},
    Scheme{"tls", TransportKind::tls, 853}, Scheme{"https", TransportKind::https, 443}};

std::string unsupported(std::string_view what) {
  return std::string(what) +
         " is not supported by this version yet; supported: udp://, tcp://, tls:// and https://";
}

std::string scheme_mistake(std::string_view scheme) {
  for (const std::string_view later : {"quic", "h3"}) {
    if (scheme == later) return unsupported(std::string(scheme) + "://");
  }
  return "unknown scheme" + suggestion(scheme, {"udp", "tcp", "tls", "https"});
}

/// The name after "?name=", without the dot that no certificate has at its end.
std::string parse_query(std::string_view query, UpstreamUrl& out) {
  constexpr std::string_view kName = "name=";
  if (!query.starts_with(kName)) {
    return "expected nothing after the \"?\" but name=, as in tls://192.0.2.53?name=dns.example";
  }
  query.remove_prefix(kName.size());
  if (!is_host_name(query) && !parse_ip(query)) {
    return "expected the host name in the server's certificate after name=";
  }
  out.tls_name = query;
  return {};
}

/// The path of https, without the variable of a template (RFC 8484 4.1): questions are posted.
std::string parse_path(std::string_view path, UpstreamUrl& out) {
  constexpr std::size_t kLongest = 512;
  constexpr std::string_view kVariable = "{?dns}";
  if (path.ends_with(kVariable)) path.remove_suffix(kVariable.size());
  const bool good = path.size() <= kLongest && std::ranges::all_of(path, [](char c) {
                      return c > ' ' && c <= '~' &&
                             std::string_view("\"#<>?\\^`{|}").find(c) == std::string_view::npos;
                    });
  if (!good)
    return "expected nothing but a path after the host, as in https://dns.example/dns-query";
  out.http.path = path.empty() ? "/dns-query" : path;
  return {};
}

/// Whom the certificate must be for: what the url says, or else where it leads.
void complete_name(UpstreamUrl& url) {
  if (!is_encrypted(url.transport)) return;
  if (url.tls_name.empty()) url.tls_name = url.address ? url.address->to_string() : url.host;
  if (url.tls_name.ends_with('.')) url.tls_name.pop_back();
}

std::string parse_rest(std::string_view rest, const Scheme& scheme, UpstreamUrl& url) {
  const auto extra = std::min(rest.find_first_of("/?#@{"), rest.size());
  const bool asks =
      extra < rest.size() && rest[extra] == '?' && url.transport == TransportKind::tls;
  if (url.transport == TransportKind::https && (extra == rest.size() || rest[extra] == '/')) {
    if (auto mistake = parse_path(rest.substr(extra), url); !mistake.empty()) return mistake;
    url.http.authority = rest.substr(0, extra);
  } else if (asks) {
    if (auto mistake = parse_query(rest.substr(extra + 1), url); !mistake.empty()) return mistake;
  } else if (extra < rest.size()) {
    return "nothing but an address and a port may follow " + std::string(scheme.word) + "://";
  }
  Authority parts;
  if (auto mistake = parse_authority(rest.substr(0, extra), scheme.word, parts); !mistake.empty()) {
    return mistake;
  }
  url.address = parts.address;
  url.host = std::move(parts.host);
  url.port = parts.port != 0 ? parts.port : scheme.port;
  complete_name(url);
  return {};
}

}  // namespace

std::variant<UpstreamUrl, std::string> parse_upstream_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    const bool plain = parse_endpoint(text, 53).has_value() || is_host_name(text);
    return "the scheme is missing; expected " +
           (plain ? "\"udp://" + std::string(text) + '"' : std::string(kExample));
  }
  const auto scheme = std::ranges::find(kSchemes, text.substr(0, colon), &Scheme::word);
  if (scheme == kSchemes.end()) return scheme_mistake(text.substr(0, colon));
  UpstreamUrl url;
  url.transport = scheme->transport;
  if (auto mistake = parse_rest(text.substr(colon + 3), *scheme, url); !mistake.empty()) {
    return mistake;
  }
  return url;
}

}  // namespace holdfast
