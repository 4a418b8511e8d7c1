#include "net/port_pool.h"

#include <algorithm>
#include <utility>

#include "net/descriptor_room.h"
#include "net/socket_address.h"

namespace holdfast {
namespace {

constexpr unsigned kLifeJitterPercent = 25;
// Queries of one turn that leave through one port, with one system call. More would save little
// more, and tell a forger more.
constexpr unsigned kQueriesPerPort = 4;

}  // namespace

PortPool::PortPool(UpstreamId id, UpstreamTarget target, UdpPorts& ports, UpstreamPoller& poller,
                   const PortPolicy& policy)
    : id_(id),
      target_(std::move(target)),
      ports_(ports),
      poller_(poller),
      policy_(policy),
      slots_(policy.ports) {}

PortPool::~PortPool() {
  retire_all();
}

PortPool::Pick PortPool::pick(Random& random, std::uint64_t turn, TimePoint now) {
  const bool share = turn == shared_turn_ && shared_by_ < kQueriesPerPort;
  if (share && usable(shared_, now) != nullptr) {
    ++shared_by_;
    return {shared_};
  }
  const Pick picked = choose(random, now);
  if (picked.port != SlabHandle{}) target_.asked(now);
  shared_ = picked.port;
  shared_turn_ = turn;
  shared_by_ = 1;
  return picked;
}

PortPool::Pick PortPool::choose(Random& random, TimePoint now) {
  Outcome failure = Outcome::no_socket;
  bool no_descriptor = false;
  const std::size_t at = random.below(static_cast<std::uint32_t>(slots_.size()));
  for (std::size_t tried = 0; tried == 0 || tried < target_.choices(); ++tried) {
    const auto peer = target_.endpoint(now);
    if (!peer) return {};
    if (*peer != peer_) {
      retire_all();
      peer_ = *peer;
    }
    if (UdpPort* port = ports_.find(slots_[at])) {
      if (usable(slots_[at], now) != nullptr) return {slots_[at]};
      if (now < port->expires) break;  // full: a younger neighbour takes the query
      if (!may_retire()) return {slots_[at]};
      retire(slots_[at]);
    }
    const Pick opened = open(*peer, now + random.jitter(policy_.life, kLifeJitterPercent));
    if (UdpPort* port = ports_.find(opened.port)) {
      cookies_.use(port->peer, port->source, random, now);
      slots_[at] = opened.port;
      return opened;
    }
    failure = opened.failure;
    no_descriptor = opened.no_descriptor;
    if (failure == Outcome::no_socket) break;
    target_.move_on_from(*peer);
  }
  return {any_usable(at, now), failure, no_descriptor};
}

UdpPort* PortPool::usable(SlabHandle handle, TimePoint now) noexcept {
  UdpPort* port = ports_.find(handle);
  const bool usable =
      port != nullptr && now < port->expires && port->pending.size() < policy_.pending;
  return usable ? port : nullptr;
}

/// As many may wait for late replies as are in use; more descriptors one upstream does not get.
bool PortPool::may_retire() noexcept {
  if (retired_.size() < slots_.size()) return true;
  std::erase_if(retired_, [this](SlabHandle h) { return ports_.find(h) == nullptr; });
  return retired_.size() < slots_.size();
}

SlabHandle PortPool::any_usable(std::size_t from, TimePoint now) noexcept {
  SlabHandle expired;
  for (std::size_t i = 1; i <= slots_.size(); ++i) {
    const SlabHandle handle = slots_[(from + i) % slots_.size()];
    if (usable(handle, now) != nullptr) return handle;
    const UdpPort* port = ports_.find(handle);
    if (port != nullptr && port->pending.size() < policy_.pending) expired = handle;
  }
  return expired;
}

PortPool::Pick PortPool::open(const Endpoint& peer, TimePoint expires) {
  auto opened = open_upstream_socket(SocketKind::udp, peer, target_.origin());
  if (!opened) {
    const int error = opened.error().value();
    return {{}, outcome_of(error), means_no_descriptors(error)};
  }
  // The first port is worth one of the last descriptors, more ports are not.
  const bool has_one =
      std::ranges::any_of(slots_, [this](SlabHandle slot) { return ports_.find(slot) != nullptr; });
  if (has_one && is_reserved(opened->get(), DescriptorUse::upstream)) {
    return {{}, Outcome::no_socket, true};
  }
  const SlabHandle handle = ports_.emplace();
  UdpPort* port = ports_.find(handle);
  if (port == nullptr) return {};
  port->fd = std::move(*opened);
  port->upstream = id_;
  port->peer = peer;
  port->source = SocketAddress::local(port->fd.get()).endpoint().address;
  port->expires = expires;
  if (!poller_.watch(port->fd.get(), handle.token(), UpstreamPoller::kReadable)) {
    ports_.erase(handle);
    return {};
  }
  return {handle};
}

void PortPool::retire(SlabHandle handle) noexcept {
  const auto slot = std::ranges::find(slots_, handle);
  if (slot != slots_.end()) *slot = {};
  UdpPort* port = ports_.find(handle);
  if (port == nullptr || port->retired) return;
  if (port->pending.empty()) {
    ports_.erase(handle);
    return;
  }
  port->retired = true;
  retired_.push_back(handle);
}

void PortPool::retire_all() noexcept {
  for (SlabHandle& slot : slots_) {
    const SlabHandle handle = std::exchange(slot, {});
    if (handle != SlabHandle{}) retire(handle);
  }
}

void PortPool::sweep(TimePoint now) noexcept {
  for (const SlabHandle handle : slots_) {
    const UdpPort* port = ports_.find(handle);
    if (port != nullptr && now >= port->expires && port->pending.empty()) retire(handle);
  }
}

}  // namespace holdfast
