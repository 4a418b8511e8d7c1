// The Engine's delivering half: answers into the cache and to those who wait, stale ones, failures.
#include <algorithm>
#include <utility>

#include "dns/signatures.h"
#include "dns/ttl.h"
#include "resolver/engine.h"

namespace holdfast {
namespace {

using dns::EdeCode;
using dns::Rcode;

std::uint32_t seconds(Duration d) noexcept {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(d).count());
}

Rcode rcode_of(dns::Bytes message) noexcept {
  const auto header = dns::Header::read(message);
  return static_cast<Rcode>(header ? header->rcode_bits() : 0);
}

/// Why nobody answered, for the client (RFC 8914 4.23, 4.24), unless an upstream said it better.
EdeCode why_failed(const Lookup& machine) noexcept {
  if (machine.last_ede()) return *machine.last_ede();
  const bool replied = std::ranges::any_of(machine.attempts(), [](const Attempt& attempt) {
    return attempt.state == Attempt::State::failed && attempt.outcome <= Outcome::other_rcode;
  });
  return replied ? EdeCode::network_error : EdeCode::no_reachable_authority;
}

/// Nothing could be sent: that says nothing about the question, and may be over with the next one.
bool our_own_trouble(const Lookup& machine) noexcept {
  return std::ranges::all_of(machine.attempts(), [](const Attempt& attempt) {
    return attempt.state == Attempt::State::failed && row(attempt.outcome).origin == Origin::local;
  });
}

/// One that failed late was silent too, for as long as anybody waited.
bool somebody_was_silent(const Lookup& machine) noexcept {
  return std::ranges::any_of(machine.attempts(), [](const Attempt& attempt) {
    return attempt.state == Attempt::State::timed_out ||
           (attempt.state == Attempt::State::failed && attempt.ended >= attempt.times_out);
  });
}

/// A filter's verdict keeps its rcode; everything else a client may not see is SERVFAIL.
Rcode failure_rcode(const Lookup& machine) noexcept {
  const bool refused =
      machine.ending() == Ending::verdict && machine.verdict_outcome() == Outcome::refused;
  return refused ? Rcode::refused : Rcode::servfail;
}

bool asks_the_dns(const Tier& tier, const Snapshot& snapshot) noexcept {
  return std::ranges::any_of(tier, [&snapshot](UpstreamId id) {
    return snapshot.upstream(id).upstream_class != UpstreamClass::ens;
  });
}

/// Does a chain stand in for the DNS here? In routes that are a chain's alone it does not.
bool has_a_copy(const Route* route, const Snapshot& snapshot) noexcept {
  return route != nullptr && std::ranges::any_of(route->tiers, [&snapshot](const Tier& tier) {
           return asks_the_dns(tier, snapshot);
         });
}

/// Is it the DNS that is asked first?
bool is_dns_first(const Route& route, const Snapshot& snapshot) noexcept {
  return !route.tiers.empty() && asks_the_dns(route.tiers.front(), snapshot);
}

}  // namespace

/// Brings the TTLs within what the configuration and the answer's signatures allow, as they are
/// kept and as clients see them. `message` is where the answer's bytes lie.
void Engine::bound_ttls(dns::NormalisedAnswer& answer, std::span<std::uint8_t> message,
                        TimePoint now) const {
  const TtlBounds& bounds = snapshot_->ttl;
  const bool positive = answer.kind == dns::AnswerKind::positive;
  std::uint32_t most = seconds(positive ? bounds.max : std::min(bounds.max, bounds.negative_max));
  if (answer.signed_until) {
    most = std::min(most, dns::seconds_until(*answer.signed_until, parts_.wall.at(now)));
  }
  // 0 is no short time but a wish: not to be kept.
  const std::uint32_t least = positive && answer.ttl > 0 ? seconds(bounds.min) : 0;
  const auto bounded = [&](std::uint32_t ttl) { return std::min(std::max(ttl, least), most); };
  if (bounded(answer.ttl) == answer.ttl && answer.most_ttl <= most) return;
  answer.ttl = bounded(answer.ttl);
  dns::MessageView::parse(answer.message).for_each([&](const dns::Record& record) {
    const std::array offset{static_cast<std::uint16_t>(record.ttl_at)};
    dns::rewrite_ttls(message, offset, bounded(record.ttl));
    return true;
  });
}

dns::ReplyMeta Engine::meta(Rcode rcode) const noexcept {
  dns::ReplyMeta meta;
  meta.rcode = rcode;
  meta.keepalive = static_cast<std::uint16_t>(snapshot_->limits.tcp_idle / 100ms);  // RFC 7828 3.1
  return meta;
}

dns::ReplyMeta Engine::meta_of(dns::Bytes message) const noexcept {
  return meta(rcode_of(message));
}

