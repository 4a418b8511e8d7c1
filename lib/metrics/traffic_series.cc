#include "dns/types.h"
#include "metrics/series.h"

namespace holdfast {
namespace {

using Workers = std::vector<const WorkerCounters*>;

// rcodes worth a series from the start, so that rates have a zero to begin from.
constexpr std::size_t kUsualRcodes = 6;

void write_queries(SeriesWriter& out, const Workers& workers) {
  out.counter("holdfast_queries_total", "Client queries received, by what they came over.");
  out.add({{"transport", "udp"}}, sum_of(workers, [](auto& w) { return w.queries_udp.get(); }));
  out.add({{"transport", "tcp"}}, sum_of(workers, [](auto& w) { return w.queries_tcp.get(); }));

  out.counter("holdfast_responses_total", "Replies sent to clients, by rcode.");
  for (std::size_t i = 0; i < 16; ++i) {
    const auto count = sum_of(workers, [i](auto& w) { return w.rcodes[i].get(); });
    if (count == 0 && i >= kUsualRcodes) continue;
    out.add({{"rcode", dns::to_string(static_cast<dns::Rcode>(i))}}, count);
  }
  out.add({{"rcode", "BADVERS"}}, sum_of(workers, [](auto& w) { return w.badvers.get(); }));

  out.counter("holdfast_answers_total", "Answers to clients, by where they came from.");
  for (std::size_t i = 0; i < kAnswerSources; ++i) {
    out.add({{"source", to_string(static_cast<AnswerSource>(i))}},
            sum_of(workers, [i](auto& w) { return w.answers[i].get(); }));
  }

  out.counter("holdfast_descriptors_lacking_total",
              "Times that a file descriptor was lacking, by what for.");
  out.add({{"reason", "client"}},
          sum_of(workers, [](auto& w) { return w.clients_without_descriptor.get(); }));
  out.add({{"reason", "upstream"}},
          sum_of(workers, [](auto& w) { return w.upstreams_without_descriptor.get(); }));
  out.counter("holdfast_shed_total", "Queries and connections thrown away, by reason.");
  for (std::size_t i = 0; i < kShedReasons; ++i) {
    out.add({{"reason", to_string(static_cast<ShedReason>(i))}},
            sum_of(workers, [i](auto& w) { return w.shed[i].get(); }));
  }

  out.counter("holdfast_replies_truncated_total", "Replies over UDP that were cut (TC set).");
  out.add({}, sum_of(workers, [](auto& w) { return w.replies_truncated.get(); }));
  out.gauge("holdfast_tcp_clients", "TCP connections of clients that are open.");
  out.add({}, sum_of(workers, [](auto& w) { return w.tcp_clients.get(); }));
}

void write_cache(SeriesWriter& out, const MetricsView& view) {
  out.counter("holdfast_cache_hits_total", "Queries answered from a fresh cache entry.");
  out.add({}, sum_of(view.workers, [](auto& w) { return w.cache_hits.get(); }));
  out.counter("holdfast_cache_misses_total", "Queries for which nothing fresh was held.");
  out.add({}, sum_of(view.workers, [](auto& w) { return w.cache_misses.get(); }));
  out.counter("holdfast_cache_inserts_total", "Answers stored.");
  out.add({}, view.cache.inserts);
  out.counter("holdfast_cache_evictions_total", "Entries given up for room.");
  out.add({}, view.cache.evictions);
  out.gauge("holdfast_cache_entries", "Entries held.");
  out.add({}, view.cache.entries);
  out.gauge("holdfast_cache_bytes", "Bytes held, overhead included.");
  out.add({}, view.cache.bytes);
  out.gauge("holdfast_cache_max_bytes", "The configured bound of holdfast_cache_bytes.");
  out.add({}, view.cache_max_bytes);
}

void write_lookups(SeriesWriter& out, const Workers& workers) {
  out.counter("holdfast_lookups_total", "Lookups begun: questions that had to go to an upstream.");
  out.add({}, sum_of(workers, [](auto& w) { return w.lookups.get(); }));
  out.counter("holdfast_joined_total", "Queries that waited for another query's lookup.");
  out.add({}, sum_of(workers, [](auto& w) { return w.joined.get(); }));
  out.gauge("holdfast_lookups_in_flight", "Lookups running.");
  out.add({}, sum_of(workers, [](auto& w) { return w.lookups_in_flight.get(); }));
  out.gauge("holdfast_waiters", "Client queries waiting for a lookup.");
  out.add({}, sum_of(workers, [](auto& w) { return w.waiters_waiting.get(); }));
  out.counter("holdfast_failovers_total",
              "Lookups answered by another upstream than the one first asked.");
  out.add({}, sum_of(workers, [](auto& w) { return w.failovers.get(); }));
  out.counter("holdfast_chain_copies_total",
              "Answers that a zone's copy on a chain gave in place of the DNS.");
  out.add({}, sum_of(workers, [](auto& w) { return w.chain_copies.get(); }));
  out.counter("holdfast_hedges_refused_total", "Hedges not sent: the budget had no token.");
  out.add({}, sum_of(workers, [](auto& w) { return w.hedges_refused.get(); }));
  out.counter("holdfast_retries_refused_total", "Retries not sent: the budget had no token.");
  out.add({}, sum_of(workers, [](auto& w) { return w.retries_refused.get(); }));
  out.counter("holdfast_panics_total",
              "Lookups begun with fewer than min_usable usable upstreams.");
  out.add({}, sum_of(workers, [](auto& w) { return w.panics.get(); }));

  out.counter("holdfast_prefetches_total",
              "Popular answers refreshed before they ended, and those left for want of budget.");
  out.add({{"reason", "sent"}}, sum_of(workers, [](auto& w) { return w.prefetches.get(); }));
  out.add({{"reason", "refused"}},
          sum_of(workers, [](auto& w) { return w.prefetches_refused.get(); }));
  out.counter("holdfast_refreshes_shed_total", "Refreshes for which the queue had no room.");
  out.add({}, sum_of(workers, [](auto& w) { return w.refreshes_shed.get(); }));
  out.counter("holdfast_turns_total",
              "Records that were suddenly gone, by what came of it: contradicted by another "
              "provider, believed, or held.");
  for (std::size_t i = 0; i < kTurnEnds; ++i) {
    out.add({{"reason", to_string(static_cast<TurnEnd>(i))}},
            sum_of(workers, [i](auto& w) { return w.turns[i].get(); }));
  }
  out.counter("holdfast_answers_shrunk_total",
              "Answers stored with fewer than half of the records that their question had last.");
  out.add({}, sum_of(workers, [](auto& w) { return w.answers_shrunk.get(); }));

  HistogramSum took;
  for (const WorkerCounters* worker : workers)
    took.add(worker->lookup_seconds);
  out.histogram("holdfast_lookup_duration_seconds", "Time of lookups that sent something.");
  out.add({}, took);
}

}  // namespace

void write_traffic(SeriesWriter& out, const MetricsView& view) {
  write_queries(out, view.workers);
  write_cache(out, view);
  write_lookups(out, view.workers);
  out.gauge("holdfast_holds", "Answers that are held although a provider says they are gone.");
  out.add({}, view.holds);
}

}  // namespace holdfast
