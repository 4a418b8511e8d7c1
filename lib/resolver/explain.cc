// The Engine's account of a lookup for `why`.
#include "resolver/engine.h"

namespace holdfast {

void Engine::explain_end(LookupRecord& record, AnswerSource source, dns::Bytes message,
                         TimePoint now) {
  Explanation& told = record.explain->explanation;
  const Snapshot& snapshot = *record.snapshot;
  const LookupMeans with = means(record, now);
  told.panic = record.machine.panic();
  for (const Attempt& attempt : record.machine.attempts()) {
    const Upstream& upstream = snapshot.upstream(with.candidates[attempt.ask.candidate].id);
    ExplainedExchange exchange;
    exchange.upstream = upstream.name;
    exchange.provider = upstream.provider_name;
    exchange.reason = attempt.ask.reason;
    exchange.over_tcp = attempt.ask.over_tcp || upstream.transport == TransportKind::tcp;
    exchange.started = attempt.started - record.machine.started();
    if (attempt.ended != kForever) {
      exchange.ended = attempt.ended - record.machine.started();
      exchange.outcome = attempt.outcome;
    }
    told.exchanges.push_back(std::move(exchange));
  }
  told.source = source;
  told.took = now - record.machine.started();
  if (!message
           .empty()) {  // as a client would see it: the case asked for, not the one that went out
    dns::ReplyTarget target;
    target.flags = dns::flag::rd;
    target.limit = 65535;
    const dns::QuestionBytes question(record.question);
    target.question = question.bytes();
    const auto shown = dns::write_stored_reply(target, meta_of(message), message, reply_buffer_);
    told.reply.assign(shown.begin(), shown.end());
  }
  if (const auto header = dns::Header::read(message)) {
    told.rcode = static_cast<dns::Rcode>(header->rcode_bits());
  }
  if (source == AnswerSource::failure) told.ede = record.machine.last_ede();
  const auto done = std::move(record.explain->done);
  Explanation result = std::move(told);
  record.explain.reset();
  done(std::move(result));
}

}  // namespace holdfast
