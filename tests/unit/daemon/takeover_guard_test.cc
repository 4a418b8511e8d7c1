#include "daemon/takeover_guard.h"

#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

#include "daemon/ctl/file_state.h"

namespace holdfast {
namespace {

using State = ctl::Journal::State;

class TakeoverGuardTest : public testing::Test {
 protected:
  ~TakeoverGuardTest() override { std::filesystem::remove_all(folder_); }

  void write(State state) {
    ctl::Journal journal;
    journal.state = state;
    ctl::Journal::Entry entry;
    entry.path = folder_ + "/file";
    entry.after = ours_;
    journal.entries.push_back(entry);
    ASSERT_EQ(ctl::write_journal(journal, journal_), "");
  }

  /// How many lines; 99: not taken over.
  std::size_t drift_at(Duration since_begin) {
    guard_.look(TimePoint{} + 1h + since_begin);
    return guard_.drift() ? guard_.drift()->size() : 99;
  }

  host::FileState ours_{.kind = host::FileKind::file, .text = "ours\n"};
  std::string folder_ = testing::TempDir() + "takeover-guard-" + std::to_string(::getpid());
  std::string journal_ = folder_ + "/journal.json";
  TakeoverGuard guard_{journal_};
};

TEST_F(TakeoverGuardTest, without_a_journal_there_is_nothing_to_guard) {
  EXPECT_EQ(drift_at(0s), 99U);
}

TEST_F(TakeoverGuardTest, a_file_that_is_gone_is_drift) {
  write(State::taken);
  EXPECT_EQ(drift_at(0s), 1U);
  ASSERT_EQ(ctl::put_state(folder_ + "/file", ours_), "");
  EXPECT_EQ(drift_at(10s), 0U);
}

TEST_F(TakeoverGuardTest, a_change_that_does_not_end_is_drift) {
  for (const State state : {State::taking, State::giving}) {
    guard_ = TakeoverGuard(journal_);
    write(state);
    EXPECT_EQ(drift_at(0s), 99U);
    EXPECT_EQ(drift_at(170s), 99U);
    EXPECT_EQ(drift_at(181s), 1U);
    write(State::paused);
    EXPECT_EQ(drift_at(190s), 99U);
  }
}

}  // namespace
}  // namespace holdfast
