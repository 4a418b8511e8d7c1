#include "fleet/fleet_publisher.h"

#include <algorithm>
#include <functional>

namespace holdfast {
namespace {

/// An upstream's cache gives the same answer with a TTL that counts down in whole seconds: its end
/// is the same but for rounding.
constexpr std::chrono::seconds kSameEnd = 2s;

}  // namespace

FleetPublisher::FleetPublisher(const FleetKeys& keys, FleetPolicy policy, FleetCounters& counters)
    : keys_(keys),
      policy_(std::move(policy)),
      counters_(counters),
      tokens_(policy_.max_per_second * kBurst),
      buffer_(65535) {}

void FleetPublisher::publish(dns::Bytes record, RedisSession* session, UnixTime unix_now,
                             TimePoint now) {
  const auto give_up = [this](NotPublished why) { counters_.not_published[why].add(); };
  if (session == nullptr) return give_up(NotPublished::disconnected);
  if (!session->has_room()) return give_up(NotPublished::busy);
  const auto decoded = decode_record(record, buffer_);
  if (!decoded || decoded->answer.kind != dns::AnswerKind::positive) return;
  const std::string name = keys_.name_of(decoded->key(), policy_.prefix, 0);
  Recent& before = recent(name);
  const bool known = before.name == name && before.at != kNever;
  if (known && (now - before.at < kPause || decoded->times.expires <= before.expires + kSameEnd)) {
    return give_up(NotPublished::repeated);
  }
  if (!take_token(now)) return give_up(NotPublished::rate);
  before = {name, decoded->times.expires, now};
  const UnixTime until = decoded->times.expires + policy_.max_stale;
  const std::chrono::seconds keep = std::max<std::chrono::seconds>(until - unix_now, 1s);
  value_.clear();
  seal(keys_, name, until, record, value_);
  session->set(name, value_, keep, now);
  counters_.published.add();
}

void FleetPublisher::forget() noexcept {
  for (Recent& recent : *recent_)
    recent.at = kNever;
}

bool FleetPublisher::take_token(TimePoint now) noexcept {
  const double most = policy_.max_per_second * kBurst;
  if (filled_ != kNever) {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(most, tokens_ + seconds * policy_.max_per_second);
  }
  filled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

FleetPublisher::Recent& FleetPublisher::recent(const std::string& name) noexcept {
  return (*recent_)[std::hash<std::string>{}(name) % kRecent];
}

}  // namespace holdfast
