// WorkerCounters: all that one worker counts on the way of a query. Single writer (the worker),
// read by the metrics scrape. Names here are the names of the series without prefix and labels
// (docs/METRICS.md).
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "base/counters.h"
#include "upstream/endpoint_counters.h"
#include "upstream/outcome.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Where an answer came from.
enum class AnswerSource : std::uint8_t { cache, fresh, stale, local, failure };
inline constexpr std::size_t kAnswerSources = 5;
[[nodiscard]] const char* to_string(AnswerSource source) noexcept;

/// Why an exchange was started.
enum class ExchangeReason : std::uint8_t {
  first,
  retry,
  hedge,
  race,
  tcp,
  plain,
  suspect,
  witness,
  cookie,
};
inline constexpr std::size_t kExchangeReasons = 9;
[[nodiscard]] const char* to_string(ExchangeReason reason) noexcept;

/// What came of a negative answer about a name that had a record.
enum class TurnEnd : std::uint8_t {
  contradicted,  // another provider still has the record, and it was served
  believed,      // the record is gone
  held,          // what is held was served instead
};
inline constexpr std::size_t kTurnEnds = 3;
[[nodiscard]] const char* to_string(TurnEnd end) noexcept;

/// What was thrown away, and why.
enum class ShedReason : std::uint8_t {
  lookups,
  waiters,
  acl,
  response,
  short_header,
  tcp_connections,
  tcp_slow,
  send_failed,
  oldest,
  oversized,
  socket_full,
};
inline constexpr std::size_t kShedReasons = 11;
[[nodiscard]] const char* to_string(ShedReason reason) noexcept;

/// Per upstream.
struct UpstreamCounters {
  std::array<Counter, kOutcomes> outcomes;           // how exchanges ended
  std::array<Counter, kExchangeReasons> started;     // why they were started
  Counter late;                                      // accepted after their time-out
  Counter ignored_wrong_id, ignored_wrong_question;  // replies that matched nothing
  Counter ignored_wrong_cookie;
  Counter cookie_replies;  // that showed our cookie
  Counter tcp_connects;
  Counter tls_handshakes, tls_resumptions;  // those that came to an end, and of them the short ones
  Counter throttled;                        // refused by the packet budget
  Histogram rtt;
};

struct WorkerCounters {
  Counter queries_udp, queries_tcp;
  std::array<Counter, 16> rcodes;  // of replies; BADVERS counts in badvers alone
  Counter badvers;
  std::array<Counter, kAnswerSources> answers;
  std::array<Counter, kShedReasons> shed;
  Counter cache_hits, cache_misses;
  Counter joined;  // queries that waited for somebody else's lookup
  Counter lookups;
  Counter failovers;                        // lookups answered by another upstream than first asked
  Counter chain_copies;                     // answers of a chain in place of the DNS
  Counter hedges_refused, retries_refused;  // no token
  Counter panics;                           // lookups begun in panic
  Counter prefetches, prefetches_refused;
  Counter refreshes_shed;                // no room in the queue
  std::array<Counter, kTurnEnds> turns;  // sudden absences, and what came of them
  Counter answers_shrunk;                // stored, with far fewer records than the last one
  Counter replies_truncated;
  Counter clients_without_descriptor;    // times that a connection could not be taken at once
  Counter upstreams_without_descriptor;  // times that no socket towards an upstream was to be had
  Gauge lookups_in_flight, waiters_waiting, tcp_clients;
  Histogram lookup_seconds;  // of lookups that sent something

  /// The worker's side: made on first use.
  UpstreamCounters& of(UpstreamId id);

  /// The same for the endpoints of an upstream that is a chain.
  ChainCounters& of_chain(UpstreamId id);

  /// The reader's side: nullptr while nothing was counted.
  [[nodiscard]] const UpstreamCounters* find(UpstreamId id) const noexcept {
    return published_[index(id)].load(std::memory_order_acquire);
  }

  [[nodiscard]] const ChainCounters* find_chain(UpstreamId id) const noexcept {
    return published_chains_[index(id)].load(std::memory_order_acquire);
  }

 private:
  std::array<std::unique_ptr<UpstreamCounters>, kMaxUpstreams> owned_;
  std::array<std::atomic<const UpstreamCounters*>, kMaxUpstreams> published_{};
  std::array<std::unique_ptr<ChainCounters>, kMaxUpstreams> owned_chains_;
  std::array<std::atomic<const ChainCounters*>, kMaxUpstreams> published_chains_{};
};

}  // namespace holdfast
