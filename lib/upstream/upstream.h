// What an Upstream is: one server address and protocol, its provider (failure domain) and class.
// Plain values, part of a Snapshot; how it fares is in health_board.h, what it can do in traits.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/question.h"

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

/// How exchanges travel. `udp` falls over to TCP on truncation; `tcp` never uses UDP.
enum class TransportKind : std::uint8_t { udp, tcp };

/// An active health question; the default asks `. NS` or the SOA of the upstream's route.
struct ProbeSpec {
  dns::Question question;
  Duration interval{};
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
  std::vector<Endpoint> endpoints;  // never empty unless host is set; the first that works is used
  std::optional<IpAddress> source;  // bind to this address
  std::string interface;            // SO_BINDTODEVICE; empty: none
  bool validates = false;           // a DNSSEC validator: its SERVFAIL is a verdict
  bool filters = false;             // a filter: its negatives are verdicts
  bool trust_ad = false;            // its AD bit is passed on
  std::uint32_t max_pps = 0;        // packet budget of its provider; 0: none
  ProbeSpec probe;

  /// The server and the way to it, as text.
  [[nodiscard]] std::string server() const;

  /// Same server reached the same way: what lets health and connections survive a reload.
  [[nodiscard]] bool same_server(const Upstream& other) const { return server() == other.server(); }
};

[[nodiscard]] const char* to_string(UpstreamClass upstream_class) noexcept;
[[nodiscard]] const char* to_string(TransportKind kind) noexcept;

}  // namespace holdfast
