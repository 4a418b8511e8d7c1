// The Keeper when all is well: what is learnt is on disk soon, and back after a restart.
#include "store/keeper.h"

#include "scratch.h"

namespace holdfast::test {
namespace {

TEST(Keeper, brings_back_what_was_learnt) {
  Scratch scratch;
  fill(scratch.path(), 1500);
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(count_held(machine, 1500), 1500);
  EXPECT_TRUE(machine.told("1500 answers loaded")) << machine.log();
  EXPECT_EQ(machine.keeper.counters().rows.get(), 1500);
  machine.learn(Told("more.example"));
  machine.flush();
  EXPECT_EQ(machine.keeper.counters().rows.get(), 1501);
}

TEST(Keeper, writes_within_a_quarter_of_a_second) {
  Scratch scratch;
  {
    Machine machine(scratch.path());
    machine.settle();
    machine.learn(Told("www.example"));
    machine.keeper.turn(machine.moment);
    EXPECT_EQ(machine.keeper.counters().written.get(), 0U);
    machine.pass(Keeper::kFlushEvery);
    machine.keeper.turn(machine.moment);
    EXPECT_EQ(machine.keeper.counters().written.get(), 1U);
  }
  Machine machine(scratch.path());
  EXPECT_EQ(machine.settle().held(Told("www.example")), 1);
}

TEST(Keeper, writes_what_waits_when_it_ends) {
  Scratch scratch;
  {
    Machine machine(scratch.path());
    machine.settle();
    for (int i = 0; i < 5000; ++i)
      machine.learn(Told("h" + std::to_string(i) + ".example"));
    machine.keeper.save_host({"dns.example", {parse_ip("192.0.2.1").value()}});
    machine.keeper.finish(machine.moment);
    EXPECT_EQ(machine.keeper.counters().written.get(), 5000U);
  }
  Machine machine(scratch.path());
  EXPECT_EQ(machine.settle().held(Told("h4999.example")), 1);
  EXPECT_EQ(machine.notes.hosts.size(), 1U);
}

TEST(Keeper, keeps_ages_and_negatives) {
  Scratch scratch;
  Told old("old.example");
  old.stored = kWall - 1h;
  {
    Machine machine(scratch.path());
    machine.settle();
    machine.learn(old);
    machine.learn(Told("gone.example", dns::AnswerKind::nxdomain));
    machine.learn(Told("nothing.example", dns::AnswerKind::nodata));
    machine.flush();
  }
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(machine.held(Told("gone.example")), -1);
  EXPECT_EQ(machine.held(Told("nothing.example")), -1);
  const auto ignore = [](const CachedAnswer&) {};
  EXPECT_EQ(machine.cache.find(Told("gone.example").key(), kNow, ignore).freshness,
            Freshness::fresh);
  EXPECT_EQ(machine.cache.find(old.key(), kNow, ignore).freshness, Freshness::stale);
}

TEST(Keeper, never_shadows_what_is_known_already) {
  Scratch scratch;
  fill(scratch.path(), 1);
  Machine machine(scratch.path());
  Told newer("h0.example");
  newer.mark = 77;
  const auto message = newer.message();
  dns::NormalisedAnswer answer;
  answer.message = message;
  answer.kind = dns::AnswerKind::positive;
  answer.last_name = newer.name;
  machine.cache.insert(newer.key(), answer, {}, 300s, kNow);
  EXPECT_EQ(machine.settle().held(newer), 77);
}

TEST(Keeper, answers_by_key_while_it_loads) {
  Scratch scratch;
  fill(scratch.path(), 1500);
  Machine machine(scratch.path());
  machine.keeper.turn(machine.moment);  // the newest 500
  ASSERT_TRUE(machine.keeper.busy());
  EXPECT_EQ(machine.held(Told("h3.example")), 0);
  EXPECT_EQ(machine.keeper.find(Told("H3.example").key(), machine.moment), Keeper::Found::yes);
  EXPECT_EQ(machine.held(Told("h3.example")), 4);
  EXPECT_EQ(machine.keeper.find(Told("no.example").key(), machine.moment), Keeper::Found::no);
  EXPECT_EQ(machine.keeper.counters().read_hits.get(), 1U);
  EXPECT_EQ(machine.keeper.counters().read_misses.get(), 1U);
}

TEST(Keeper, loads_no_more_than_the_cache_holds) {
  Scratch scratch;
  fill(scratch.path(), 40'000);
  Machine machine(scratch.path());
  Cache small(std::size_t{1} << 20U, 3);
  Keeper keeper(small, {scratch.path(), std::uint64_t{64} << 20U});
  do {
    keeper.turn(machine.moment);
  } while (keeper.busy());
  EXPECT_LT(small.stats().evictions, 1000U);
  EXPECT_GT(keeper.counters().loaded.get(), 3000U);
  EXPECT_EQ(keeper.find(Told("h0.example").key(), machine.moment), Keeper::Found::yes);
}

TEST(Keeper, forgets_what_was_flushed) {
  Scratch scratch;
  fill(scratch.path(), 3);
  {
    Machine machine(scratch.path());
    machine.settle();
    machine.learn(Told("h7.example"));
    machine.keeper.forget(Told("h1.example").name, false);
    machine.keeper.forget(Told("h7.example").name, true);
    machine.flush();
  }
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(machine.held(Told("h0.example")), 1);
  EXPECT_EQ(machine.held(Told("h1.example")), 0);
  EXPECT_EQ(machine.held(Told("h7.example")), 0);
}

TEST(Keeper, forgets_what_was_flushed_before_it_could_write) {
  Scratch scratch;
  fill(scratch.path(), 3);
  Machine machine(scratch.path());
  machine.keeper.forget(Told("h1.example").name, false);
  machine.keeper.forget(Told("h2.example").name, true);
  machine.settle();
  EXPECT_EQ(machine.held(Told("h0.example")), 1);
  EXPECT_EQ(machine.held(Told("h1.example")), 0);
  EXPECT_EQ(machine.held(Told("h2.example")), 0);
}

ZoneMarks zones(std::initializer_list<std::pair<const char*, const char*>> answered) {
  ZoneMarks marks;
  for (const auto& [zone, by] : answered)
    add_mark(marks, dns::Name::parse(zone).value(), by);
  return marks;
}

/// A machine that answers these zones as it says learns www.corp and www.example; then one that
/// answers them otherwise says what it still knows of the two.
std::pair<int, int> restarted(const ZoneMarks& before, const ZoneMarks& after) {
  Scratch scratch;
  {
    Machine machine(scratch.path());
    machine.keeper.save_zones(before);
    machine.settle();
    machine.learn(Told("www.corp"));
    machine.learn(Told("www.example"));
    machine.flush();
  }
  for (int again = 0; again < 2; ++again) {  // what is gone is gone
    Machine machine(scratch.path());
    machine.keeper.save_zones(after);
    machine.flush();
  }
  Machine machine(scratch.path());
  machine.settle();
  return {machine.held(Told("www.corp")), machine.held(Told("www.example"))};
}

TEST(Keeper, drops_what_others_answered_before_the_restart) {
  const auto same = zones({{".", "a"}, {"corp", "b private"}});
  EXPECT_EQ(restarted(same, same), std::pair(1, 1));
  EXPECT_EQ(restarted(same, zones({{".", "a"}, {"corp", "b public"}})), std::pair(0, 1));
  EXPECT_EQ(restarted(same, zones({{".", "a"}})), std::pair(0, 1));
  EXPECT_EQ(restarted(zones({{".", "a"}}), same), std::pair(0, 1));
  EXPECT_EQ(restarted(same, zones({{".", "c"}, {"corp", "b private"}})), std::pair(0, 0));
  EXPECT_EQ(restarted({}, same), std::pair(1, 1));  // an older version's store
}

TEST(Keeper, remembers_a_change_until_it_is_carried_out) {
  Scratch scratch;
  const auto before = zones({{".", "a"}});
  const auto after = zones({{".", "b"}});
  fill(scratch.path(), 3);
  {
    Machine machine(scratch.path());
    machine.keeper.save_zones(before);
    machine.flush();
  }
  {
    Store holder;  // the file is another's
    ASSERT_EQ(holder.open(scratch.file(), Store::kLeastBytes), DiskState::ok);
    Machine machine(scratch.path());
    machine.keeper.save_zones(after);
    machine.settle();
    machine.keeper.finish(machine.moment);
  }
  Machine machine(scratch.path());
  machine.keeper.save_zones(after);
  machine.settle();
  EXPECT_EQ(machine.held(Told("h0.example")), 0);
}

TEST(Keeper, outlives_a_loss_of_power_a_second_after_it_has_written) {
  Scratch scratch;
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), "");
  machine.learn(Told("a.example"));
  machine.flush();
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), scratch.log());
  machine.learn(Told("b.example"));
  machine.flush();
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), "");  // the disk is still at it
  machine.keeper.synced(StoreFile::sync(scratch.log()), machine.moment);
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), scratch.log());
  machine.keeper.synced({}, machine.moment);
  machine.learn(Told("c.example"));
  machine.pass(Keeper::kFlushEvery);
  machine.settle();
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), "");  // once a second is enough
  machine.pass(Keeper::kSyncEvery);
  EXPECT_EQ(machine.keeper.take_sync(machine.moment), scratch.log());
  machine.keeper.synced("holdfast.db-wal: Input/output error", machine.moment);
  EXPECT_EQ(machine.keeper.counters().up.get(), 0);
  EXPECT_TRUE(machine.settle().told("Input/output error")) << machine.log();
}

