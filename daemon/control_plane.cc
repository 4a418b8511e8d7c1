#include "daemon/control_plane.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/units.h"
#include "daemon/log.h"
#include "daemon/transport_changes.h"
#include "daemon/version.h"

namespace holdfast {
namespace {

// Less than this is no sleep but the two clocks being read one after the other.
constexpr Duration kNap = 500ms;

Duration whole_seconds(Duration d) noexcept {
  return std::chrono::duration_cast<std::chrono::seconds>(d);
}

Duration ahead_of_monotonic(TimePoint now) noexcept {
  return now.time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

const char* to_string(Upheaval why) noexcept {
  switch (why) {
    case Upheaval::resume:
      return "resume from sleep";
    case Upheaval::address:
      return "an address of this host";
    case Upheaval::route:
      return "a route to an upstream";
    case Upheaval::clock:
      return "the machine's clock was set";
  }
  return "?";
}

ControlPlane::ControlPlane(const SharedParts& shared, const SnapshotPtr& snapshot,
                           const Config& config)
    : snapshot_(snapshot),
      transport_({loop_, random_, counters_, shared.addresses, shared.trust}, shared.budgets),
      injector_({transport_, loop_.timers(), random_, shared.drills}, snapshot),
      checker_(injector_, loop_.timers(), random_, shared.board, shared.traits),
      loops_(transport_, shared.loops),
      addresses_(shared.addresses),
      trust_(shared.trust),
      bootstrap_(loop_, shared.addresses, random_,
                 [this](const BootstrapReport& report) { tell_bootstrap(report); }),
      resolvers_(loop_,
                 [this](const std::vector<IpAddress>& found) {
                   if (hooks_.resolvers) hooks_.resolvers(found);
                 }),
      links_(loop_,
             [this](const std::vector<LinkDomain>& found) {
               if (hooks_.link_domains) hooks_.link_domains(found);
             }),
      network_(loop_,
               [this](NetworkChange change, TimePoint now) {
                 begin_anew(change == NetworkChange::route ? Upheaval::route : Upheaval::address,
                            now);
               }),
      signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
      wall_(shared.wall),
      asleep_(ahead_of_monotonic(loop_.now())) {
  tell_time(loop_.now());
  (void)clock_came_right();
  checker_.set_hindrance([this](const Upstream& upstream) { return hindrance_of(upstream); });
  adopt(snapshot, config);
  if (const std::string error = network_.open(); !error.empty()) {
    HOLDFAST_LOG(warning,
                 "changed addresses and routes of this host will not be noticed: netlink: {}; "
                 "descriptors must be left, and, with systemd, RestrictAddressFamilies= must allow "
                 "AF_NETLINK",
                 error);
  }
}

ControlPlane::~ControlPlane() {
  close();
}

void ControlPlane::run() {
  asio::co_spawn(loop_.context(), signal_loop(), asio::detached);
  beat_ = loop_.timers().arm(loop_.now(), *this, 0);
  loop_.run();
}

void ControlPlane::close() {
  loop_.timers().cancel(beat_);
  asio::error_code ignored;
  signals_.cancel(ignored);
  bootstrap_.close();
  resolvers_.stop();
  links_.stop();
  network_.close();
  transport_.close();
  loop_.drain();
}

void ControlPlane::adopt(const SnapshotPtr& snapshot, const Config& config) {
  retire_gone(transport_, *snapshot_, *snapshot);
  snapshot_ = snapshot;
  for (const std::string& fault : trust_.follow(snapshot->upstreams))
    log_line(LogLevel::warning, "certificates of upstreams cannot be verified: " + fault);
  bootstrap_.follow(config.bootstrap, snapshot->upstreams);
  injector_.adopt(snapshot);
  loops_.adopt(snapshot, loop_.now());
  checker_.adopt(snapshot, loop_.now());
  watch_network();
  watch_resolvers(config);
  watch_links(config);
}

void ControlPlane::watch_links(const Config& config) {
  if (!config.link_routes) return links_.stop();
  if (const std::string error = links_.watch(); !error.empty()) {
    HOLDFAST_LOG(warning,
                 "domains of links (VPNs) will be noticed within a minute only: inotify: {}; see "
                 "/proc/sys/fs/inotify/max_user_instances",
                 error);
  }
}

void ControlPlane::watch_resolvers(const Config& config) {
  if (std::ranges::none_of(config.upstreams, &UpstreamConfig::automatic)) return resolvers_.stop();
  if (const std::string error = resolvers_.watch(); !error.empty()) {
    HOLDFAST_LOG(
        warning,
        "other resolvers of the network will be noticed within a minute only: inotify: {}; "
        "see /proc/sys/fs/inotify/max_user_instances",
        error);
  }
}

std::optional<Cause> ControlPlane::hindrance_of(const Upstream& upstream) const {
  if (loops_.loops(upstream.id)) return Cause::loop;
  if (!addresses_.locates(upstream)) return Cause::no_address;
  return std::nullopt;
}

std::string ControlPlane::fault_of(UpstreamId id) const {
  const Upstream& upstream = snapshot_->upstream(id);
  if (loops_.loops(id)) {
    return "a loop: what is sent to it comes back to where holdfast itself listens; it is not "
           "asked";
  }
  if (addresses_.locates(upstream)) return transport_.fault_of(id);
  if (upstream.chain) {
    return upstream.chain->name_of(0) + ": " + unresolved(upstream.chain->endpoints[0].host);
  }
  if (upstream.host.empty()) {
    return "\"auto\" finds no resolver of this host's network: none in resolv.conf, nor in those "
           "of systemd-resolved and NetworkManager, nor in a DHCP lease";
  }
  return unresolved(upstream.host);
}

std::vector<std::string> ControlPlane::endpoint_faults(UpstreamId id) const {
  const Upstream& upstream = snapshot_->upstream(id);
  std::vector<std::string> faults = transport_.endpoint_faults(id);
  faults.resize(upstream.chain->endpoints.size());
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const rpc::EndpointSpec& spec = upstream.chain->endpoints[i];
    if (spec.addresses.empty() && !addresses_.find_host(spec.host))
      faults[i] = unresolved(spec.host);
  }
  return faults;
}

std::string ControlPlane::unresolved(const std::string& host) const {
  const std::string why = bootstrap_.fault_of(host);
  return "no address of " + host + (why.empty() ? " is known yet" : ": " + why);
}

/// Where the configuration names the host, as JSON pointers.
std::string ControlPlane::places_of(const std::string& host) const {
  std::string places;
  const auto add = [&places](const std::string& place) {
    places += (places.empty() ? "/upstreams/" : ", /upstreams/") + place + "/url";
  };
  for (const auto& upstream : snapshot_->upstreams) {
    if (!upstream) continue;
    if (upstream->host == host) add(upstream->name);
    if (!upstream->chain) continue;
    const auto& endpoints = upstream->chain->endpoints;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
      if (endpoints[i].host == host) add(upstream->name + "/endpoints/" + std::to_string(i));
    }
  }
  return places;
}

void ControlPlane::tell_bootstrap(const BootstrapReport& report) {
  if (!report.found.error.empty()) {
    HOLDFAST_LOG(warning,
                 "{}: no addresses for {} from the bootstrap servers: {}; asked again in {}",
                 places_of(report.host), report.host, report.found.error,
                 print_duration(whole_seconds(report.next)));
  }
  if (!report.changed) return;
  HOLDFAST_LOG(info, "{} has {} address(es), the first is {}", report.host,
               report.found.addresses.size(), report.found.addresses.front().to_string());
  watch_network();
  for (const auto& upstream : snapshot_->upstreams) {
    if (upstream && upstream->host == report.host) loops_.ask_again(upstream->id, loop_.now());
  }
  if (hooks_.located) hooks_.located(report.host, report.found.addresses);
}

void ControlPlane::recall(const SavedNotes& notes, UnixTime wall) {
  for (const SavedHost& host : notes.hosts) {
    if (!bootstrap_.offer(host.host, host.addresses)) continue;
    HOLDFAST_LOG(info,
                 "{} is taken to be where it was before the restart, at {}, until the "
                 "bootstrap servers answer",
                 host.host, host.addresses.front().to_string());
    watch_network();
  }
  for (const SavedHealth& saved : notes.health) {
    // From the future: a clock was wrong, then or now.
    if (saved.at > wall) continue;
    checker_.restore(saved.upstream, saved.state, wall - saved.at, loop_.now());
  }
}

/// The ways to upstreams matter, and those to the servers that tell where upstreams are.
void ControlPlane::watch_network() {
  std::vector<IpAddress> talked_to;
  const auto add = [&talked_to](const Endpoints& endpoints) {
    for (const Endpoint& endpoint : endpoints)
      talked_to.push_back(endpoint.address);
  };
  const auto add_chain = [&](const rpc::Chain& chain) {
    for (const rpc::EndpointSpec& endpoint : chain.endpoints) {
      const auto& own = endpoint.addresses;
      talked_to.insert(talked_to.end(), own.begin(), own.end());
      if (const auto found = addresses_.find_host(endpoint.host))
        talked_to.insert(talked_to.end(), found->begin(), found->end());
    }
  };
  add(bootstrap_.servers());
  for (const auto& upstream : snapshot_->upstreams) {
    if (!upstream) continue;
    if (const auto& proxy = upstream->http.proxy) {
      add({*proxy});
      continue;
    }
    add(upstream->endpoints);
    if (const auto found = addresses_.find(upstream->id)) add(*found);
    if (upstream->chain) add_chain(*upstream->chain);
  }
  network_.follow(std::move(talked_to));
}

void ControlPlane::begin_anew(Upheaval why, TimePoint now) {
  HOLDFAST_LOG(info, "network changed ({}): connections begin anew, all upstreams are probed",
               to_string(why));
  reset_all(transport_, *snapshot_);
  bootstrap_.refresh();
  resolvers_.look();
  links_.look();
  loops_.network_changed(now);
  checker_.network_changed(now);
  if (hooks_.network_changed) hooks_.network_changed(why);
}

asio::awaitable<void> ControlPlane::signal_loop() {
  for (;;) {
    auto [error, signal] = co_await signals_.async_wait(use_result);
    if (error) co_return;
    if (signal == SIGHUP) {
      hooks_.reload();
    } else {
      hooks_.stop();
    }
  }
}

void ControlPlane::on_timer(std::uint64_t, TimePoint now) noexcept {
  beat_ = loop_.timers().arm(now + Checker::kTick, *this, 0);
  if (slept(now)) {
    network_.forget(now);
    begin_anew(Upheaval::resume, now);
  }
  tell_time(now);
  if (clock_came_right()) begin_anew(Upheaval::clock, now);
  loops_.tick(now);
  checker_.tick(now);
  hooks_.beat(++beats_, now);
}

/// Each beat anew: the machine's clock may be set.
void ControlPlane::tell_time(TimePoint now) noexcept {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  wall_.set(now, std::chrono::floor<std::chrono::seconds>(unix_time));
}

bool ControlPlane::clock_came_right() noexcept {
  const bool was = trust_.clock_sound();
  const bool sound = wall_.at(loop_.now()) >= kBuiltAt;
  if (sound == was) return false;
  trust_.set_clock_sound(sound);
  if (!sound) {
    HOLDFAST_LOG(warning,
                 "the machine's clock is before {}, when this program was built: no certificate "
                 "can be judged, so encrypted upstreams wait until it is set; the others answer",
                 kBuiltOn);
  }
  return sound;
}

bool ControlPlane::slept(TimePoint now) noexcept {
  const Duration ahead = ahead_of_monotonic(now);
  const bool slept = ahead - asleep_ > kNap;
  asleep_ = ahead;
  return slept;
}

}  // namespace holdfast
