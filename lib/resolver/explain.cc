// The Engine's account of a lookup for `why`.
#include "resolver/engine.h"

namespace holdfast {

void Engine::explain_exchanges(LookupRecord& record, TimePoint now) {
  Explanation& told = record.explain->explanation;
  const Snapshot& snapshot = *record.snapshot;
  const LookupMeans with = means(record, now);
  for (const Attempt& attempt : record.machine.attempts()) {
    const Upstream& upstream = snapshot.upstream(with.candidates[attempt.ask.candidate].id);
    ExplainedExchange exchange;
    exchange.upstream = upstream.name;
    exchange.provider = upstream.provider_name;
    exchange.reason = attempt.ask.reason;
    exchange.transport = attempt.ask.over_tcp && !is_stream(upstream.transport)
                             ? TransportKind::tcp
                             : upstream.transport;
    const auto number = static_cast<std::size_t>(&attempt - record.machine.attempts().data());
    const auto& trails = record.explain->trails;
    if (number < trails.size()) exchange.trail = trails[number];
    exchange.started = attempt.started - record.machine.started();
    if (attempt.ended != kForever) {
      exchange.ended = attempt.ended - record.machine.started();
      exchange.outcome = attempt.outcome;
    }
    told.exchanges.push_back(std::move(exchange));
  }
}

/// As a client sees it: the case asked for, not the one that went out.
void Engine::explain_reply(LookupRecord& record, AnswerSource source, dns::Bytes message,
                           TimePoint now) {
  Explanation& told = record.explain->explanation;
  told.source = source;
  told.took = now - record.machine.started();
  dns::ReplyTarget target;
  target.flags = dns::flag::rd;
  target.limit = 65535;
  const dns::QuestionBytes question(record.question);
  target.question = question.bytes();
  dns::Bytes reply;
  if (!message.empty()) {
    reply = dns::write_stored_reply(target, meta_of(message), message, reply_buffer_);
  } else if (record.answer_held && !record.machine.verdict_stands()) {
    const StaleSource held{record.key(), *record.route, record.held};
    reply = stale_reply(target, held, now, reply_buffer_);
    if (!reply.empty()) {
      told.source = AnswerSource::stale;
      told.ede = dns::EdeCode::stale_answer;
      told.ede_text = why_held(record.held);
      told.took = record.explain->stale_at.value_or(now) - record.machine.started();
    }
  }
  told.reply.assign(reply.begin(), reply.end());
  const auto header = dns::Header::read(reply);
  if (!header) return;
  told.rcode = static_cast<dns::Rcode>(header->rcode_bits());
  if (told.source == AnswerSource::stale && told.rcode == dns::Rcode::nxdomain) {
    told.ede = dns::EdeCode::stale_nxdomain;
  }
}

void Engine::explain_end(LookupRecord& record, AnswerSource source, dns::Bytes message,
                         TimePoint now) {
  Explanation& told = record.explain->explanation;
  told.began = record.machine.started();
  told.panic = record.machine.panic();
  explain_exchanges(record, now);
  explain_reply(record, source, message, now);
  const auto done = std::move(record.explain->done);
  Explanation result = std::move(told);
  record.explain.reset();
  done(std::move(result));
}

}  // namespace holdfast
