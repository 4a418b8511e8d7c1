#include "net/host_finder.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace holdfast {

HostFinder::HostFinder(EventLoop& loop, std::vector<Endpoint> servers)
    : loop_(loop), servers_(std::move(servers)), here_(std::make_shared<bool>(true)) {}

void HostFinder::find(const std::string& host, Done done) {
  const TimePoint now = loop_.now();
  const auto known = hosts_.find(host);
  if (known != hosts_.end() && known->second.until == kForever) {
    known->second.waiting.push_back(std::move(done));
    return;
  }
  if (known != hosts_.end() && now < known->second.until) {
    return tell(std::move(done), known->second.addresses);
  }
  if (!ask(host)) return tell(std::move(done), {});
  hosts_[host].waiting.push_back(std::move(done));
}

/// False if nobody can be asked.
bool HostFinder::ask(const std::string& name) {
  if (servers_.empty() || asked_ == kMostAsked) return false;
  try {
    if (!channel_) channel_ = std::make_unique<BootstrapChannel>(loop_, servers_);
  } catch (const std::exception&) {  // no descriptor, no memory
    return false;
  }
  make_room(loop_.now());
  hosts_[name].until = kForever;
  ++asked_;
  const auto found = [this, name, here = std::weak_ptr(here_)](const HostAddresses& addresses) {
    if (!here.expired()) on_found(name, addresses);
  };
  channel_->resolve(name, found);
  return true;
}

void HostFinder::on_found(const std::string& name, const HostAddresses& found) {
  --asked_;
  Host& host = hosts_[name];
  const Duration keep =
      found.addresses.empty() ? kFailureKept : std::clamp(found.ttl, kKeptMin, kKeptMax);
  host.addresses = found.addresses;
  host.until = loop_.now() + keep;
  // Whoever is told may look for others.
  const auto addresses = host.addresses;
  const std::weak_ptr here(here_);
  for (const Done& done : std::exchange(host.waiting, {})) {
    if (here.expired()) return;
    done(addresses);
  }
}

/// What is kept longest in the way goes first: the hosts are strangers' choice.
void HostFinder::make_room(TimePoint now) {
  std::erase_if(hosts_, [now](const auto& entry) { return entry.second.until <= now; });
  if (hosts_.size() < kMostHosts) return;
  const auto oldest =
      std::ranges::min_element(hosts_, {}, [](const auto& entry) { return entry.second.until; });
  if (oldest->second.until != kForever) hosts_.erase(oldest);
}

void HostFinder::tell(Done done, std::vector<IpAddress> addresses) {
  loop_.post(
      [done = std::move(done), addresses = std::move(addresses), here = std::weak_ptr(here_)] {
        if (!here.expired()) done(addresses);
      });
}

}  // namespace holdfast