dns::ReplyMeta Engine::meta_of(dns::Bytes message, const AnswerTags& tags) const noexcept {
  dns::ReplyMeta meta = meta_of(message);
  meta.authentic = tags.authentic;
  if (tags.blocked != 0) meta.ede = static_cast<EdeCode>(tags.blocked);
  return meta;
}

bool Engine::mark_copy(dns::ReplyMeta& meta, const AnswerTags& tags,
                       const Route* route) const noexcept {
  const bool chain = tags.upstream_class == static_cast<std::uint8_t>(UpstreamClass::ens);
  if (!chain || !has_a_copy(route, *snapshot_)) return false;
  if (!meta.ede) {
    meta.ede = EdeCode::other;
    meta.ede_text = "the zone's copy on a chain";
  }
  return is_dns_first(*route, *snapshot_);
}

void Engine::note_reply(const Asker& asker, dns::Bytes reply, AnswerSource source, TimePoint now) {
  const auto header = dns::Header::read(reply);
  if (!header) return;
  parts_.counters.rcodes[header->rcode_bits()].add();
  parts_.counters.answers[static_cast<std::size_t>(source)].add();
  if (header->has(dns::flag::tc)) parts_.counters.replies_truncated.add();
  if (!query_log_) return;
  dns::WireReader reader(asker.target.question, 0);
  query_log_({asker.client, dns::Question::read(reader).value_or(dns::Question{}), rcode_of(reply),
              source, now - asker.arrived, asker.over_tcp});
}

template <typename MakeReply>
void Engine::reply_all(LookupRecord& record, AnswerSource source, TimePoint now, MakeReply make) {
  SlabHandle next = record.first_waiter;
  record.first_waiter = record.last_waiter = SlabHandle{};
  record.waiters = 0;
  while (const Waiter* waiter = waiters_.find(next)) {
    const SlabHandle answered = std::exchange(next, waiter->next);
    const Asker& asker = waiter->asker;
    const dns::Bytes reply = make(asker.target);
    note_reply(asker, reply, source, now);
    asker.sink->send_reply(asker.ticket, reply);
    waiters_.erase(answered);
  }
  parts_.counters.waiters_waiting.set(static_cast<std::int64_t>(waiters_.size()));
}

void Engine::store(const LookupRecord& record, const dns::NormalisedAnswer& answer,
                   const AnswerTags& tags, TimePoint now) {
  failures_.forget(record.key_hash);
  if (record.snapshot != snapshot_) return;  // asked under another configuration
  // RFC 2308 5: without an SOA nobody says for how long. A positive answer that may not be kept is
  // still the last good one.
  const bool positive = answer.kind == dns::AnswerKind::positive;
  if (!positive && (!answer.has_soa || answer.ttl == 0)) return;
  const Duration ttl = std::chrono::seconds(answer.ttl);
  const Inserted inserted = parts_.cache.insert(record.key(), answer, tags, ttl, now);
  if (inserted.shrunk) parts_.counters.answers_shrunk.add();
  publish(record, answer, tags, inserted.since, now);
}

void Engine::deliver(SlabHandle handle, LookupRecord& record, dns::NormalisedAnswer answer,
                     const AnswerTags& tags, TimePoint now) {
  if (answer.chain_open && chase(handle, record, answer, tags, now)) return;
  note_turn(record);
  give_out(handle, record, answer, tags, now);
}

/// To the cache, and to all who wait.
void Engine::give_out(SlabHandle handle, LookupRecord& record, const dns::NormalisedAnswer& answer,
                      const AnswerTags& tags, TimePoint now) {
  dns::ReplyMeta meta = meta_of(answer.message, tags);
  const bool instead = record.snapshot == snapshot_ && mark_copy(meta, tags, record.route);
  if (record.public_view()) {
    // Not the view this name should have: told to the client each time, and never held.
    meta.ede = EdeCode::other;
    meta.ede_text = "public view";
    failures_.forget(record.key_hash);
  } else {
    store(record, answer, tags, now);
  }
  if (record.machine.failed_over()) parts_.counters.failovers.add();
  record.told = tags;
  reply_all(record, AnswerSource::fresh, now, [&](const dns::ReplyTarget& target) {
    if (instead) parts_.counters.chain_copies.add();
    return dns::write_stored_reply(target, meta, answer.message, reply_buffer_);
  });
  close(handle, record, AnswerSource::fresh, &answer, now);
}

