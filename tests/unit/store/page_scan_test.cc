// Reading without SQLite: the same rows, from whole files and from what is left of them.
#include "store/page_scan.h"

#include <map>

#include "scratch.h"
#include "store/log_check.h"

namespace holdfast::test {
namespace {

/// Sealed rows found, by key.
std::map<std::string, int> scan(const std::string& path) {
  std::map<std::string, int> found;
  PageScan pages(path);
  while (pages.next([&](dns::Bytes key, dns::Bytes value) {
    if (unseal(key, value)) ++found[std::string(key.begin(), key.end())];
  })) {
  }
  return found;
}

TEST(PageScan, finds_all_rows_in_the_log_and_in_the_file) {
  Scratch scratch;
  fill(scratch.path(), 3000);
  EXPECT_EQ(scan(scratch.file()).size(), 3000U);
  put_log_away(scratch);
  EXPECT_EQ(scan(scratch.file()).size(), 3000U);
}

TEST(PageScan, follows_long_rows) {
  Scratch scratch;
  {
    Machine machine(scratch.path());
    machine.settle();
    for (int bytes = 3900; bytes < 13'000; bytes += 37)
      machine.learn(long_one("b" + std::to_string(bytes), static_cast<std::size_t>(bytes)));
    machine.learn(long_one("longest", 60'000));
    machine.flush();
  }
  EXPECT_EQ(scan(scratch.file()).size(), 247U);
  put_log_away(scratch);
  EXPECT_EQ(scan(scratch.file()).size(), 247U);
}

TEST(PageScan, needs_no_beginning_of_the_log) {
  Scratch scratch;
  fill(scratch.path(), 3000);
  EXPECT_TRUE(log_is_whole(scratch.log()));
  std::string log = read_file(scratch.log());
  EXPECT_TRUE(log_is_whole(scratch.path() + "/none"));
  write_file(scratch.log(), log.substr(0, log.size() - 5000));
  EXPECT_TRUE(log_is_whole(scratch.log()));  // only shorter
  for (const std::size_t at : {std::size_t{3}, std::size_t{30}, std::size_t{60}, log.size() / 2}) {
    std::string changed = log;
    changed[at] ^= 1;
    write_file(scratch.log(), changed);
    EXPECT_FALSE(log_is_whole(scratch.log())) << at;
  }
  log.replace(0, 32, 32, '\0');
  write_file(scratch.log(), log);
  EXPECT_FALSE(log_is_whole(scratch.log()));
  EXPECT_EQ(scan(scratch.file()).size(), 3000U);
}

TEST(PageScan, needs_no_beginning) {
  Scratch scratch;
  fill(scratch.path(), 3000);
  put_log_away(scratch);
  std::string file = read_file(scratch.file());
  file.replace(0, kPageBytes, kPageBytes, '\0');
  write_file(scratch.file(), file);
  EXPECT_EQ(scan(scratch.file()).size(), 3000U);
}

TEST(PageScan, of_nothing_finds_nothing) {
  Scratch scratch;
  EXPECT_TRUE(scan(scratch.file()).empty());
  write_file(scratch.file(), "");
  write_file(scratch.log(), "short");
  EXPECT_TRUE(scan(scratch.file()).empty());
  std::filesystem::remove(scratch.file());
  std::filesystem::create_directory(scratch.file());
  EXPECT_TRUE(scan(scratch.file()).empty());
  EXPECT_TRUE(scan("/dev/zero").empty());
}

TEST(PageScan, survives_overflow_that_leads_in_circles) {
  std::array<std::uint8_t, kPageBytes> page{};
  dns::WireWriter writer(page);
  writer.u8(0x0d);
  writer.u16(0);
  writer.u16(1);
  writer.u16(0);
  writer.u8(0);
  writer.u16(100);
  // A payload of 100,000 bytes whose overflow is this page again.
  dns::WireWriter cell(page, 100);
  for (const unsigned byte : {0x86U, 0x8dU, 0x20U, 0x01U})
    cell.u8(static_cast<std::uint8_t>(byte));
  int reads = 0;
  const auto overflow = [&](std::uint32_t, std::span<std::uint8_t, kPageBytes> to) {
    ++reads;
    std::ranges::copy(page, to.begin());
    to[3] = 1;
    return true;
  };
  find_rows(page, overflow, [](dns::Bytes, dns::Bytes) { FAIL(); });
  EXPECT_LT(reads, 30);
}

}  // namespace
}  // namespace holdfast::test
