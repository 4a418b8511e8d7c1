// FleetPublisher: from records that workers handed over to values in Redis: which of them are worth
// a packet, how long they are kept, and not too many. A thousand machines that learn the same names
// must not flood the server that is to survive with them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "fleet/fleet_counters.h"
#include "fleet/fleet_keys.h"
#include "fleet/fleet_policy.h"
#include "fleet/redis_session.h"

namespace holdfast {

class FleetPublisher {
 public:
  /// What was published is not published again so soon, unless the machine forgot that it did.
  static constexpr Duration kPause = 30s;
  /// A second's allowance of FleetPolicy::max_per_second, times this, may be saved up.
  static constexpr unsigned kBurst = 5;

  /// `keys` and `counters` outlive this.
  FleetPublisher(const FleetKeys& keys, FleetPolicy policy, FleetCounters& counters);

  /// A worker's record, as encode_record() made it. `session` is ready, or null.
  void publish(dns::Bytes record, RedisSession* session, UnixTime unix_now, TimePoint now);

  /// Another session: the server may have forgotten what it was told.
  void forget() noexcept;

 private:
  struct Recent {
    std::string name;
    UnixTime expires{};
    TimePoint at = kNever;
  };

  // By a hash of the name; where two names meet, the later one is remembered.
  static constexpr std::size_t kRecent = 4096;

  [[nodiscard]] bool take_token(TimePoint now) noexcept;
  [[nodiscard]] Recent& recent(const std::string& name) noexcept;

  const FleetKeys& keys_;
  FleetPolicy policy_;
  FleetCounters& counters_;
  std::unique_ptr<std::array<Recent, kRecent>> recent_ =
      std::make_unique<std::array<Recent, kRecent>>();
  double tokens_;
  TimePoint filled_ = kNever;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> value_;
};

}  // namespace holdfast
