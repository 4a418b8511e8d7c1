#include "daemon/fleet_port.h"

#include <utility>

#include "cache/record.h"
#include "daemon/fleet_thread.h"

namespace holdfast {

FleetPort::FleetPort(FleetThread& fleet, EventLoop& loop, const WallClock& wall)
    : fleet_(fleet), loop_(loop), wall_(wall), place_(fleet.add(*this)) {}

FleetPort::~FleetPort() {
  forget();
  fleet_.remove(*this);
}

void FleetPort::publish(const Learnt& learnt, TimePoint now) noexcept {
  if (!learnt.shared || learnt.kind != dns::AnswerKind::positive) return;
  if (!fleet_.usable()) {
    counters_.not_published[NotPublished::disconnected].add();
    return;
  }
  record_.clear();
  encode_record(learnt.key, learnt.message, learnt.tags, times_of(learnt, wall_, now), record_);
  if (!ring_.push(record_)) counters_.not_published[NotPublished::busy].add();
}

bool FleetPort::read(const CacheKey& key, Done done, TimePoint now) {
  const auto name = dns::Name::from_wire(key.name);
  if (!name || !fleet_.usable() || pending_.full()) return false;
  const SlabHandle handle = pending_.emplace(Pending{std::move(done), {}});
  pending_.find(handle)->timer = loop_.timers().arm(now + kPatience, *this, handle.token());
  fleet_.ask({{*name, key.type, key.rr_class}, key.dnssec_ok, key.checking_disabled},
             {place_, handle.token()});
  return true;
}

void FleetPort::forget() noexcept {
  pending_.for_each([this](SlabHandle handle, const Pending& pending) {
    loop_.timers().cancel(pending.timer);
    pending_.erase(handle);
  });
}

void FleetPort::answer(std::uint64_t number, FleetRead result) {
  loop_.post(
      [this, number, result] { finish(SlabHandle::from_token(number), result, loop_.now()); });
}

void FleetPort::on_timer(std::uint64_t token, TimePoint now) noexcept {
  finish(SlabHandle::from_token(token), FleetRead::late, now);
}

void FleetPort::finish(SlabHandle handle, FleetRead result, TimePoint now) {
  Pending* pending = pending_.find(handle);
  if (pending == nullptr) return;  // it was late
  loop_.timers().cancel(pending->timer);
  const Done done = std::move(pending->done);
  pending_.erase(handle);
  counters_.reads[result].add();
  done(result == FleetRead::hit, now);
}

}  // namespace holdfast
