// The Engine's remembering half: what is learnt goes to the memory behind the cache, and when
// nobody is left to ask and the cache holds nothing, that memory is asked.
#include "resolver/engine.h"

namespace holdfast {

/// Views that only this network has stay here, unless the route says otherwise: those of private
/// zones, and what the cloud says where others may say something else.
bool Engine::may_leave(const Route& route, const AnswerTags& tags) noexcept {
  const bool by_cloud = static_cast<UpstreamClass>(tags.upstream_class) == UpstreamClass::cloud;
  if (route.shares_all) return true;
  if (route.visibility == Visibility::private_view) return false;
  if (route.visibility == Visibility::split_view) return !by_cloud && !tags.holds_private_address;
  return !(by_cloud && tags.holds_private_address);
}

void Engine::publish(const LookupRecord& record, const dns::NormalisedAnswer& answer,
                     const AnswerTags& tags, TimePoint since, TimePoint now) {
  if (parts_.behind.empty()) return;
  Learnt learnt;
  learnt.key = record.key();
  learnt.message = answer.message;
  learnt.kind = answer.kind;
  learnt.tags = tags;
  learnt.ttl = std::chrono::seconds(answer.ttl);
  learnt.since = since;
  learnt.shared = may_leave(*record.route, tags) && !record.target_stays;
  for (SecondLevel* memory : parts_.behind)
    memory->publish(learnt, now);
}

/// Once a lookup. What is found is in the cache then, and is served like all that is held.
void Engine::recall(SlabHandle handle, LookupRecord& record, TimePoint now) {
  if (record.recalled) return;
  record.recalled = true;
  for (SecondLevel* memory : parts_.behind) {
    const auto done = [this, handle](bool found, TimePoint at) { on_recalled(handle, found, at); };
    if (memory->read(record.key(), done, now)) ++record.recalls;
  }
}

void Engine::on_recalled(SlabHandle handle, bool found, TimePoint now) {
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) return;
  --record->recalls;
  record->answer_held |= found;
  if (record->chasing) return;
  if (found) serve_stale(*record, now);
  const bool over = record->machine.ending() != Ending::running;
  if (over && (record->answer_held || record->recalls == 0)) finish(handle, *record, now);
}

/// The lookup has ended with nothing: is it worth waiting for what memory says?
bool Engine::waits_for_memory(SlabHandle handle, LookupRecord& record, TimePoint now) {
  const bool empty_handed = record.machine.ending() == Ending::exhausted && !record.answer_held &&
                            !record.machine.verdict_stands();
  if (!empty_handed || now >= record.machine.deadline()) return false;
  recall(handle, record, now);
  if (record.recalls == 0) return false;
  rearm(handle, record);
  return true;
}

/// What is held is wanted, and there is none: is it time to ask memory? In panic a provider may
/// still be usable, and is waited for as long as clients are kept waiting at all.
bool Engine::nobody_answers(const LookupRecord& record, TimePoint now) {
  if (record.recalled || parts_.behind.empty()) return false;
  const Lookup& machine = record.machine;
  return !machine.panic() || now - machine.started() >= record.snapshot->policy.stale_after ||
         usable_count(means(record, now).candidates) == 0;
}

}  // namespace holdfast
