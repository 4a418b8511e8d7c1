// The tables: what is put is found, what it contradicts is gone, and the file stays within bounds.
#include "store/store.h"

#include <limits>
#include <sys/stat.h>

#include "scratch.h"

namespace holdfast::test {
namespace {

/// An open store in a folder of its own.
struct Opened {
  Scratch scratch;
  Store store;

  explicit Opened(std::uint64_t max_bytes = Store::kLeastBytes) {
    EXPECT_EQ(StoreFile(scratch.path()).prepare(), "");
    EXPECT_EQ(store.open(scratch.file(), max_bytes), DiskState::ok) << store.why();
  }

  void put(const Told& told) {
    const auto row = told.row();
    ASSERT_EQ(store.begin(), DiskState::ok);
    ASSERT_EQ(store.put(*read_answer_row(row)), DiskState::ok) << store.why();
    ASSERT_EQ(store.commit(), DiskState::ok);
  }

  bool has(const Told& told) {
    bool found = false;
    const RowKey key = RowKey::of_answer(told.key(), told.place());
    const DiskState state = store.find(
        key, [&](const StoredRow& row) { found = unseal(row.key, row.value).has_value(); });
    EXPECT_EQ(state, DiskState::ok);
    return found;
  }

  std::vector<std::int64_t> numbers() {
    std::vector<std::int64_t> all;
    const auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(store.newest(most, 100, [&](const StoredRow& row) { all.push_back(row.number); }),
              DiskState::ok);
    return all;
  }
};

TEST(Store, makes_files_for_its_owner_only) {
  Opened opened;

  struct stat status {};

  ASSERT_EQ(::stat(opened.scratch.file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  opened.put(Told("www.example"));
  ASSERT_EQ(::stat(opened.scratch.log().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_TRUE(opened.scratch.names("holdfast.db-shm").empty());  // it would be mapped
}

TEST(Store, makes_the_folder_for_its_owner_only) {
  Scratch scratch;
  const std::string folder = scratch.path() + "/var/lib/holdfast";
  EXPECT_EQ(StoreFile(folder).prepare(), "");

  struct stat status {};

  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST(Store, says_why_there_can_be_no_file) {
  EXPECT_NE(StoreFile("/proc/holdfast").prepare(), "");
  Scratch scratch;
  write_file(scratch.path() + "/plain", "");
  EXPECT_NE(StoreFile(scratch.path() + "/plain").prepare(), "");
  std::filesystem::create_directory(scratch.file());
  EXPECT_NE(StoreFile(scratch.path()).prepare(), "");
}

TEST(Store, replaces_and_keeps_the_order_of_writing) {
  Opened opened;
  for (const char* name : {"a", "b", "A"})
    opened.put(Told(name));
  EXPECT_TRUE(opened.has(Told("a")));
  EXPECT_EQ(opened.store.rows(), 2);
  EXPECT_EQ(opened.numbers(), (std::vector<std::int64_t>{3, 2}));
}

TEST(Store, drops_what_an_answer_contradicts) {
  using dns::AnswerKind;
  Opened opened;
  const Told yes("a");
  const Told nothing("a", AnswerKind::nodata);
  const Told nobody("a", AnswerKind::nxdomain);
  opened.put(yes);
  opened.put(nothing);
  EXPECT_TRUE(opened.has(yes) && opened.has(nothing));
  opened.put(nobody);
  EXPECT_TRUE(opened.has(yes) && opened.has(nobody) && !opened.has(nothing));
  opened.put(nothing);
  EXPECT_TRUE(opened.has(yes) && opened.has(nothing) && !opened.has(nobody));
  opened.put(yes);
  EXPECT_TRUE(opened.has(yes) && !opened.has(nothing) && !opened.has(nobody));
  EXPECT_EQ(opened.store.rows(), 1);
}

TEST(Store, keeps_long_rows) {
  Opened opened;
  opened.put(long_one("big.example"));
  EXPECT_TRUE(opened.has(long_one("big.example")));
}

TEST(Store, is_held_exclusively) {
  Opened opened;
  opened.put(Told("a"));
  Store second;
  EXPECT_EQ(second.open(opened.scratch.file(), Store::kLeastBytes), DiskState::locked);
  EXPECT_FALSE(second.is_open());
}

TEST(Store, knows_what_is_not_its_own) {
  Opened opened;
  opened.put(Told("a"));
  opened.store.close();
  SqlConnection other;
  ASSERT_EQ(other.open(opened.scratch.file()), DiskState::ok);
  const auto opens = [&](const char* change) {
    EXPECT_EQ(other.open(opened.scratch.file()), DiskState::ok);
    EXPECT_EQ(other.run(change), DiskState::ok) << other.why();
    other.close();
    const DiskState state = opened.store.open(opened.scratch.file(), Store::kLeastBytes);
    opened.store.close();
    return state;
  };
  EXPECT_EQ(opens("PRAGMA user_version=2"), DiskState::damaged);
  EXPECT_EQ(opened.store.why(), "it is of version 2");
  EXPECT_EQ(opens("PRAGMA user_version=1"), DiskState::ok);
  EXPECT_EQ(opens("PRAGMA application_id=7"), DiskState::damaged);
  EXPECT_EQ(opens("PRAGMA application_id=1212564546"), DiskState::ok);
  EXPECT_EQ(opens("CREATE TABLE more(a)"), DiskState::damaged);
}

TEST(Store, stays_within_its_bound_and_drops_the_oldest) {
  Opened opened;
  bool more = false;
  for (int batch = 0; batch < 120; ++batch) {
    ASSERT_EQ(opened.store.begin(), DiskState::ok);
    for (int i = 0; i < 1000; ++i) {
      const auto row = Told("name" + std::to_string(batch * 1000 + i) + ".example").row();
      ASSERT_EQ(opened.store.put(*read_answer_row(row)), DiskState::ok) << opened.store.why();
    }
    ASSERT_EQ(opened.store.commit(), DiskState::ok) << opened.store.why();
    do {
      ASSERT_EQ(opened.store.trim(more), DiskState::ok);
    } while (more);
  }
  EXPECT_LE(std::filesystem::file_size(opened.scratch.file()), Store::kLeastBytes);
  EXPECT_GT(opened.store.rows(), 20'000);
  EXPECT_TRUE(opened.has(Told("name119999.example")));
  EXPECT_FALSE(opened.has(Told("name0.example")));
  const std::int64_t counted = opened.store.rows();
  ASSERT_EQ(opened.store.count(), DiskState::ok);
  EXPECT_EQ(opened.store.rows(), counted);
}

TEST(Store, forgets_names_and_zones) {
  Opened opened;
  for (const char* name : {"example", "a.example", "b.a.example", "aexample", "other"})
    opened.put(Told(name));
  opened.put(Told("a.example", dns::AnswerKind::nodata));
  Forgets name;
  name.add(Told("A.example").name, false);
  ASSERT_EQ(opened.store.forget(name), DiskState::ok);
  EXPECT_FALSE(opened.has(Told("a.example")));
  EXPECT_TRUE(opened.has(Told("b.a.example")));
  EXPECT_EQ(opened.store.rows(), 4);
  Forgets zones;
  zones.add(Told("EXAMPLE").name, true);
  zones.add(Told("nowhere").name, true);
  ASSERT_EQ(opened.store.forget(zones), DiskState::ok);
  EXPECT_FALSE(opened.has(Told("example")) || opened.has(Told("b.a.example")));
  EXPECT_TRUE(opened.has(Told("aexample")) && opened.has(Told("other")));
  EXPECT_EQ(opened.store.rows(), 2);
}

TEST(Store, takes_salvaged_rows_as_older_than_all_others) {
  Opened opened;
  Told fresh("a");
  opened.put(fresh);
  const auto salvage = [&](const char* name, UnixTime stored) {
    Told told(name);
    told.stored = stored;
    const auto row = told.row();
    const RowKey key = RowKey::of_answer(told.key(), told.place());
    std::vector<std::uint8_t> value;
    seal(key.bytes(), dns::Bytes(row).subspan(1), value);
    EXPECT_EQ(opened.store.put_salvaged(RowKind::answer, key.bytes(), value), DiskState::ok);
  };
  salvage("a", kWall + 100s);  // known better
  salvage("b", kWall);
  salvage("b", kWall + 5s);
  salvage("b", kWall - 5s);
  EXPECT_EQ(opened.numbers(), (std::vector<std::int64_t>{1, -1}));
  UnixTime stored{};
  EXPECT_EQ(opened.store.find(
                RowKey::of_answer(Told("b").key(), Place::positive),
                [&](const StoredRow& row) { stored = stored_time(row.value.subspan(kSumBytes)); }),
            DiskState::ok);
  EXPECT_EQ(stored, kWall + 5s);
}

}  // namespace
}  // namespace holdfast::test
