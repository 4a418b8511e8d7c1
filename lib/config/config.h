// Config: the configuration file as plain structs. Every default and unit of the configuration
// stands here (docs/CONFIG.md is checked against it). Parsing is parse.h, rules between fields
// validate.h; what the resolver runs on is made of it by control/build_snapshot.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/name.h"
#include "resolver/snapshot.h"
#include "route/route.h"
#include "rpc/chain.h"
#include "upstream/policy.h"
#include "upstream/upstream.h"

namespace holdfast {

struct ProbeConfig {
  std::optional<dns::Name> name;
  std::optional<dns::RrType> type;
  std::optional<Duration> interval;
};

struct UpstreamConfig {
  std::string name;
  UpstreamClass upstream_class = UpstreamClass::external;
  std::string provider;  // default: the upstream's own name
  TransportKind transport = TransportKind::udp;
  bool automatic = false;  // url "auto": one upstream for each resolver this host is told of
  std::string found_for;   // the automatic one that this was made of (control/expand_auto.h)
  std::string host;        // the host of the url if it is no address
  std::uint16_t port = 53;
  std::vector<Endpoint> endpoints;  // of the url or of `addresses`
  TlsIdentity tls;                  // of tls:// and https:// only
  HttpTarget http;                  // of https:// only
  std::optional<IpAddress> source;
  std::string interface;
  bool validates = false, filters = false, trust_ad = false;
  std::optional<std::uint32_t> max_pps;  // none: its provider's
  ProbeConfig probe;
  std::optional<rpc::Chain> chain;  // of class ens, and only there; its zones are the routes'
};

/// An upstream with the url "auto" becomes at most so many.
inline constexpr std::size_t kMaxAutomatic = 8;

struct RouteConfig {
  dns::Name zone;
  std::string label;
  std::vector<std::vector<std::string>> tiers;  // names of upstreams
  Policy policy = Policy::ordered;
  Visibility visibility = Visibility::public_view;
  HedgeReach hedge = HedgeReach::tier;
  std::optional<unsigned> min_usable;  // may only raise safety.min_usable
  bool allow_public_answers = false;
  bool trust_unvalidated = false;
  std::optional<Duration> stale;  // age cap of this route
  LastGoodPolicy last_good;
  std::string ens_name;  // of the copy on chain, normalised; "": the zone's own name
  bool share = false;    // private answers may go to the fleet
};

struct HostConfig {
  dns::Name name;
  std::vector<IpAddress> addresses;
};

/// Clients that are admitted besides those in `acl`, under a name: who adds some, as a file of its
/// own in conf.d, does so without touching what others wrote.
struct AdmitConfig {
  std::string name;
  std::vector<IpPrefix> networks;
};

enum class LogLevel : std::uint8_t { error, warning, info, debug };

struct QueryLogConfig {
  bool enabled = false;
  std::uint32_t max_per_second = 100;  // beyond: counted, not written
};

/// Memory shared with the other machines of a fleet, in Redis or Valkey.
struct FleetConfig {
  std::string host;  // of the url: whom its certificate must be for
  std::uint16_t port = 6379;
  std::vector<IpAddress> addresses;  // of the url or of `addresses`; empty: the host is resolved
  bool tls = false;
  unsigned database = 0;
  std::string username;  // these four: "" is none
  std::string password_file;
  std::string ca_file;  // "": the system's authorities
  std::string key_file;
  std::string prefix = "holdfast";
  std::uint32_t max_per_second = 200;

  /// "rediss://cache.example:6379/0"
  [[nodiscard]] std::string url() const;

  friend bool operator==(const FleetConfig&, const FleetConfig&) = default;
};

struct StoreConfig {
  std::string path;  // a folder; empty: memory only
  std::size_t max_bytes = std::size_t{256} * 1024 * 1024;
};

struct Config {
  std::vector<Endpoint> listen;           // default 127.0.0.1:53 and [::1]:53
  unsigned workers = 0;                   // 0: one per core
  std::vector<IpPrefix> acl;              // default 127.0.0.0/8, ::1/128
  std::vector<AdmitConfig> admit;         // in the order of the file
  std::vector<Endpoint> bootstrap;        // port 53 by default
  std::vector<UpstreamConfig> upstreams;  // in the order of the file
  std::vector<RouteConfig> routes;
  bool link_routes = true;  // routes for the domains of this host's links, too
  std::vector<HostConfig> hosts;
  FailoverPolicy policy;  // safety, `failover` and `health` keys, all by policy_fields() names
  std::size_t cache_max_bytes = std::size_t{64} * 1024 * 1024;
  StoreConfig store;
  TtlBounds ttl;
  Duration stale_public = 72h;
  Duration stale_private = 72h;
  Limits limits;
  std::optional<Endpoint> http;  // default 127.0.0.1:9953; absent by "http": "off"
  std::string control = "/run/holdfast/control.sock";  // "off": none
  LogLevel log_level = LogLevel::info;
  QueryLogConfig query_log;
  std::optional<FleetConfig> fleet;

  /// Whose clients may ask: `acl` and all of `admit`.
  [[nodiscard]] std::vector<IpPrefix> admitted() const;
};

/// What is wrong with a file of certificate authorities; "" if nothing. Reading certificates is not
/// this layer's: whoever loads a configuration brings it.
using CaCheck = std::function<std::string(const std::string& ca_file)>;

/// One mistake: where (JSON pointer, with the file's name), what was found, what would be right.
struct ConfigError {
  std::string file;
  std::string pointer;
  std::string message;

  /// "FILE: POINTER: MESSAGE"
  [[nodiscard]] std::string to_string() const;
};

}  // namespace holdfast
