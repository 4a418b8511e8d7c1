// Clocks that are wrong: told in one line, nothing wrong is served, nothing is lost because of it.
#include "scratch.h"

namespace holdfast::test {
namespace {

constexpr UnixTime k1970{60};
constexpr UnixTime k2100{4'102'444'800};

Freshness freshness(Machine& machine, const Told& told) {
  return machine.cache.find(told.key(), machine.moment.now, [](const CachedAnswer&) {}).freshness;
}

TEST(KeeperClock, of_1970_makes_answers_stale) {
  Scratch scratch;
  fill(scratch.path(), 10);
  Machine machine(scratch.path());
  machine.moment.wall = k1970;
  machine.settle();
  EXPECT_EQ(count_held(machine, 10), 10);
  EXPECT_EQ(freshness(machine, Told("h1.example")), Freshness::stale);
  EXPECT_TRUE(
      machine.told("the clock says 1970-01-01T00:01:00Z, but the store was written until "
                   "2027-01-15T08:00:00Z: answers from the future are taken as stale"))
      << machine.log();
}

TEST(KeeperClock, of_2100_makes_answers_too_old) {
  Scratch scratch;
  fill(scratch.path(), 10);
  {
    Machine machine(scratch.path());
    machine.moment.wall = k2100;
    machine.settle();
    EXPECT_EQ(freshness(machine, Told("h1.example")), Freshness::stale);
    bool served = false;
    machine.cache.find_stale(Told("h1.example").key(), machine.moment.now, 24h * 90,
                             [&](const CachedAnswer&) { served = true; });
    EXPECT_FALSE(served);
    EXPECT_TRUE(machine.told("the clock says 2100-01-01T00:00:00Z")) << machine.log();
    machine.flush();
  }
  Machine right(scratch.path());
  right.settle();
  EXPECT_EQ(count_held(right, 10), 10);
  EXPECT_EQ(freshness(right, Told("h1.example")), Freshness::fresh);
}

TEST(KeeperClock, that_jumps_is_told_once) {
  Scratch scratch;
  Machine machine(scratch.path());
  machine.settle();
  machine.flush();
  EXPECT_FALSE(machine.told("the clock was set"));
  machine.moment.wall = k2100;
  machine.flush();
  machine.flush();
  EXPECT_EQ(std::ranges::count_if(machine.lines,
                                  [](const StoreLine& line) {
                                    return line.text.find("was set forward") != std::string::npos;
                                  }),
            1);
  machine.moment.wall = k1970;
  machine.flush();
  EXPECT_TRUE(machine.told("the clock was set back by")) << machine.log();
}

TEST(KeeperClock, that_was_wrong_when_an_answer_was_learnt_makes_it_old) {
  Scratch scratch;
  {
    Machine machine(scratch.path());
    machine.moment.wall = k1970;
    machine.settle();
    Told told("h0.example");
    told.stored = k1970;
    machine.learn(told);
    machine.flush();
  }
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(freshness(machine, Told("h0.example")), Freshness::stale);
}

}  // namespace
}  // namespace holdfast::test
