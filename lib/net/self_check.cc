#include "net/self_check.h"

#include <chrono>
#include <stdexcept>

#include "net/bootstrap_channel.h"

namespace holdfast {
namespace {

/// Answered here, with NXDOMAIN (RFC 6761 6.4). Not `localhost`: c-ares asks nobody for that.
constexpr const char* kName = "self-check.invalid";

Endpoint reachable(Endpoint listener) {
  if (!listener.address.is_unspecified()) return listener;
  const bool v4 = listener.address.is_v4();
  listener.address = *parse_ip(v4 ? "127.0.0.1" : "::1");
  return listener;
}

}  // namespace

SelfCheck::SelfCheck(EventLoop& loop, const std::vector<Endpoint>& listeners) : loop_(loop) {
  for (const Endpoint& listener : listeners)
    listeners_.push_back(reachable(listener));
}

SelfCheck::~SelfCheck() = default;

void SelfCheck::ask() {
  if (waiting_ || listeners_.empty()) return;
  const TimePoint asked = loop_.now();
  const Endpoint& listener = listeners_[next_++ % listeners_.size()];
  try {
    channel_ =
        std::make_unique<BootstrapChannel>(loop_, std::span(&listener, 1), Satisfied::by_any_reply);
  } catch (const std::runtime_error&) {
    return;  // no memory, no descriptors: that says nothing of the listener
  }
  waiting_ = true;
  channel_->resolve(kName, [this, asked](const HostAddresses& found) {
    waiting_ = false;
    note(found.answered, loop_.now() - asked);
  });
}

void SelfCheck::close() {
  listeners_.clear();
  channel_.reset();
}

void SelfCheck::note(bool answered, Duration took) noexcept {
  if (!answered) {
    ++unanswered_;
    ++in_row_;
    return;
  }
  ++answered_;
  in_row_ = 0;
  last_seconds_ = std::chrono::duration<double>(took).count();
}

SelfCheck::Counts SelfCheck::counts() const noexcept {
  return {answered_, unanswered_, in_row_, last_seconds_};
}

}  // namespace holdfast
