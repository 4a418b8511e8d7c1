#include "resolver/worker_counters.h"

namespace holdfast {

const char* to_string(AnswerSource source) noexcept {
  switch (source) {
    case AnswerSource::cache:
      return "cache";
    case AnswerSource::fresh:
      return "fresh";
    case AnswerSource::stale:
      return "stale";
    case AnswerSource::local:
      return "local";
    case AnswerSource::failure:
      return "failure";
  }
  return "?";
}

const char* to_string(ExchangeReason reason) noexcept {
  switch (reason) {
    case ExchangeReason::first:
      return "first";
    case ExchangeReason::retry:
      return "retry";
    case ExchangeReason::hedge:
      return "hedge";
    case ExchangeReason::race:
      return "race";
    case ExchangeReason::tcp:
      return "tcp";
    case ExchangeReason::plain:
      return "plain";
    case ExchangeReason::suspect:
      return "suspect";
    case ExchangeReason::witness:
      return "witness";
    case ExchangeReason::cookie:
      return "cookie";
  }
  return "?";
}

const char* to_string(TurnEnd end) noexcept {
  switch (end) {
    case TurnEnd::contradicted:
      return "contradicted";
    case TurnEnd::believed:
      return "believed";
    case TurnEnd::held:
      return "held";
  }
  return "?";
}

const char* to_string(ShedReason reason) noexcept {
  switch (reason) {
    case ShedReason::lookups:
      return "lookups";
    case ShedReason::waiters:
      return "waiters";
    case ShedReason::acl:
      return "acl";
    case ShedReason::response:
      return "response";
    case ShedReason::socket_full:
      return "socket_full";
    case ShedReason::short_header:
      return "short_header";
    case ShedReason::tcp_connections:
      return "tcp_connections";
    case ShedReason::tcp_slow:
      return "tcp_slow";
    case ShedReason::send_failed:
      return "send_failed";
    case ShedReason::oversized:
      return "oversized";
    case ShedReason::oldest:
      return "oldest";
  }
  return "?";
}

UpstreamCounters& WorkerCounters::of(UpstreamId id) {
  auto& slot = owned_[index(id)];
  if (!slot) {
    slot = std::make_unique<UpstreamCounters>();
    published_[index(id)].store(slot.get(), std::memory_order_release);
  }
  return *slot;
}

ChainCounters& WorkerCounters::of_chain(UpstreamId id) {
  auto& slot = owned_chains_[index(id)];
  if (!slot) {
    slot = std::make_unique<ChainCounters>();
    published_chains_[index(id)].store(slot.get(), std::memory_order_release);
  }
  return *slot;
}

}  // namespace holdfast
