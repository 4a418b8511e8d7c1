// Engine: runs lookups. It carries out what the Lookup state machines ask for, hands them what
// comes back, and delivers how they end to the cache and to those who wait. Single flight lives
// here: one lookup per question, many waiters. No policy of its own.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/flat_index.h"
#include "resolver/failure_memory.h"
#include "resolver/ledger.h"
#include "resolver/local_names.h"
#include "resolver/lookup_record.h"
#include "resolver/query_log.h"
#include "resolver/refresh_queue.h"
#include "resolver/resolver.h"
#include "upstream/classify.h"

namespace holdfast {

/// A question to look up, and how.
struct LookupRequest {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  const Route* route = nullptr;  // of the current snapshot
  CacheFound found;              // what the cache said
  std::uint8_t chase_depth = 0;

  [[nodiscard]] CacheKey key() const noexcept {
    return {question.name.wire(), question.type, question.rr_class, dnssec_ok, checking_disabled};
  }
};

/// What is held, for whom it is asked, and why it is served if somebody has said otherwise.
struct StaleSource {
  CacheKey key;
  const Route& route;
  Absence held = Absence::undecided;
};

class Engine final : public ExchangeSink, public TimerClient {
 public:
  Engine(ResolverParts parts, SnapshotPtr snapshot);
  ~Engine();

  void adopt(SnapshotPtr snapshot);

  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }

  [[nodiscard]] const HostIndex& hosts() const noexcept { return hosts_; }

  [[nodiscard]] const FailureMemory& failures() const noexcept { return failures_; }

  /// Nobody outside can find questions whose hashes collide.
  [[nodiscard]] std::uint64_t hash_of(const CacheKey& key) const noexcept;

  /// Joins the lookup of the same question or starts one; the waiter gets the reply. False: no
  /// room, and the waiter is the caller's again.
  [[nodiscard]] bool wait_for(const LookupRequest& request, const Asker& asker, TimePoint now);

  /// Starts a refresh that nobody waits for, unless one runs.
  void refresh(const LookupRequest& request, TimePoint now);

  /// The same for a fresh answer that is about to end, if the budget allows.
  void prefetch(LookupRequest request, TimePoint now);

  /// Its last refresh has failed lately: may it be asked again now? If not, refresh_later() sees to
  /// it.
  [[nodiscard]] bool may_refresh(TimePoint now) noexcept;
  void refresh_later(const LookupRequest& request, TimePoint now);

  /// A lookup of its own that is explained in the end.
  void explain(const LookupRequest& request, std::unique_ptr<ExplainRequest> explain,
               TimePoint now);

  /// A reply made of an answer that is held fresh, its TTLs as they are by now.
  [[nodiscard]] dns::Bytes fresh_reply(const dns::ReplyTarget& target, const CachedAnswer& held,
                                       std::span<std::uint8_t> buffer) const noexcept;

  /// Serves what is held stale to `target`; an empty reply if nothing (young enough) is.
  [[nodiscard]] dns::Bytes stale_reply(const dns::ReplyTarget& target, const StaleSource& source,
                                       TimePoint now, std::span<std::uint8_t> buffer);
  void drain(TimePoint now);

  [[nodiscard]] std::size_t in_flight() const noexcept { return lookups_.size(); }

  void set_query_log(std::function<void(const QueryLogEntry&)> log) { query_log_ = std::move(log); }

  /// What a reply says besides its records, to begin with: the rcode, and how long TCP clients may
  /// idle.
  [[nodiscard]] dns::ReplyMeta meta(dns::Rcode rcode) const noexcept;
  /// The same with the rcode of a stored message.
  [[nodiscard]] dns::ReplyMeta meta_of(dns::Bytes message) const noexcept;
  /// The same for an answer that is fresh: its AD, and a filter's reason.
  [[nodiscard]] dns::ReplyMeta meta_of(dns::Bytes message, const AnswerTags& tags) const noexcept;
  /// Tells clients that an answer is from a chain in a route that asks the DNS, too. True if that
  /// was to be asked first.
  [[nodiscard]] bool mark_copy(dns::ReplyMeta& meta, const AnswerTags& tags,
                               const Route* route) const noexcept;
  /// Counts a reply and writes the query log.
  void note_reply(const Asker& asker, dns::Bytes reply, AnswerSource source, TimePoint now);

  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override;
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

 private:
  /// An exchange's reply, understood.
  struct Judged {
    Verdict verdict;
    std::optional<dns::NormalisedAnswer> answer;  // in normal_buffer_
    AnswerTags tags;
  };

  /// What is said of a CNAME's target.
  struct ChainEnd {
    std::vector<std::uint8_t> message;  // empty: nothing
    AnswerTags tags;
    bool filtered = false;  // a filter's word
    bool public_view = false;
    bool stays = false;  // may not leave this machine
  };

  /// The upstreams that a lookup was failed by.
  struct Failures {
    struct One {
      UpstreamId upstream{};
      SlabHandle entry;      // in the ledger, while it is open
      bool overdue = false;  // counts in the window already
    };

    std::array<One, Lookup::kMaxAttempts> list;
    std::size_t count = 0;
  };