TEST(Keeper, remembers_health_and_hosts) {
  Scratch scratch;
  const SavedHost host{"dns.example", {parse_ip("192.0.2.1").value()}};
  {
    Machine machine(scratch.path());
    machine.settle();
    machine.keeper.save_health({{"vpc", HealthState::down, kWall}, {"b", HealthState::up, kWall}});
    machine.keeper.save_host(host);
    machine.flush();
    // Trouble that lasts is written again, so that its age is known.
    machine.keeper.save_health(
        {{"vpc", HealthState::down, kWall + 29s}, {"b", HealthState::up, kWall + 29s}});
    machine.flush();
    machine.keeper.save_health({{"vpc", HealthState::down, kWall + 40s}});
    machine.flush();
  }
  Machine machine(scratch.path());
  machine.settle();
  ASSERT_EQ(machine.notes.health.size(), 1U);
  EXPECT_EQ(machine.notes.health[0], (SavedHealth{"vpc", HealthState::down, kWall + 40s}));
  ASSERT_EQ(machine.notes.hosts.size(), 1U);
  EXPECT_EQ(machine.notes.hosts[0], host);
}

TEST(Keeper, stays_within_its_bound) {
  Scratch scratch;
  Machine machine(scratch.path(), Store::kLeastBytes);
  machine.settle();
  for (int i = 0; i < 60'000; ++i) {
    machine.learn(Told("h" + std::to_string(i) + ".example"));
    if (i % 3000 == 0) machine.flush();
  }
  machine.flush();
  EXPECT_LE(std::filesystem::file_size(scratch.file()), Store::kLeastBytes);
  EXPECT_EQ(machine.keeper.counters().errors.get(), 0U) << machine.log();
  EXPECT_EQ(machine.keeper.counters().dropped.get(), 0U);
  EXPECT_EQ(machine.keeper.find(Told("h59999.example").key(), machine.moment), Keeper::Found::yes);
}

}  // namespace
}  // namespace holdfast::test
