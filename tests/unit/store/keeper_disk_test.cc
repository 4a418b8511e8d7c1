// Disks that cannot be used: all goes on in memory, and the disk is tried again.
#include <csignal>
#include <sys/resource.h>

#include "scratch.h"

namespace holdfast::test {
namespace {

TEST(KeeperDisk, without_a_folder_all_goes_on_in_memory) {
  Scratch scratch;
  const std::string folder = scratch.path() + "/plain";
  write_file(folder, "");
  Machine machine(folder);
  machine.settle();
  EXPECT_EQ(machine.keeper.counters().up.get(), 0);
  EXPECT_TRUE(machine.told("what is learnt stays in memory only")) << machine.log();
  machine.learn(Told("www.example"));
  machine.flush();
  EXPECT_EQ(machine.keeper.find(Told("www.example").key(), machine.moment), Keeper::Found::no);
  // It is there again.
  std::filesystem::remove(folder);
  machine.pass(Keeper::kRetryAfter);
  machine.settle();
  EXPECT_TRUE(machine.told("can be used again")) << machine.log();
  machine.flush();
  EXPECT_EQ(machine.keeper.counters().written.get(), 1U);
  EXPECT_EQ(machine.keeper.counters().up.get(), 1);
}

TEST(KeeperDisk, may_be_reached_through_a_link) {
  // As systemd makes it for services without a user of their own.
  Scratch scratch;
  std::filesystem::create_directory(scratch.path() + "/private");
  std::filesystem::create_directory_symlink("private", scratch.path() + "/store");
  fill(scratch.path() + "/store", 3);
  Machine machine(scratch.path() + "/private");
  machine.settle();
  EXPECT_EQ(count_held(machine, 3), 3) << machine.log();
}

TEST(KeeperDisk, that_another_process_holds_is_taken_when_it_is_free) {
  Scratch scratch;
  fill(scratch.path(), 5);
  auto first = std::make_unique<Machine>(scratch.path());
  first->settle();
  Machine second(scratch.path());
  second.settle();
  EXPECT_TRUE(second.told("another process holds it")) << second.log();
  EXPECT_EQ(second.keeper.counters().set_aside.get(), 0U);
  second.learn(Told("second.example"));
  first.reset();
  second.pass(Keeper::kRetryAfter);
  second.settle();
  EXPECT_EQ(count_held(second, 5), 5);
  second.flush();
  EXPECT_EQ(second.keeper.counters().written.get(), 1U);
}

TEST(KeeperDisk, says_so_once_however_often_it_fails) {
  Scratch scratch;
  write_file(scratch.path() + "/plain", "");
  Machine machine(scratch.path() + "/plain");
  for (int i = 0; i < 10; ++i) {
    machine.settle();
    machine.pass(Keeper::kRetryAfter);
  }
  EXPECT_EQ(machine.lines.size(), 1U) << machine.log();
  EXPECT_EQ(machine.keeper.counters().errors.get(), 10U);
}

TEST(KeeperDisk, keeps_what_waits_within_bounds) {
  Scratch scratch;
  write_file(scratch.path() + "/plain", "");
  Machine machine(scratch.path() + "/plain");
  machine.settle();
  for (int i = 0; i < 60'000; ++i)
    machine.learn(Told("h" + std::to_string(i) + ".example"));
  EXPECT_GT(machine.keeper.counters().dropped.get(), 10'000U);
  EXPECT_LT(machine.keeper.counters().dropped.get(), 50'000U);
}

/// No file of this process may grow beyond, as on a disk that is full.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(KeeperDisk, that_is_full_loses_nothing_that_it_holds) {
  Scratch scratch;
  fill(scratch.path(), 100);
  Machine machine(scratch.path());
  machine.settle();
  {
    const FileLimit limit(std::filesystem::file_size(scratch.log()) + 4096);
    for (int i = 100; i < 2000; ++i) {
      Told told("h" + std::to_string(i) + ".example");
      told.mark = static_cast<std::uint8_t>(1 + i % 100);
      machine.learn(told);
    }
    machine.flush();
    EXPECT_EQ(machine.keeper.counters().up.get(), 0) << machine.log();
    EXPECT_TRUE(machine.told("what is learnt stays in memory only")) << machine.log();
    EXPECT_EQ(machine.keeper.counters().set_aside.get(), 0U) << machine.log();
  }
  machine.pass(Keeper::kRetryAfter);
  machine.settle();
  machine.flush();
  EXPECT_EQ(machine.keeper.counters().up.get(), 1) << machine.log();
  Machine again(scratch.path() + "/none");
  machine.keeper.finish(machine.moment);
  Machine restarted(scratch.path());
  restarted.settle();
  EXPECT_EQ(count_held(restarted, 2000), 2000);
}

}  // namespace
}  // namespace holdfast::test
