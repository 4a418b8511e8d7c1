#include "resolver/resolver.h"

#include "base/units.h"
#include "resolver/admission.h"
#include "resolver/engine.h"
#include "resolver/local_names.h"

namespace holdfast {
namespace {

using dns::EdeCode;
using dns::Rcode;

HandledQuery replied(dns::Bytes reply) noexcept {
  return {Handled::replied, reply};
}

}  // namespace

/// What resolve() works with beside the Engine; the steps of the way of a query as functions.
class Resolver::Steps {
 public:
  Steps(const ResolverParts& with, SnapshotPtr snapshot)
      : parts(with), runner(with, std::move(snapshot)) {}

  HandledQuery reply_empty(const Asker& asker, const dns::ReplyMeta& meta, AnswerSource source,
                           TimePoint now, std::span<std::uint8_t> buffer);
  HandledQuery refuse(const Asker& asker, std::string_view why, TimePoint now,
                      std::span<std::uint8_t> buffer);
  HandledQuery reply_loop(const Asker& asker, TimePoint now, std::span<std::uint8_t> buffer);
  std::optional<dns::Bytes> from_here(const dns::QueryView& query, const Route* route,
                                      const Asker& asker, TimePoint now,
                                      std::span<std::uint8_t> buffer);
  std::optional<HandledQuery> serve_held(const LookupRequest& request, const Asker& asker,
                                         Absence why, TimePoint now,
                                         std::span<std::uint8_t> buffer);
  std::optional<HandledQuery> from_failures(const LookupRequest& request, const Asker& asker,
                                            TimePoint now, std::span<std::uint8_t> buffer);
  std::optional<HandledQuery> while_refreshed(const LookupRequest& request, const Asker& asker,
                                              TimePoint now, std::span<std::uint8_t> buffer);
  std::string describe_held(LookupRequest& lookup, TimePoint now);
  HandledQuery look_up(const LookupRequest& request, const Asker& asker, TimePoint now,
                       std::span<std::uint8_t> buffer);