  // engine.cc: running
  SlabHandle start(const LookupRequest& request, bool join, TimePoint now);
  [[nodiscard]] bool shed_oldest(ShedReason why, TimePoint now);
  [[nodiscard]] SlabHandle find_running(const LookupRequest& request, std::uint64_t hash);
  void link(LookupRecord& record, const Asker& asker);
  [[nodiscard]] LookupMeans means(const LookupRecord& record, TimePoint now);
  void drive(SlabHandle handle, TimePoint now);
  [[nodiscard]] static std::shared_ptr<ChainTrail> trail_of(LookupRecord& record,
                                                            const Upstream& upstream,
                                                            std::size_t attempt);
  void launch(SlabHandle handle, LookupRecord& record, const Ask& ask, TimePoint now);
  void rearm(SlabHandle handle, LookupRecord& record);
  [[nodiscard]] static TimePoint chase_stale_at(const LookupRecord& record) noexcept;
  [[nodiscard]] Judged judge(const LedgerEntry& entry, const ExchangeEnd& end, TimePoint now);
  void learn_edns(const LedgerEntry& entry, const dns::MessageView& reply, Outcome outcome,
                  TimePoint now);
  void heard(SlabHandle handle, LookupRecord& record, std::uint8_t attempt, const Judged& judged,
             TimePoint now);
  void on_suspect(UpstreamId upstream, TimePoint now);
  void finish(SlabHandle handle, LookupRecord& record, TimePoint now);
  [[nodiscard]] Failures failures_of(const LookupRecord& record);
  void settle_blame(const Failures& failures, bool answered, TimePoint now);
  void retire(SlabHandle handle, LookupRecord& record);

  // replies.cc: delivering
  void bound_ttls(dns::NormalisedAnswer& answer, std::span<std::uint8_t> message,
                  TimePoint now) const;
  void deliver(SlabHandle handle, LookupRecord& record, dns::NormalisedAnswer answer,
               const AnswerTags& tags, TimePoint now);
  void give_out(SlabHandle handle, LookupRecord& record, const dns::NormalisedAnswer& answer,
                const AnswerTags& tags, TimePoint now);
  void store(const LookupRecord& record, const dns::NormalisedAnswer& answer,
             const AnswerTags& tags, TimePoint now);
  void fail(SlabHandle handle, LookupRecord& record, TimePoint now);
  void serve_stale(LookupRecord& record, TimePoint now);
  void close(SlabHandle handle, LookupRecord& record, AnswerSource source,
             const dns::NormalisedAnswer* answer, TimePoint now);
  template <typename MakeReply>
  void reply_all(LookupRecord& record, AnswerSource source, TimePoint now, MakeReply make);

  // refresh.cc: refreshes that nobody waits for
  [[nodiscard]] static bool is_queue_timer(std::uint64_t token) noexcept;
  [[nodiscard]] std::uint64_t queries_seen() const noexcept;
  void configure_refreshes() noexcept;
  void arm_queue(TimePoint now);
  void run_queue(TimePoint now);

  // turn.cc: sudden absence
  [[nodiscard]] std::optional<Doubt> doubt_about(const LookupRecord& record, const Judged& judged,
                                                 TimePoint now) const;
  [[nodiscard]] bool hold(SlabHandle handle, LookupRecord& record, TimePoint now);
  void deny_type_only(SlabHandle handle, LookupRecord& record, TimePoint now);
  void note_turn(const LookupRecord& record);

  // recall.cc: memory behind the cache
  void publish(const LookupRecord& record, const dns::NormalisedAnswer& answer,
               const AnswerTags& tags, TimePoint since, TimePoint now);
  [[nodiscard]] static bool may_leave(const Route& route, const AnswerTags& tags) noexcept;
  void recall(SlabHandle handle, LookupRecord& record, TimePoint now);
  void on_recalled(SlabHandle handle, bool found, TimePoint now);
  [[nodiscard]] bool waits_for_memory(SlabHandle handle, LookupRecord& record, TimePoint now);
  [[nodiscard]] bool nobody_answers(const LookupRecord& record, TimePoint now);

  // chase.cc: CNAMEs whose target the upstream left out
  [[nodiscard]] bool chase(SlabHandle handle, LookupRecord& record,
                           const dns::NormalisedAnswer& answer, const AnswerTags& tags,
                           TimePoint now);
  void chase_for_witness(SlabHandle handle, LookupRecord& record, std::uint8_t attempt,
                         const Judged& judged, TimePoint now);
  [[nodiscard]] bool follow(SlabHandle handle, LookupRecord& record, TimePoint now);
  [[nodiscard]] ChainEnd known_target(LookupRequest& request, TimePoint now);
  [[nodiscard]] bool waits_for(SlabHandle lookup, SlabHandle above);
  [[nodiscard]] bool wait_for_target(const LookupRequest& request, SlabHandle parent,
                                     TimePoint now);
  void target_answered(LookupRecord& target, const dns::NormalisedAnswer* answer, TimePoint now);
  void complete_chain(SlabHandle handle, const ChainEnd& end, TimePoint now);

  // explain.cc
  void explain_end(LookupRecord& record, AnswerSource source, dns::Bytes message, TimePoint now);
  void explain_exchanges(LookupRecord& record, TimePoint now);
  void explain_reply(LookupRecord& record, AnswerSource source, dns::Bytes message, TimePoint now);

  ResolverParts parts_;
  std::uint64_t hash_seed_;
  SnapshotPtr snapshot_;
  HostIndex hosts_;
  RetryBudget retries_;
  PacedBudget refreshes_, prefetches_;
  RefreshQueue queue_;
  TimerId queue_timer_;  // armed while somebody waits in the queue
  Ledger ledger_;
  FailureMemory failures_;
  Slab<LookupRecord> lookups_;
  SlabHandle oldest_, newest_;  // of lookups_
  Slab<Waiter> waiters_;
  FlatIndex running_;  // question → lookup that others may join
  std::function<void(const QueryLogEntry&)> query_log_;
  std::array<Candidate, kMaxCandidates> candidates_;  // scratch of means()
  std::vector<std::uint8_t> normal_buffer_;           // scratch of judge()
  std::vector<std::uint8_t> reply_buffer_;            // scratch of replies
  std::vector<std::uint8_t> chain_buffer_;            // scratch of chase.cc
};

}  // namespace holdfast
