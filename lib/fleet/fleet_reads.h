// FleetReads: the questions that are open in Redis: asked under the name that each key gives, held
// against the keys when something comes, put into the cache when it can be believed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/slab.h"
#include "cache/cache.h"
#include "fleet/fleet_counters.h"
#include "fleet/fleet_keys.h"
#include "fleet/fleet_policy.h"
#include "fleet/redis_session.h"

namespace holdfast {

/// A question that owns its name.
struct FleetQuestion {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;

  [[nodiscard]] CacheKey key() const noexcept {
    return {question.name.wire(), question.type, question.rr_class, dnssec_ok, checking_disabled};
  }
};

/// Who asked: a port, and its own number for the question.
struct FleetTicket {
  std::size_t port = 0;
  std::uint64_t number = 0;
};

class FleetReads {
 public:
  static constexpr std::size_t kMost = 1024;

  /// Called once for each begin(), maybe from inside of it.
  using Finished = std::function<void(const FleetTicket&, FleetRead result)>;

  /// All but the policy outlive this.
  FleetReads(const FleetKeys& keys, FleetPolicy policy, Cache& cache, FleetCounters& counters,
             Finished finished);

  /// Asks. `session` is ready, or null.
  void begin(const FleetQuestion& question, const FleetTicket& ticket, RedisSession* session,
             TimePoint now);
  /// A reply to one of begin()'s commands.
  void on_reply(const RedisTag& tag, const RedisReply& reply, UnixTime unix_now, TimePoint now);
  /// The session is gone, and the replies with it.
  void fail_all();

 private:
  struct Read {
    FleetQuestion question;
    FleetTicket ticket;
    std::size_t left;  // replies to come
    FleetRead result = FleetRead::miss;
  };

  [[nodiscard]] FleetRead judge(const Read& read, std::size_t which, const RedisReply& reply,
                                UnixTime unix_now, TimePoint now);

  const FleetKeys& keys_;
  FleetPolicy policy_;
  Cache& cache_;
  FleetCounters& counters_;
  Finished finished_;
  Slab<Read> open_{kMost};
  std::vector<std::uint8_t> buffer_;
};

}  // namespace holdfast
