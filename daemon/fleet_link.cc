#include "daemon/fleet_link.h"

#include <utility>

#include "daemon/log.h"

namespace holdfast {
namespace {

// What the kernel has not taken; beyond, commands wait in the session, which knows its bound.
constexpr std::size_t kUnsent = std::size_t{64} * 1024;

LinkFault as_link_fault(StreamFault fault) noexcept {
  switch (fault) {
    case StreamFault::connect:
      return LinkFault::connect;
    case StreamFault::tls:
      return LinkFault::tls;
    case StreamFault::closed:
      return LinkFault::closed;
  }
  return LinkFault::closed;
}

}  // namespace

FleetLink::FleetLink(EventLoop& loop, Random& random, FleetServer server, FleetCounters& counters,
                     FleetLinkHooks hooks)
    : loop_(loop),
      random_(random),
      server_(std::move(server)),
      counters_(counters),
      hooks_(std::move(hooks)),
      stream_(loop, {[this] { on_opened(); },
                     [this](std::span<const std::uint8_t> bytes) { on_bytes(bytes); },
                     [this](StreamFault fault, const std::string& why) {
                       fail(as_link_fault(fault), why, loop_.now());
                     }}),
      addresses_(server_.addresses) {
  status_.since = loop.now();
}

void FleetLink::beat(TimePoint now) {
  if (closed_) return;
  switch (stage_) {
    case Stage::waiting:
      if (now >= retry_at_) attempt(now);
      return;
    case Stage::resolving:
    case Stage::connecting:
      if (now - since_ > kConnectPatience) {
        const bool address = stage_ == Stage::resolving;
        fail(address ? LinkFault::address : LinkFault::silent,
             address ? "the bootstrap servers do not answer" : "no login within 3 s", now);
      }
      return;
    case Stage::up:
      if (now - since_ > kSteady) backoff_.reset();
      if (session_->waiting_since() == kForever) {
        if (now - session_->last_heard() > kIdle) session_->ping(now);
      } else if (now - session_->waiting_since() > kReplyPatience &&
                 now - session_->last_heard() > kReplyPatience) {
        fail(LinkFault::silent, "no reply within 1 s", now);
      }
      return;
  }
}

void FleetLink::flush() {
  if (closed_ || !session_ || !stream_.is_open()) return;
  if (stream_.unsent() < kUnsent) {
    const auto output = session_->take_output();
    if (output.empty()) return;
    stream_.send(output);
  }
  stream_.flush();
}

void FleetLink::begin_anew(TimePoint now) {
  if (closed_) return;
  if (stage_ != Stage::waiting) fail(LinkFault::closed, "the network changed", now);
  backoff_.reset();
  retry_at_ = now;
}

void FleetLink::close() {
  closed_ = true;
  session_.reset();
  stream_.shut();
  channel_.reset();
}

FleetStatus FleetLink::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void FleetLink::attempt(TimePoint now) {
  since_ = now;
  ++attempts_;
  if (server_.addresses.empty()) {
    resolve(now);
  } else {
    connect(now);
  }
}

/// Anew for each attempt: a server that moved is found, and there are few. Through the bootstrap
/// servers only, never by asking ourselves.
void FleetLink::resolve(TimePoint now) {
  stage_ = Stage::resolving;
  try {
    if (!channel_) channel_ = std::make_unique<BootstrapChannel>(loop_, server_.bootstrap);
  } catch (const std::exception& error) {
    return fail(LinkFault::address, error.what(), now);
  }
  channel_->resolve(server_.host, [this, asked = attempts_](const HostAddresses& found) {
    if (stage_ != Stage::resolving || asked != attempts_) return;
    if (!found.addresses.empty()) addresses_ = found.addresses;
    if (!addresses_.empty()) return connect(loop_.now());
    fail(LinkFault::address, "no address from the bootstrap servers: " + found.error, loop_.now());
  });
}

void FleetLink::connect(TimePoint now) {
  stage_ = Stage::connecting;
  const IpAddress& address = addresses_[attempts_ % addresses_.size()];
  const TlsContext* tls = server_.tls ? &*server_.tls : nullptr;
  const std::string fault = stream_.open({address, server_.port}, tls, server_.host);
  if (!fault.empty()) fail(LinkFault::connect, fault, now);
}

void FleetLink::on_opened() {
  session_.emplace(server_.login, loop_.now());
}

void FleetLink::on_bytes(std::span<const std::uint8_t> bytes) {
  if (!session_) return;
  const TimePoint now = loop_.now();
  const bool going_on = session_->take(bytes, now, hooks_.answered);
  if (!going_on) {
    const bool refused = session_->state() == RedisSession::State::refused;
    return fail(refused ? LinkFault::login : LinkFault::protocol, session_->fault(), now);
  }
  if (stage_ == Stage::connecting && session() != nullptr) on_ready(now);
}

void FleetLink::on_ready(TimePoint now) {
  stage_ = Stage::up;
  since_ = now;
  counters_.connects.add();
  set_status(true, "", now);
  HOLDFAST_LOG(info, "fleet memory: connected to {}", server_.url);
  hooks_.changed(true);
}

void FleetLink::fail(LinkFault fault, const std::string& why, TimePoint now) {
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it is of what is destroyed here.
  const std::string reason = why;
  const bool was_up = stage_ == Stage::up;
  session_.reset();
  stream_.close();
  stage_ = Stage::waiting;
  since_ = now;
  const Duration wait = backoff_.next(random_);
  retry_at_ = now + wait;
  counters_.link_faults[fault].add();
  if (was_up || status().fault != reason) {
    HOLDFAST_LOG(warning, "fleet memory at {} is not reached: {}; answering goes on without it",
                 server_.url, reason);
  }
  set_status(false, reason, now);
  if (was_up) hooks_.changed(false);
}

void FleetLink::set_status(bool up, const std::string& fault, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (status_.up != up) status_.since = now;
  status_.up = up;
  status_.fault = fault;
}

}  // namespace holdfast
