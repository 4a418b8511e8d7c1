// The store's thread between a worker's loop and the disk: what one daemon published the next one
// finds.
#include "daemon/store_thread.h"

#include <gtest/gtest.h>

#include "tests/unit/store/scratch.h"

namespace holdfast::test {
namespace {

/// One worker's side, and the thread.
struct Daemon {
  Cache cache{std::size_t{8} << 20U, 7};
  WallClock wall;
  EventLoop loop;
  StoreThread thread;
  StorePort port;
  std::atomic<int> notes{0};

  explicit Daemon(const std::string& folder, DiskSync::Sync sync = StoreFile::sync,
                  std::function<void(Daemon&)> noted = {})
      : thread(cache, wall, {folder, std::uint64_t{64} << 20U}, std::move(sync)),
        port(thread, loop, wall) {
    wall.set(loop.now(), kWall);
    thread.start([this, noted](const SavedNotes& found) {
      if (noted) noted(*this);
      notes += static_cast<int>(found.health.size() + found.hosts.size());
    });
  }

  ~Daemon() {
    thread.stop();
    loop.drain();
  }

  /// Learnt just now, by a question that has been answered for so long.
  void publish(const Told& told, Duration answered = {}) {
    const auto message = told.message();
    const TimePoint now = loop.now();
    port.publish({told.key(), message, told.kind, {}, told.ttl, now - answered}, now);
  }

  /// Turns the loop until the condition holds, at most ten seconds.
  template <typename Condition>
  bool until(Condition holds) {
    const TimePoint end = loop.now() + 10s;
    while (!holds() && loop.now() < end)
      loop.turn(5ms);
    return holds();
  }

  /// What the store says of the question; -1: nothing came.
  int read(const Told& told) {
    int said = -1;
    const auto done = [&said](bool found, TimePoint) { said = found ? 1 : 0; };
    if (!port.read(told.key(), done, loop.now())) return -1;
    EXPECT_EQ(said, -1);  // never from inside
    until([&] { return said >= 0; });
    return said;
  }
};

TEST(StoreThread, keeps_what_is_published) {
  Scratch scratch;
  {
    Daemon daemon(scratch.path());
    for (int i = 0; i < 100; ++i)
      daemon.publish(Told("h" + std::to_string(i) + ".example"));
    daemon.thread.save_host({"dns.example", {parse_ip("192.0.2.1").value()}});
    daemon.thread.save_health({{"vpc", HealthState::down, kWall}});
    EXPECT_TRUE(daemon.until([&] { return daemon.thread.counters().written.get() == 100; }));
    EXPECT_EQ(daemon.read(Told("h7.example")), 1);
    EXPECT_EQ(daemon.read(Told("no.example")), 0);
  }
  Daemon daemon(scratch.path());
  EXPECT_EQ(daemon.read(Told("h99.example")), 1);
  EXPECT_TRUE(daemon.until([&] { return daemon.notes == 2; }));
}

TEST(StoreThread, writes_what_is_left_when_it_stops) {
  Scratch scratch;
  {
    Daemon daemon(scratch.path());
    daemon.publish(Told("last.example"));
    daemon.thread.stop();
    EXPECT_FALSE(daemon.port.read(
        Told("last.example").key(), [](bool, TimePoint) {}, kNow));
  }
  Daemon daemon(scratch.path());
  EXPECT_EQ(daemon.read(Told("last.example")), 1);
}

TEST(StoreThread, knows_since_when_a_question_has_answers) {
  Scratch scratch;
  const Told told("steady.example");
  {
    Daemon daemon(scratch.path());
    daemon.publish(told, 1h);
  }
  Daemon daemon(scratch.path());
  EXPECT_EQ(daemon.read(told), 1);
  const auto held = daemon.cache.last_good(told.key(), false);
  ASSERT_TRUE(held);
  EXPECT_GT(daemon.loop.now() - held->since, 59min);
}

TEST(StoreThread, drops_and_counts_what_finds_no_room) {
  Scratch scratch;
  write_file(scratch.path() + "/plain", "");
  Daemon daemon(scratch.path() + "/plain");
  daemon.thread.stop();  // nobody empties the ring
  for (int i = 0; i < 20'000; ++i)
    daemon.publish(Told("h" + std::to_string(i) + ".example"));
  EXPECT_GT(daemon.thread.dropped(), 1000U);
}

TEST(StoreThread, makes_it_outlive_a_loss_of_power_and_answers_meanwhile) {
  Scratch scratch;
  std::atomic<bool> begun{false};
  std::atomic<bool> may_end{false};
  std::string synced;
  Daemon daemon(scratch.path(), [&](const std::string& path) {
    synced = read_file(path);
    begun = true;
    while (!may_end)
      std::this_thread::yield();
    return std::string();
  });
  const TimePoint told = daemon.loop.now();
  daemon.publish(Told("www.example"));
  EXPECT_TRUE(daemon.until([&] { return begun.load(); }));
  EXPECT_LT(daemon.loop.now() - told, 2s);
  EXPECT_EQ(daemon.read(Told("www.example")), 1);  // the disk takes its time
  may_end = true;
  const std::string name("\3www\7example");
  EXPECT_NE(synced.find(name), std::string::npos);
}

TEST(StoreThread, forgets_what_is_flushed) {
  Scratch scratch;
  {
    Daemon daemon(scratch.path());
    daemon.publish(Told("gone.example"));
    daemon.publish(Told("stays.example"));
    daemon.thread.forget(Told("gone.example").name, false);
  }
  Daemon daemon(scratch.path());
  EXPECT_EQ(daemon.read(Told("gone.example")), 0);
  EXPECT_EQ(daemon.read(Told("stays.example")), 1);
}

TEST(StoreThread, forgets_what_is_flushed_while_it_is_told_to_stop) {
  Scratch scratch;
  {
    Daemon daemon(scratch.path());
    daemon.publish(Told("gone.example"));
    daemon.thread.save_health({{"vpc", HealthState::down, kWall}});
  }
  {
    std::atomic<bool> busy{false};
    std::atomic<bool> said{false};
    const auto until_told = [&](Daemon& daemon) {
      busy = true;
      while (!said)
        std::this_thread::yield();
      // Takes no questions any more: it has been told.
      const SecondLevel::Done nothing = [](bool, TimePoint) {};
      while (daemon.port.read(Told("gone.example").key(), nothing, kNow))
        std::this_thread::yield();
    };
    Daemon daemon(scratch.path(), StoreFile::sync, until_told);
    EXPECT_TRUE(daemon.until([&] { return busy.load(); }));
    daemon.thread.forget(Told("gone.example").name, false);
    said = true;
  }
  Daemon daemon(scratch.path());
  EXPECT_EQ(daemon.read(Told("gone.example")), 0);
}

}  // namespace
}  // namespace holdfast::test