  ResolverParts parts;
  Engine runner;
};

HandledQuery Resolver::Steps::reply_empty(const Asker& asker, const dns::ReplyMeta& meta,
                                          AnswerSource source, TimePoint now,
                                          std::span<std::uint8_t> buffer) {
  const dns::Bytes reply = dns::write_empty_reply(asker.target, meta, buffer);
  runner.note_reply(asker, reply, source, now);
  if (meta.rcode == Rcode::badvers) parts.counters.badvers.add();
  return replied(reply);
}

HandledQuery Resolver::Steps::refuse(const Asker& asker, std::string_view why, TimePoint now,
                                     std::span<std::uint8_t> buffer) {
  dns::ReplyMeta meta = runner.meta(Rcode::refused);
  meta.ede = EdeCode::other;
  meta.ede_text = why;
  return reply_empty(asker, meta, AnswerSource::local, now, buffer);
}

/// A question of ours to an upstream came back to us. It goes no further, whatever its route.
HandledQuery Resolver::Steps::reply_loop(const Asker& asker, TimePoint now,
                                         std::span<std::uint8_t> buffer) {
  dns::ReplyMeta meta = runner.meta(Rcode::nxdomain);
  meta.ede = EdeCode::other;
  meta.ede_text = "came back to where it was asked";
  return reply_empty(asker, meta, AnswerSource::local, now, buffer);
}

std::optional<dns::Bytes> Resolver::Steps::from_here(const dns::QueryView& query,
                                                     const Route* route, const Asker& asker,
                                                     TimePoint now,
                                                     std::span<std::uint8_t> buffer) {
  std::array<std::uint8_t, 4096> message;
  const auto answer = answer_here(query, route, runner.hosts(), message);
  if (!answer) return std::nullopt;
  dns::ReplyMeta meta = runner.meta_of(*answer);
  meta.authoritative = true;
  const dns::Bytes reply = dns::write_stored_reply(asker.target, meta, *answer, buffer);
  runner.note_reply(asker, reply, AnswerSource::local, now);
  return reply;
}

/// What is held stale, at once. `why`: although somebody has said otherwise.
std::optional<HandledQuery> Resolver::Steps::serve_held(const LookupRequest& request,
                                                        const Asker& asker, Absence why,
                                                        TimePoint now,
                                                        std::span<std::uint8_t> buffer) {
  if (request.found.freshness != Freshness::stale) return std::nullopt;
  const dns::Bytes stale =
      runner.stale_reply(asker.target, {request.key(), *request.route, why}, now, buffer);
  if (stale.empty()) return std::nullopt;
  runner.note_reply(asker, stale, AnswerSource::stale, now);
  return replied(stale);
}

/// This question failed a moment ago: it is not asked again yet. What is held stale is served.
std::optional<HandledQuery> Resolver::Steps::from_failures(const LookupRequest& request,
                                                           const Asker& asker, TimePoint now,
                                                           std::span<std::uint8_t> buffer) {
  const auto key = runner.hash_of(request.key());
  const RememberedFailure* failure = runner.failures().find(key, parts.board.epoch(), now);
  if (failure == nullptr) return while_refreshed(request, asker, now, buffer);
  const bool given_in =
      failure->held != Absence::undecided && parts.holds.released(request.question);
  if (given_in) return std::nullopt;
  if (!failure->verdict) {
    const auto held = serve_held(request, asker, failure->held, now, buffer);
    if (held) return held;
  }
  if (failure->held != Absence::undecided) return std::nullopt;
  if (now >= failure->servfail_until) return std::nullopt;
  dns::ReplyMeta meta = runner.meta(failure->rcode);
  meta.ede = failure->ede ? *failure->ede : EdeCode::cached_error;
  return reply_empty(asker, meta, AnswerSource::failure, now, buffer);
}

/// It may be asked again, but so may all others that failed in the same outage: beyond the budget
/// what is held is served, and the refresh queued.
std::optional<HandledQuery> Resolver::Steps::while_refreshed(const LookupRequest& request,
                                                             const Asker& asker, TimePoint now,
                                                             std::span<std::uint8_t> buffer) {
  if (request.found.freshness != Freshness::stale) return std::nullopt;
  if (!runner.failures().refresh_failed(runner.hash_of(request.key()), now)) return std::nullopt;
  if (runner.may_refresh(now)) return std::nullopt;
  const auto held = serve_held(request, asker, Absence::undecided, now, buffer);
  if (held) runner.refresh_later(request, now);
  return held;
}

/// What the cache holds of it, in words; lookup.found has it too.
std::string Resolver::Steps::describe_held(LookupRequest& lookup, TimePoint now) {
  std::string held = "nothing";
  lookup.found = parts.cache.find(lookup.key(), now, [&](const CachedAnswer& cached) {
    held =
        "fresh, " + print_duration(std::chrono::floor<std::chrono::seconds>(cached.left)) + " left";
  });
  if (lookup.found.freshness != Freshness::stale || lookup.route == nullptr) return held;
  held = "too old to be served";
  const auto tell = [&](const CachedAnswer& cached) {
    held = "stale for " + print_duration(std::chrono::floor<std::chrono::seconds>(-cached.left));
  };
  parts.cache.find_stale(lookup.key(), now, lookup.route->stale_max_age, tell);
  return held;
}

HandledQuery Resolver::Steps::look_up(const LookupRequest& request, const Asker& asker,
                                      TimePoint now, std::span<std::uint8_t> buffer) {
  if (runner.wait_for(request, asker, now)) return {Handled::pending, {}};
  // No room: what is held is better than nothing, and a SERVFAIL better than silence.
  if (const auto held = serve_held(request, asker, Absence::undecided, now, buffer)) return *held;
  dns::ReplyMeta meta = runner.meta(Rcode::servfail);
  meta.ede = EdeCode::other;
  meta.ede_text = "overloaded";
  return reply_empty(asker, meta, AnswerSource::failure, now, buffer);
}

Resolver::Resolver(const ResolverParts& parts, SnapshotPtr snapshot)
    : steps_(std::make_unique<Steps>(parts, std::move(snapshot))) {}

Resolver::~Resolver() = default;

HandledQuery Resolver::resolve(const ClientQuery& client, TimePoint now,
                               std::span<std::uint8_t> buffer) noexcept {
  Steps& steps = *steps_;
  const Snapshot& snapshot = steps.runner.snapshot();
  const dns::QueryView query = dns::QueryView::parse(client.message);
  const Admitted admitted = admit(query, client.client, snapshot.acl);
  if (admitted.what == Admission::drop_short || admitted.what == Admission::drop_response) {
    const auto why =
        admitted.what == Admission::drop_short ? ShedReason::short_header : ShedReason::response;
    steps.parts.counters.shed[static_cast<std::size_t>(why)].add();
    return {};
  }
  if (admitted.refused_by_acl) {
    steps.parts.counters.shed[static_cast<std::size_t>(ShedReason::acl)].add();
  }
  const Asker asker{dns::reply_target(query, client.over_tcp),
                    client.sink,
                    client.ticket,
                    client.client,
                    client.over_tcp,
                    now};
  if (admitted.what == Admission::reply) {
    return steps.reply_empty(asker, admitted.meta, AnswerSource::local, now, buffer);
  }
  if (steps.parts.loops != nullptr && steps.parts.loops->notice(query.name)) {
    return steps.reply_loop(asker, now, buffer);
  }
  const Route* route = snapshot.routes.find(query.name);
  if (const auto reply = steps.from_here(query, route, asker, now, buffer)) return replied(*reply);

  LookupRequest request{{}, query.dnssec_ok(), query.header.has(dns::flag::cd), route, {}, 0};
  const CacheKey key{query.name, query.type, query.rr_class, request.dnssec_ok,
                     request.checking_disabled};
  dns::Bytes reply;
  request.found = steps.parts.cache.find(key, now, [&](const CachedAnswer& cached) {
    reply = steps.runner.fresh_reply(asker.target, cached, buffer);
  });
  if (request.found.freshness == Freshness::fresh) {
    steps.parts.counters.cache_hits.add();
    steps.runner.note_reply(asker, reply, AnswerSource::cache, now);
    if (request.found.refresh_due) {
      request.question = query.question();
      steps.runner.prefetch(request, now);
    }
    return replied(reply);
  }
  steps.parts.counters.cache_misses.add();
  if (!query.header.has(dns::flag::rd)) {
    return steps.refuse(asker, "not cached, and recursion not desired", now, buffer);
  }
  if (route == nullptr) {
    return steps.refuse(asker, "no route for this name", now, buffer);
  }
  request.question = query.question();
  if (const auto failed = steps.from_failures(request, asker, now, buffer)) return *failed;
  return steps.look_up(request, asker, now, buffer);
}

void Resolver::adopt(SnapshotPtr snapshot) noexcept {
  steps_->runner.adopt(std::move(snapshot));
}

void Resolver::explain(const dns::Question& question, TimePoint now,
                       std::function<void(Explanation)> done) {
  Steps& steps = *steps_;
  const Snapshot& snapshot = steps.runner.snapshot();
  auto request = std::make_unique<ExplainRequest>();
  request->done = std::move(done);
  Explanation& told = request->explanation;
  told.question = question.to_string();
  const Route* route = snapshot.routes.find(question.name.wire());
  told.route = route != nullptr ? route->label : "(none)";
  LookupRequest lookup{question, false, false, route, {}, 0};
  told.held = steps.describe_held(lookup, now);
  std::array<std::uint8_t, 512> query_buffer;
  std::array<std::uint8_t, 4096> answer_buffer;
  const auto query = dns::QueryView::parse(dns::write_query(question, {}, query_buffer));
  const auto here = answer_here(query, route, steps.runner.hosts(), answer_buffer);
  if (here || route == nullptr) {
    told.route = here ? "(answered here)" : "(none)";
    told.source = AnswerSource::local;
    told.rcode = here ? static_cast<Rcode>(dns::Header::read(*here)->rcode_bits()) : Rcode::refused;
    if (here) told.reply.assign(here->begin(), here->end());
    request->done(std::move(told));
    return;
  }
  told.visibility = to_string(route->visibility);
  told.policy = to_string(route->policy);
  for (std::size_t tier = 0; tier < route->tiers.size(); ++tier) {
    for (const UpstreamId id : route->tiers[tier]) {
      const Upstream& upstream = snapshot.upstream(id);
      told.candidates.push_back({upstream.name, upstream.provider_name, static_cast<unsigned>(tier),
                                 steps.parts.board.read(id)});
    }
  }
  steps.runner.explain(lookup, std::move(request), now);
}

void Resolver::set_query_log(std::function<void(const QueryLogEntry&)> log) {
  steps_->runner.set_query_log(std::move(log));
}

void Resolver::drain(TimePoint now) noexcept {
  steps_->runner.drain(now);
}

std::size_t Resolver::lookups_in_flight() const noexcept {
  return steps_->runner.in_flight();
}

}  // namespace holdfast
