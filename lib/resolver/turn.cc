// The Engine's half of the guard against sudden absence: what is held against a negative answer,
// how long, and what clients get meanwhile. Whether it is believed is absence.h's word.
#include <algorithm>
#include <array>

#include "dns/wire_writer.h"
#include "resolver/engine.h"

namespace holdfast {
namespace {

/// What a type without a record of its own gets while its name is held: asked again soon.
constexpr std::uint32_t kHeldNodataTtl = 30;

/// Zones whose records come and go with what they speak of.
bool is_volatile(const dns::Name& name) {
  static const std::array zones{dns::Name::parse("cluster.local").value(),
                                dns::Name::parse("in-addr.arpa").value(),
                                dns::Name::parse("ip6.arpa").value()};
  return std::ranges::any_of(zones,
                             [&](const dns::Name& zone) { return name.is_subdomain_of(zone); });
}

/// Where nobody else may answer: names that only the cloud knows are worth a minute of doubt; of a
/// public one, its only provider is believed.
Duration limit_alone(const LookupRecord& record) {
  const Route& route = *record.route;
  const bool worth_it =
      route.visibility == Visibility::private_view && !is_volatile(record.question.name);
  const Duration usual = worth_it ? record.snapshot->policy.hold_alone : Duration{};
  return route.last_good.hold.value_or(usual);
}

Duration limit_of(const LookupRecord& record, Absence why) {
  const FailoverPolicy& policy = record.snapshot->policy;
  if (why == Absence::held_in_disagreement) return policy.hold_disagreed;
  if (why == Absence::held_alone) return limit_alone(record);
  return record.route->last_good.hold.value_or(policy.hold_agreed);
}

}  // namespace

/// nullopt: nothing speaks against this negative answer, or nothing may.
std::optional<Doubt> Engine::doubt_about(const LookupRecord& record, const Judged& judged,
                                         TimePoint now) const {
  const Route& route = *record.route;
  const Outcome outcome = judged.verdict.outcome;
  const bool signed_denial = judged.tags.authentic;
  if (!is_negative(outcome) || signed_denial || !route.last_good.guards) return std::nullopt;
  if (route.stale_max_age <= Duration::zero()) return std::nullopt;
  if (judged.answer->chain_open) return std::nullopt;  // nothing is said of the end of the chain
  const auto good = parts_.cache.last_good(record.key(), outcome == Outcome::nxdomain);
  if (!good || now - good->expires >= route.stale_max_age) return std::nullopt;
  if (parts_.holds.released(record.question)) return std::nullopt;
  Doubt doubt;
  doubt.held_class = static_cast<UpstreamClass>(good->upstream_class);
  const Duration steady = std::min(now, good->expires) - good->since;
  doubt.despite_agreement = route.last_good.despite_agreement && outcome == Outcome::nodata &&
                            steady >= record.snapshot->policy.hold_steady;
  return doubt;
}

/// Serves what is held against the answer that came. False: the time for that is over.
bool Engine::hold(SlabHandle handle, LookupRecord& record, TimePoint now) {
  const Absence why = record.machine.absence();
  const Attempt& denied = record.machine.attempts()[record.machine.accepted()];
  const Hold hold{record.question, why, record.route->label,
                  record.upstream_at(denied.ask.candidate).name};
  if (!parts_.holds.keep(hold, limit_of(record, why), now)) return false;
  if (!parts_.cache.last_good(record.key(), false)) {
    parts_.counters.turns[static_cast<std::size_t>(TurnEnd::held)].add();
    deny_type_only(handle, record, now);
    return true;
  }
  record.held = why;
  record.answer_held = true;
  serve_stale(record, now);
  if (record.waiters > 0) {  // it may not be served: its signatures have ended
    parts_.holds.end(record.question);
    return false;
  }
  parts_.counters.turns[static_cast<std::size_t>(TurnEnd::held)].add();
  RememberedFailure failure;
  failure.stale_held = true;
  failure.held = why;
  failures_.record(record.key_hash, parts_.board.epoch(), failure, record.snapshot->policy, now);
  close(handle, record, AnswerSource::stale, nullptr, now);
  return true;
}

/// The name is held for the sake of its other types: this one has no record, and that is all that
/// is said.
void Engine::deny_type_only(SlabHandle handle, LookupRecord& record, TimePoint now) {
  HeldAnswer denied = std::move(record.negative);
  dns::NormalisedAnswer answer = denied.answer;
  denied.message[3] = static_cast<std::uint8_t>(denied.message[3] & 0xf0U);
  answer.message = denied.message;
  answer.kind = dns::AnswerKind::nodata;
  answer.ttl = std::min(answer.ttl, kHeldNodataTtl);
  give_out(handle, record, answer, denied.tags, now);
}

void Engine::note_turn(const LookupRecord& record) {
  const Lookup& machine = record.machine;
  if (machine.contradicted()) {
    parts_.counters.turns[static_cast<std::size_t>(TurnEnd::contradicted)].add();
  } else if (machine.absence() != Absence::undecided) {
    parts_.counters.turns[static_cast<std::size_t>(TurnEnd::believed)].add();
  }
  parts_.holds.end(record.question);
}

}  // namespace holdfast