/// Nobody waits for it any more: the last words, and those whose CNAME leads here. nullptr: nothing
/// was answered that they could use.
void Engine::close(SlabHandle handle, LookupRecord& record, AnswerSource source,
                   const dns::NormalisedAnswer* answer, TimePoint now) {
  parts_.counters.lookup_seconds.record(now - record.machine.started());
  const dns::Bytes message = answer != nullptr ? answer->message : dns::Bytes();
  if (record.explain) explain_end(record, source, message, now);
  target_answered(record, answer, now);
  retire(handle, record);
}

dns::Bytes Engine::fresh_reply(const dns::ReplyTarget& target, const CachedAnswer& held,
                               std::span<std::uint8_t> buffer) const noexcept {
  dns::ReplyMeta meta = meta_of(held.message, held.tags);
  if (held.tags.upstream_class == static_cast<std::uint8_t>(UpstreamClass::ens)) {
    constexpr std::size_t kTypeAndClass = 4;
    const auto name = target.question.first(target.question.size() - kTypeAndClass);
    const bool instead = mark_copy(meta, held.tags, snapshot_->routes.find(name));
    if (instead) parts_.counters.chain_copies.add();
  }
  const dns::Bytes reply = dns::write_stored_reply(target, meta, held.message, buffer);
  if (held.age > 0 && !dns::Header::read(reply)->has(dns::flag::tc)) {
    dns::age_ttls(buffer.first(reply.size()), held.ttl_offsets, held.age);
  }
  return reply;
}

dns::Bytes Engine::stale_reply(const dns::ReplyTarget& target, const StaleSource& source,
                               TimePoint now, std::span<std::uint8_t> buffer) {
  dns::Bytes reply;
  const CacheKey& key = source.key;
  const Duration oldest = source.route.stale_max_age;
  if (oldest <= Duration::zero()) return reply;
  const std::uint32_t ttl = seconds(snapshot_->policy.stale_ttl);
  parts_.cache.find_stale(key, now, oldest, [&](const CachedAnswer& held) {
    if (held.left > Duration::zero()) {  // another worker has got a fresh one meanwhile
      reply = fresh_reply(target, held, buffer);
      return;
    }
    if (key.dnssec_ok && dns::signatures_ended(held.message, parts_.wall.at(now))) return;
    dns::ReplyMeta meta = meta_of(held.message);
    meta.ede =
        held.kind == dns::AnswerKind::nxdomain ? EdeCode::stale_nxdomain : EdeCode::stale_answer;
    meta.ede_text = why_held(source.held);
    reply = dns::write_stored_reply(target, meta, held.message, buffer);
    const auto header = dns::Header::read(reply);
    if (header && !header->has(dns::flag::tc)) {
      dns::rewrite_ttls(buffer.first(reply.size()), held.ttl_offsets, ttl);
    }
  });
  return reply;
}

/// What is held goes out now; the lookup goes on behind it.
void Engine::serve_stale(LookupRecord& record, TimePoint now) {
  if (record.explain && !record.explain->stale_at) record.explain->stale_at = now;
  if (record.waiters == 0) return;
  dns::ReplyTarget probe;
  const dns::QuestionBytes question(record.question);
  probe.question = question.bytes();
  const StaleSource source{record.key(), *record.route, record.held};
  if (stale_reply(probe, source, now, reply_buffer_).empty()) {
    record.answer_held = false;  // evicted, or too old
    return;
  }
  reply_all(record, AnswerSource::stale, now, [&](const dns::ReplyTarget& target) {
    return stale_reply(target, source, now, reply_buffer_);
  });
}

void Engine::fail(SlabHandle handle, LookupRecord& record, TimePoint now) {
  const bool verdict = record.machine.verdict_stands();
  if (record.answer_held && !verdict) serve_stale(record, now);
  RememberedFailure failure;
  failure.rcode = failure_rcode(record.machine);
  failure.ede = why_failed(record.machine);
  failure.verdict = verdict;
  failure.silent = somebody_was_silent(record.machine);
  failure.stale_held = record.answer_held && !verdict;
  const bool shed = record.machine.ending() == Ending::shed;
  if (!shed && !our_own_trouble(record.machine)) {
    failures_.record(record.key_hash, parts_.board.epoch(), failure, record.snapshot->policy, now);
  }
  dns::ReplyMeta meta = this->meta(failure.rcode);
  meta.ede = shed ? EdeCode::other : failure.ede;
  if (shed) meta.ede_text = "overloaded";
  if (record.explain) {
    Explanation& told = record.explain->explanation;
    told.rcode = failure.rcode;
    told.ede = meta.ede;
    told.ede_text = meta.ede_text;
  }
  reply_all(record, AnswerSource::failure, now, [&](const dns::ReplyTarget& target) {
    return dns::write_empty_reply(target, meta, reply_buffer_);
  });
  close(handle, record, AnswerSource::failure, nullptr, now);
}

}  // namespace holdfast
