// When the next probe is due.
#include "probe/schedule.h"

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast {
namespace {

/// Always the same bits: 0x80000000 is the middle of the jitter.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint32_t bits) : bits_(bits) {}

  std::uint32_t u32() noexcept override { return bits_; }

 private:
  std::uint32_t bits_;
};

TEST(ProbeSchedule, follows_state_and_luck) {
  struct Row {
    ProbeSituation situation;
    Duration wait;
  };

  using enum HealthState;
  const Row rows[] = {
      {{up, 0, 0, false, 30s}, 30s},
      {{up, 5, 0, true, 7s}, 7s},
      {{recovering, 0, 0, false, 30s}, 30s},
      {{suspect, 0, 0, false, 30s}, 1s},
      {{suspect, 9, 0, true, 30s}, 1s},
      {{down, 0, 0, false, 30s}, 1s},
      {{down, 1, 0, false, 30s}, 2s},
      {{down, 2, 0, false, 30s}, 4s},
      {{down, 3, 0, false, 30s}, 8s},
      {{down, 4, 0, false, 30s}, 15s},
      {{down, 4'000'000'000, 0, false, 30s}, 15s},
      {{down, 9, 1, false, 30s}, 1s},  // after a first success
      {{down, 0, 0, true, 30s}, 1s},   // while a route has nobody: two seconds at most
      {{down, 1, 0, true, 30s}, 2s},
      {{down, 9, 0, true, 30s}, 2s},
  };
  FixedRandom middle(0x80000000);
  for (const Row& row : rows) {
    EXPECT_EQ(next_probe_after(row.situation, FailoverPolicy{}, middle), row.wait)
        << to_string(row.situation.state) << row.situation.failures_running;
  }
}

TEST(ProbeSchedule, jitters_both_ways_within_a_fifth) {
  const ProbeSituation situation{HealthState::up, 0, 0, false, 30s};
  FixedRandom least(0);
  FixedRandom most(0xffffffff);
  EXPECT_EQ(next_probe_after(situation, FailoverPolicy{}, least), 24s);
  EXPECT_NEAR(static_cast<double>(next_probe_after(situation, FailoverPolicy{}, most).count()),
              36e9, 100);
  dns::test::SeededRandom random(3);
  Duration sum{};
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = next_probe_after(situation, FailoverPolicy{}, random);
    EXPECT_GE(wait, 24s);
    EXPECT_LT(wait, 36s);
    sum += wait;
  }
  EXPECT_NEAR(static_cast<double>((sum / 1000).count()), 30e9, 0.5e9);
  FailoverPolicy exact;
  exact.probe_jitter = 0;
  EXPECT_EQ(next_probe_after(situation, exact, random), 30s);
}

}  // namespace
}  // namespace holdfast
