// What an Upstream is: one server address and protocol, its provider (failure domain) and class.
// Plain values, part of a Snapshot; how it fares is in health_board.h, what it can do in traits.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/question.h"
#include "rpc/chain.h"

namespace holdfast {

/// Names an upstream for as long as the process lives: a reload gives the same upstream the same
/// id, and a removed upstream's id is not used again while anything may still speak of it.
enum class UpstreamId : std::uint16_t {};
inline constexpr std::size_t kMaxUpstreams = 256;

[[nodiscard]] constexpr std::size_t index(UpstreamId id) noexcept {
  return static_cast<std::size_t>(id);
}

/// A provider's number within one Snapshot.
enum class ProviderId : std::uint16_t {};

enum class UpstreamClass : std::uint8_t { cloud, external, ens };

/// How exchanges travel. `udp` falls over to TCP on truncation; `tcp` never uses UDP; `tls` is DNS
/// over TLS (RFC 7858), `https` over HTTPS (RFC 8484). `rpc` is no DNS: endpoints of a chain are
/// asked, which speak JSON-RPC over HTTP.
enum class TransportKind : std::uint8_t { udp, tcp, tls, https, rpc };

/// Does it travel in connections? No answer is then truncated.
[[nodiscard]] constexpr bool is_stream(TransportKind kind) noexcept {
  return kind != TransportKind::udp;
}

[[nodiscard]] constexpr bool is_encrypted(TransportKind kind) noexcept {
  return kind == TransportKind::tls || kind == TransportKind::https;
}

/// SHA-256 over the DER of a certificate's SubjectPublicKeyInfo (RFC 7858 4.2).
using SpkiPin = std::array<std::uint8_t, 32>;

/// How a server must prove itself over TLS (RFC 8310 6.2).
struct TlsIdentity {
  std::string name;           // a host name or an IP address: whom its certificate is for
  std::string ca_file;        // authorities in PEM; "": the system's
  std::vector<SpkiPin> pins;  // if any, a certificate of the verified chain has one of these

  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

/// An active health question; the default asks `. NS` or the SOA of the upstream's route.
struct ProbeSpec {
  dns::Question question;
  Duration interval{};
};

/// Where queries are posted to over HTTPS.
struct HttpTarget {
  std::string authority;                         // the url's host, and port if it is not 443
  std::string path;                              // with its slash
  std::optional<Endpoint> proxy = std::nullopt;  // to connect through

  friend bool operator==(const HttpTarget&, const HttpTarget&) = default;
};

struct Upstream {
  UpstreamId id{};
  std::string name;  // the key in the configuration; the `upstream` label of metrics
  UpstreamClass upstream_class = UpstreamClass::external;
  ProviderId provider{};
  std::string provider_name;
  TransportKind transport = TransportKind::udp;
  std::string host;  // a name to resolve through the bootstrap servers; empty: endpoints are given
  std::uint16_t port = 53;          // of host; each endpoint has its own
  std::vector<Endpoint> endpoints;  // the first that works is used; empty: host is set, or it is
                                    // the only one of an "auto" that has found nobody
  std::string found_for;            // the entry with the url "auto" that it was found for; or ""
  TlsIdentity tls;                  // where it is encrypted
  HttpTarget http;                  // of transport `https`
  std::shared_ptr<const rpc::Chain> chain;  // of transport `rpc`: never null there, null elsewhere
  std::optional<IpAddress> source;          // bind to this address
  std::string interface;                    // SO_BINDTODEVICE; empty: none
  bool validates = false;                   // a DNSSEC validator: its SERVFAIL is a verdict
  bool filters = false;                     // a filter: its negatives are verdicts
  bool trust_ad = false;                    // its AD bit is passed on
  std::uint32_t max_pps = 0;                // packet budget of its provider; 0: none
  ProbeSpec probe;

  /// The server and the way to it, as text: for comparing, never to be shown; the urls of a chain
  /// have keys in them.
  [[nodiscard]] std::string server() const;

  /// Same server reached the same way: what lets health and connections survive a reload.
  [[nodiscard]] bool same_server(const Upstream& other) const;
};

[[nodiscard]] const char* to_string(UpstreamClass upstream_class) noexcept;
[[nodiscard]] const char* to_string(TransportKind kind) noexcept;

}  // namespace holdfast
