#include "net/self_check.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "net/bootstrap_channel.h"

namespace holdfast {
namespace {

/// Answered here, with NXDOMAIN (RFC 6761 6.4). Not `localhost`: c-ares asks nobody for that.
constexpr const char* kName = "self-check.invalid";
constexpr std::size_t kMostPorts = 8;

Endpoint reachable(Endpoint listener) {
  if (!listener.address.is_unspecified()) return listener;
  const bool v4 = listener.address.is_v4();
  listener.address = *parse_ip(v4 ? "127.0.0.1" : "::1");
  return listener;
}

}  // namespace

SelfCheck::SelfCheck(EventLoop& loop, const std::vector<Endpoint>& listeners, std::size_t ports)
    : loop_(loop), ports_(std::clamp<std::size_t>(ports, 1, kMostPorts)) {
  for (const Endpoint& listener : listeners)
    listeners_.push_back(reachable(listener));
}

SelfCheck::~SelfCheck() = default;

void SelfCheck::ask() {
  if (waiting_ > 0 || listeners_.empty()) return;
  const Endpoint& listener = listeners_[next_++ % listeners_.size()];
  channels_.clear();
  try {
    for (std::size_t i = 0; i < ports_; ++i) {
      channels_.push_back(std::make_unique<BootstrapChannel>(loop_, std::span(&listener, 1),
                                                             Satisfied::by_any_reply));
    }
  } catch (const std::exception&) {
    return channels_.clear();  // no memory, no descriptors: that says nothing of the listener
  }
  waiting_ = channels_.size();
  all_answered_ = true;
  for (const auto& channel : channels_) {
    channel->resolve(kName, [this, asked = loop_.now()](const HostAddresses& found) {
      on_answer(found.answered, asked);
    });
  }
}

void SelfCheck::close() {
  listeners_.clear();
  channels_.clear();
}

void SelfCheck::on_answer(bool answered, TimePoint asked) noexcept {
  all_answered_ = all_answered_ && answered;
  if (--waiting_ > 0) return;
  note(all_answered_, loop_.now() - asked);
  // Their descriptors are given back now, but not from inside a call of theirs.
  loop_.post([this] {
    if (waiting_ == 0) channels_.clear();
  });
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
