// What the engine keeps of a lookup and of those who wait for it. Plain state: the deciding is
// lookup.h's, the doing engine.h's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/slab.h"
#include "base/timer_queue.h"
#include "cache/cache.h"
#include "dns/reply_builder.h"
#include "resolver/client_query.h"
#include "resolver/explanation.h"
#include "resolver/lookup.h"
#include "resolver/snapshot.h"

namespace holdfast {

/// Who asked, and where the reply goes. Its target's question lies in the query.
struct Asker {
  dns::ReplyTarget target;
  ReplySink* sink = nullptr;
  std::uint64_t ticket = 0;
  IpAddress client;
  bool over_tcp = false;
  TimePoint arrived{};
};

/// A client whose query waits for a lookup: keeps its question.
struct Waiter {
  explicit Waiter(const Asker& who) : asker(who), question(who.target.question) {
    asker.target.question = question.bytes();
  }

  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() = default;

  Asker asker;
  dns::QuestionBytes question;
  SlabHandle next;
};

/// `why`: told when the lookup is over.
struct ExplainRequest {
  Explanation explanation;
  std::function<void(Explanation)> done;
  std::optional<TimePoint> stale_at;                // a client would have had what is held
  std::vector<std::shared_ptr<ChainTrail>> trails;  // by attempt; null where it is no chain's
};

/// An answer that waits for something: a negative one for its rivals, a CNAME for its target.
struct HeldAnswer {
  std::vector<std::uint8_t> message;
  dns::NormalisedAnswer answer;  // its message is `message`
  AnswerTags tags;

  void keep(const dns::NormalisedAnswer& source, const AnswerTags& with) {
    message.assign(source.message.begin(), source.message.end());
    answer = source;
    answer.message = message;
    tags = with;
  }
};

struct LookupRecord {
  explicit LookupRecord(const LookupPlan& plan) : machine(plan) {}

  Lookup machine;
  SnapshotPtr snapshot;  // keeps route and policy alive
  const Route* route = nullptr;
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  std::uint64_t key_hash = 0;
  bool in_index = false;              // others may join
  bool answer_held = false;           // the cache has something stale
  bool known_silent = false;          // nobody answered it in time a while ago
  Absence held = Absence::undecided;  // why what is held is served against an answer
  bool recalled = false;              // memory behind the cache has been asked …
  unsigned recalls = 0;               // … and so many have not said yet
  TimerId timer;
  TimePoint timer_at = kForever;
  SlabHandle older, newer;  // lookups in the order of their start
  SlabHandle first_waiter, last_waiter;
  std::uint32_t waiters = 0;
  HeldAnswer negative;  // while rivals are waited for
  HeldAnswer front;     // while the target of its CNAME is looked up
  bool chasing = false;
  std::optional<std::uint8_t> chased;  // the same of a witness, while others are heard
  bool target_public = false;          // the target behind its CNAME is of the public view
  bool target_stays = false;           // it may not leave this machine
  std::uint8_t chase_depth = 0;
  AnswerTags told;                  // of the answer that was given out
  std::size_t blamed = 0;           // attempts whose failures have been settled
  std::vector<SlabHandle> parents;  // lookups whose CNAME leads here
  std::unique_ptr<ExplainRequest> explain;

  /// The answer comes from the public side of a split-view name, its own or its CNAME's target.
  [[nodiscard]] bool public_view() const noexcept { return target_public || machine.public_view(); }

  /// The upstream at a position among the route's candidates.
  [[nodiscard]] const Upstream& upstream_at(std::size_t position) const noexcept {
    auto tier = route->tiers.begin();
    for (; position >= tier->size(); ++tier)
      position -= tier->size();
    return snapshot->upstream((*tier)[position]);
  }

  [[nodiscard]] CacheKey key() const noexcept {
    return {question.name.wire(), question.type, question.rr_class, dnssec_ok, checking_disabled};
  }
};

}  // namespace holdfast
