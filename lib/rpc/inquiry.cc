#include "rpc/inquiry.h"

#include <algorithm>
#include <utility>

namespace holdfast::rpc {

Inquiry::Inquiry(Mode mode, unsigned quorum, std::vector<Voice> order)
    : mode_(mode), quorum_(std::max(quorum, 1U)), order_(std::move(order)) {
  proceed();
}

std::vector<std::size_t> Inquiry::take_asks() {
  return std::exchange(asks_, {});
}

void Inquiry::on_said(std::size_t endpoint, CallEnd said) {
  if (done_ || std::erase(open_, endpoint) == 0) return;
  // Data and class are compared, never messages: these are the clients' own.
  const auto same = [&said](const Group& group) {
    return group.said.reverted == said.reverted && group.said.data == said.data;
  };
  auto group = std::ranges::find_if(groups_, same);
  if (group == groups_.end()) {
    groups_.push_back({std::move(said), {}, {}, false});
    group = groups_.end() - 1;
  }
  group->endpoints.push_back(endpoint);
  const std::size_t provider = voice_of(endpoint).provider;
  if (std::ranges::find(group->providers, provider) == group->providers.end())
    group->providers.push_back(provider);
  group->trusted = group->trusted || trusts(endpoint);
  proceed();
}

void Inquiry::on_failed(std::size_t endpoint, const Failure& failure) {
  if (done_ || std::erase(open_, endpoint) == 0) return;
  last_failure_ = to_string(failure.fault);
  all_too_large_ = all_too_large_ && failure.fault == Fault::too_large;
  proceed();
}

void Inquiry::on_slow() {
  if (done_ || next_ == order_.size()) return;
  // One's own node may take its time: its names are told to others only when it fails.
  if (!order_[next_].trusted && waits_for_trusted()) return;
  ask_next();
}

/// Of one that was asked.
const Voice& Inquiry::voice_of(std::size_t endpoint) const noexcept {
  return *std::ranges::find(order_, endpoint, &Voice::endpoint);
}

bool Inquiry::trusts(std::size_t endpoint) const noexcept {
  return voice_of(endpoint).trusted;
}

bool Inquiry::wins(const Group& group) const noexcept {
  if (mode_ == Mode::first || (mode_ == Mode::trusted && group.trusted)) return true;
  return group.providers.size() >= quorum_;
}

/// One that is trusted will do, as long as one is asked.
bool Inquiry::waits_for_trusted() const noexcept {
  return mode_ == Mode::trusted &&
         std::ranges::any_of(open_, [this](std::size_t endpoint) { return trusts(endpoint); });
}

std::size_t Inquiry::voices_needed() const noexcept {
  if (mode_ == Mode::first) return 1;
  std::size_t largest = 0;
  for (const Group& group : groups_)
    largest = std::max(largest, group.providers.size());
  return quorum_ - std::min<std::size_t>(largest, quorum_);
}

void Inquiry::ask_next() {
  const std::size_t endpoint = order_[next_++].endpoint;
  open_.push_back(endpoint);
  asks_.push_back(endpoint);
}

void Inquiry::proceed() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!wins(groups_[i])) continue;
    winner_ = i;
    done_ = true;
    result_.status = groups_[i].said.reverted ? ens::CallResult::Status::reverted
                                              : ens::CallResult::Status::returned;
    result_.data = groups_[i].said.data;
    return;
  }
  while (next_ < order_.size() && open_.size() < voices_needed() && !waits_for_trusted())
    ask_next();
  if (open_.empty()) fail();
}

void Inquiry::fail() {
  done_ = true;
  winner_ = groups_.size();
  if (groups_.size() > 1) {
    result_.ede = dns::EdeCode::other;
    result_.text = "RPC endpoints disagree";
  } else if (groups_.size() == 1) {
    result_.ede = dns::EdeCode::network_error;
    result_.text = "too few RPC endpoints answer";
  } else if (all_too_large_ && !last_failure_.empty()) {
    result_.ede = dns::EdeCode::invalid_information;
    result_.text = "what is on chain is larger than is read";
  } else {
    result_.ede = dns::EdeCode::network_error;
    result_.text = "no RPC endpoint answers";
    if (!last_failure_.empty()) result_.text += ": " + last_failure_;
  }
}

std::vector<std::size_t> Inquiry::dissenters() const {
  std::vector<std::size_t> out;
  if (winner_ == groups_.size()) return out;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (i != winner_)
      out.insert(out.end(), groups_[i].endpoints.begin(), groups_[i].endpoints.end());
  }
  return out;
}

std::vector<std::size_t> Inquiry::winners() const {
  return winner_ < groups_.size() ? groups_[winner_].endpoints : std::vector<std::size_t>{};
}

}  // namespace holdfast::rpc
