// Files that are not what they were: the Keeper starts, says so, sets them aside, and keeps what is
// readable. The seeds of the random damage are in the tests' output.
#include <random>

#include "scratch.h"

namespace holdfast::test {
namespace {

constexpr int kNames = 600;

/// A store of kNames answers; `logged`: they are in its log.
class Damage : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    fill(scratch_.path(), kNames);
    if (!GetParam()) put_log_away(scratch_);
    whole_ = read_file(victim());
  }

  [[nodiscard]] std::string victim() const { return GetParam() ? scratch_.log() : scratch_.file(); }

  /// How many are held when the daemon starts with this in the victim's place.
  int start_with(const std::string& content) {
    write_file(victim(), content);
    machine_ = std::make_unique<Machine>(scratch_.path());
    machine_->settle();
    return count_held(*machine_, kNames);
  }

  Scratch scratch_;
  std::string whole_;
  std::unique_ptr<Machine> machine_;
};

INSTANTIATE_TEST_SUITE_P(Keeper, Damage, testing::Bool(), [](const auto& which) {
  return std::string(which.param ? "log" : "file");
});

TEST_P(Damage, none_is_nothing) {
  EXPECT_EQ(start_with(whole_), kNames);
  EXPECT_EQ(machine_->keeper.counters().set_aside.get(), 0U);
}

TEST_P(Damage, of_the_beginning_costs_nothing_more) {
  std::string torn = whole_;
  torn.replace(0, 32, 32, '\xff');
  EXPECT_EQ(start_with(torn), kNames) << machine_->log();
  EXPECT_TRUE(machine_->told("is damaged")) << machine_->log();
  EXPECT_TRUE(machine_->told("600 rows read page by page")) << machine_->log();
  EXPECT_EQ(scratch_.names("holdfast.db.bad-").size(), GetParam() ? 2U : 1U);
  // They are in the new file, too.
  machine_.reset();
  Machine again(scratch_.path());
  again.settle();
  EXPECT_EQ(count_held(again, kNames), kNames);
  EXPECT_EQ(again.keeper.counters().set_aside.get(), 0U);
}

TEST_P(Damage, truncated_files_keep_what_is_left) {
  if (GetParam()) return;
  EXPECT_GT(start_with(whole_.substr(0, whole_.size() / 2)), kNames / 4) << machine_->log();
  EXPECT_EQ(machine_->keeper.counters().set_aside.get(), 1U);
}

TEST_P(Damage, zeros_cost_the_rows_that_were_there) {
  std::string zeros = whole_;
  zeros.replace(zeros.size() / 2, 8192, 8192, '\0');
  EXPECT_GT(start_with(zeros), kNames / 4) << machine_->log();
}

TEST_P(Damage, flipped_bits_never_give_a_wrong_answer) {
  constexpr unsigned kSeed = 20261127;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 120; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    std::string flipped = whole_;
    const int flips = 1 << (round % 10);
    for (int i = 0; i < flips; ++i)
      flipped[random() % flipped.size()] ^= static_cast<char>(1U << (random() % 8));
    for (const auto& name : scratch_.names("holdfast.db"))
      std::filesystem::remove(scratch_.path() + "/" + name);
    if (GetParam()) fill(scratch_.path(), 1);
    const int held = start_with(flipped);
    EXPECT_TRUE(GetParam() || held > kNames / 3) << held << "\n" << machine_->log();
    machine_->learn(Told("after.example"));
    machine_->flush();
    machine_.reset();
  }
}

TEST_P(Damage, cut_anywhere_starts_all_the_same) {
  constexpr unsigned kSeed = 4711;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    for (const auto& name : scratch_.names("holdfast.db"))
      std::filesystem::remove(scratch_.path() + "/" + name);
    if (GetParam()) fill(scratch_.path(), 1);
    start_with(whole_.substr(0, random() % whole_.size()));
    machine_->learn(Told("after.example"));
    machine_->flush();
    EXPECT_EQ(machine_->keeper.counters().up.get(), 1) << machine_->log();
    machine_.reset();
  }
}

TEST(KeeperDamage, an_empty_file_is_a_beginning) {
  Scratch scratch;
  write_file(scratch.file(), "");
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(machine.keeper.counters().up.get(), 1);
  EXPECT_EQ(machine.keeper.counters().set_aside.get(), 0U);
}

