#include "net/bootstrap.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

constexpr unsigned kJitterPercent = 10;  // hosts that were asked together drift apart

}  // namespace

std::vector<IpAddress> in_turn(const std::vector<IpAddress>& addresses) {
  std::vector<IpAddress> v4;
  std::vector<IpAddress> v6;
  for (const IpAddress& address : addresses)
    (address.is_v4() ? v4 : v6).push_back(address);
  std::vector<IpAddress> ordered;
  for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
    if (i < v6.size()) ordered.push_back(v6[i]);
    if (i < v4.size()) ordered.push_back(v4[i]);
  }
  return ordered;
}

Bootstrap::Bootstrap(EventLoop& loop, EndpointBook& book, Random& random, OnReport on_report,
                     const BootstrapPolicy& policy)
    : loop_(loop),
      book_(book),
      random_(random),
      on_report_(std::move(on_report)),
      policy_(policy) {}

Bootstrap::~Bootstrap() {
  close();
}

void Bootstrap::close() {
  for (const auto& [number, host] : hosts_) {
    loop_.timers().cancel(host.timer);
  }
  hosts_.clear();
  channel_.reset();
}

void Bootstrap::follow(std::span<const Endpoint> servers,
                       std::span<const std::shared_ptr<const Upstream>> upstreams) {
  std::map<std::string, Wanted> wanted;
  for (const auto& upstream : upstreams) {
    if (!upstream) continue;
    if (upstream->chain) {
      for (const rpc::EndpointSpec& endpoint : upstream->chain->endpoints) {
        if (endpoint.addresses.empty()) wanted[endpoint.host].of_chain = true;
      }
    }
    if (upstream->host.empty() || !upstream->endpoints.empty()) continue;
    wanted[upstream->host].users.push_back({upstream->id, upstream->port});
  }
  const bool other_servers = !std::ranges::equal(servers, servers_);
  if (other_servers) {
    servers_.assign(servers.begin(), servers.end());
    channel_.reset();
  }
  for (auto entry = hosts_.begin(); entry != hosts_.end();) {
    const auto found = wanted.find(entry->second.name);
    if (found == wanted.end()) {
      forget(entry->second);
      entry = hosts_.erase(entry);
      continue;
    }
    set_users(entry->second, std::move(found->second));
    wanted.erase(found);
    if (other_servers) ask(*entry);
    ++entry;
  }
  for (auto& [name, who] : wanted) {
    Host host{.name = name, .users = std::move(who.users), .of_chain = who.of_chain};
    auto& entry = *hosts_.emplace(numbers_++, std::move(host)).first;
    ask(entry);
  }
}

bool Bootstrap::offer(const std::string& host, const std::vector<IpAddress>& addresses) {
  const auto entry = std::ranges::find_if(
      hosts_, [&](const Hosts::value_type& known) { return known.second.name == host; });
  if (entry == hosts_.end() || !entry->second.addresses.empty() || addresses.empty()) return false;
  entry->second.addresses = addresses;
  publish_all(entry->second);
  return true;
}

std::string Bootstrap::fault_of(const std::string& host) const {
  for (const auto& [number, known] : hosts_) {
    if (known.name == host) return known.fault;
  }
  return {};
}

void Bootstrap::refresh() {
  for (auto& entry : hosts_)
    ask(entry);
}

/// Upstreams that came get what is known; the ids of those that went may be given to others.
void Bootstrap::set_users(Host& host, Wanted wanted) {
  std::vector<User>& users = wanted.users;
  const auto lacks = [](const std::vector<User>& list, const User& user) {
    return std::ranges::find(list, user) == list.end();
  };
  for (const User& user : host.users) {
    if (lacks(users, user)) book_.publish(user.upstream, {});
  }
  const auto before = std::exchange(host.users, std::move(users));
  for (const User& user : host.users) {
    if (lacks(before, user)) publish(host, user);
  }
  const bool was = std::exchange(host.of_chain, wanted.of_chain);
  if (was != host.of_chain) {
    book_.publish_host(host.name,
                       host.of_chain ? in_turn(host.addresses) : std::vector<IpAddress>());
  }
}

void Bootstrap::forget(Host& host) {
  loop_.timers().cancel(host.timer);
  for (const User& user : host.users)
    book_.publish(user.upstream, {});
  if (host.of_chain) book_.publish_host(host.name, {});
}

void Bootstrap::ask(Hosts::value_type& entry) {
  auto& [number, host] = entry;
  loop_.timers().cancel(host.timer);
  if (servers_.empty()) {
    host.fault = "no bootstrap servers";
    on_report_({host.name, {.error = host.fault}, false, kForever - TimePoint()});
    return;
  }
  if (!channel_) channel_ = std::make_unique<BootstrapChannel>(loop_, servers_);
  const std::uint64_t question = ++host.asked;
  channel_->resolve(host.name, [this, number = number, question](const HostAddresses& found) {
    on_answer(number, question, found);
  });
}

void Bootstrap::on_answer(std::uint64_t number, std::uint64_t question,
                          const HostAddresses& found) {
  const auto entry = hosts_.find(number);
  if (entry == hosts_.end() || entry->second.asked != question) return;
  Host& host = entry->second;
  const bool good = !found.addresses.empty();
  const bool changed = good && found.addresses != host.addresses;
  host.failures = good ? 0 : host.failures + 1;
  host.fault = found.error;
  if (changed) {
    host.addresses = found.addresses;
    publish_all(host);
  }
  const Duration next = next_after(host, found);
  host.timer = loop_.timers().arm(loop_.now() + next, *this, number);
  on_report_({host.name, found, changed, next});
}

void Bootstrap::publish_all(const Host& host) {
  for (const User& user : host.users)
    publish(host, user);
  if (host.of_chain) book_.publish_host(host.name, in_turn(host.addresses));
}

void Bootstrap::publish(const Host& host, const User& user) {
  Endpoints endpoints;
  for (const IpAddress& address : in_turn(host.addresses))
    endpoints.push_back({address, user.port});
  book_.publish(user.upstream, std::move(endpoints));
}

Duration Bootstrap::next_after(const Host& host, const HostAddresses& found) {
  if (host.failures != 0) {
    Duration wait = policy_.retry_min;
    for (unsigned i = 1; i < host.failures && wait < policy_.retry_max; ++i)
      wait *= 2;
    return random_.jitter(std::min(wait, policy_.retry_max), kJitterPercent);
  }
  // Ahead of expiry by a quarter, so that a server that is slow or down for a moment costs nothing.
  const Duration ttl = std::clamp(found.ttl, policy_.ttl_min, policy_.ttl_max);
  return random_.jitter(ttl - ttl / 4, kJitterPercent);
}

void Bootstrap::on_timer(std::uint64_t token, TimePoint /*now*/) noexcept {
  if (const auto entry = hosts_.find(token); entry != hosts_.end()) ask(*entry);
}

}  // namespace holdfast
