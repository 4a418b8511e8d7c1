#include "daemon/ctl/questioner.h"

#include <utility>

namespace holdfast::ctl {
namespace {

constexpr Duration kPatience = 3s;
constexpr Duration kChainPatience = 8s;  // several calls, and gateways

bool is_truncated(const std::vector<std::uint8_t>& message) {
  const auto header = dns::Header::read(message);
  return header && header->has(dns::flag::tc);
}

}  // namespace

Questioner::Questioner(SnapshotPtr snapshot)
    : snapshot_(std::move(snapshot)),
      transport_({loop_, random_, counters_, addresses_, trust_}, budgets_) {
  std::vector<std::shared_ptr<const Upstream>> upstreams;
  for (const auto& upstream : snapshot_->upstreams) {
    if (upstream) upstreams.push_back(upstream);
  }
  (void)trust_.follow(upstreams);  // what cannot be opened fails when it is asked
}

Questioner::~Questioner() {
  transport_.close();
  loop_.drain();
}

bool Questioner::reaches(const Upstream& upstream) const {
  return upstream.transport == TransportKind::rpc || addresses_.locates(upstream);
}

void Questioner::on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint) noexcept {
  if (token != asked_) return;
  failure_ = end.failure;
  message_.assign(end.message.begin(), end.message.end());
}

std::variant<std::vector<std::uint8_t>, std::string> Questioner::ask(
    const Upstream& upstream, const dns::Question& question) {
  const bool chain = upstream.transport == TransportKind::rpc;
  ExchangeRequest request;
  request.question = question;
  for (const bool over_tcp : {false, true}) {
    request.over_tcp = over_tcp;
    request.random_case = !over_tcp;
    failure_.reset();
    message_.clear();
    const TimePoint begin = loop_.now();
    const auto started = transport_.start(upstream, request, *this, ++asked_, begin);
    if (!started) return upstream.name + ": " + to_string(started.why_not());
    const TimePoint end = begin + (chain ? kChainPatience : kPatience);
    while (!failure_ && loop_.now() < end)
      loop_.turn(end - loop_.stamp());
    if (!failure_) {
      transport_.cancel(*started);
      return upstream.name + ": no reply";
    }
    if (message_.empty()) return upstream.name + ": " + to_string(*failure_);
    if (!is_truncated(message_)) break;
  }
  return message_;
}

}  // namespace holdfast::ctl