TEST(KeeperDamage, an_empty_file_beside_a_log_keeps_what_the_log_has) {
  Scratch scratch;
  fill(scratch.path(), 50);
  write_file(scratch.file(), "");
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_EQ(count_held(machine, 50), 50) << machine.log();
  EXPECT_EQ(machine.keeper.counters().set_aside.get(), 1U);
}

TEST(KeeperDamage, a_foreign_file_is_set_aside_unharmed) {
  Scratch scratch;
  const std::string letter = "To whom it may concern: no database.\n" + std::string(5000, 'x');
  write_file(scratch.file(), letter);
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_TRUE(machine.told("file is not a database")) << machine.log();
  const auto bad = scratch.names("holdfast.db.bad-");
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(read_file(scratch.path() + "/" + bad[0]), letter);
  machine.learn(Told("www.example"));
  machine.flush();
  EXPECT_EQ(machine.keeper.counters().written.get(), 1U);
}

TEST(KeeperDamage, another_programs_database_is_set_aside) {
  Scratch scratch;
  write_file(scratch.file(), "");
  SqlConnection other;
  ASSERT_EQ(other.open(scratch.file()), DiskState::ok);
  ASSERT_EQ(other.run("CREATE TABLE songs(title); INSERT INTO songs VALUES('x')"), DiskState::ok);
  other.close();
  Machine machine(scratch.path());
  machine.settle();
  EXPECT_TRUE(machine.told("it is another program's database")) << machine.log();
  EXPECT_EQ(machine.keeper.counters().up.get(), 1);
}

TEST(KeeperDamage, bad_files_do_not_pile_up) {
  Scratch scratch;
  for (int i = 0; i < 6; ++i) {
    write_file(scratch.file(), "rubbish " + std::to_string(i) + std::string(600, 'x'));
    Machine machine(scratch.path());
    machine.moment.wall += std::chrono::seconds(i / 2);
    machine.settle();
    std::filesystem::remove(scratch.log());
  }
  EXPECT_EQ(scratch.names("holdfast.db.bad-").size(), StoreFile::kBadKept);
}

TEST(KeeperDamage, a_row_without_its_seal_is_dropped_for_good) {
  Scratch scratch;
  fill(scratch.path(), 20);
  {
    SqlConnection sql;
    ASSERT_EQ(sql.open(scratch.file()), DiskState::ok);
    ASSERT_EQ(sql.run("UPDATE answers SET value=x'00112233445566778899' WHERE number=7"),
              DiskState::ok);
  }
  {
    Machine machine(scratch.path());
    machine.settle();
    EXPECT_EQ(count_held(machine, 20), 19);
    EXPECT_TRUE(machine.told("1 damaged rows of")) << machine.log();
    EXPECT_EQ(machine.keeper.counters().set_aside.get(), 0U);
  }
  Machine machine(scratch.path());
  EXPECT_FALSE(machine.settle().told("damaged"));
}

TEST(KeeperDamage, a_row_that_claims_another_question_is_dropped) {
  Scratch scratch;
  Machine machine(scratch.path());
  machine.settle();
  const Told told("liar.example");
  const auto row = told.row();
  const RowKey other = RowKey::of_answer(Told("honest.example").key(), Place::positive);
  std::vector<std::uint8_t> value;
  seal(other.bytes(), dns::Bytes(row).subspan(1), value);
  Loader loader(machine.cache);
  EXPECT_EQ(loader.take(other.bytes(), value, machine.moment), RowFate::foreign);
  EXPECT_EQ(machine.held(Told("honest.example")), 0);
}

TEST(KeeperDamage, questions_wait_while_pages_are_read) {
  Scratch scratch;
  fill(scratch.path(), 3000);
  put_log_away(scratch);
  std::string torn = read_file(scratch.file());
  torn.replace(0, 100, 100, 'x');
  write_file(scratch.file(), torn);
  Machine machine(scratch.path());
  machine.keeper.turn(machine.moment);
  ASSERT_TRUE(machine.keeper.busy());
  EXPECT_EQ(machine.keeper.find(Told("no.example").key(), machine.moment), Keeper::Found::later);
  machine.settle();
  EXPECT_EQ(machine.keeper.find(Told("no.example").key(), machine.moment), Keeper::Found::no);
  EXPECT_EQ(machine.keeper.find(Told("h1.example").key(), machine.moment), Keeper::Found::yes);
}

}  // namespace
}  // namespace holdfast::test
