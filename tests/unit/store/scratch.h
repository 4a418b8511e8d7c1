// What the store's tests stand on: folders that go with the test, answers as workers publish them,
// and a Keeper on a clock of its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "dns/header.h"
#include "store/keeper.h"

namespace holdfast::test {

/// A folder that is removed with all that is in it.
class Scratch {
 public:
  Scratch() {
    std::string path = (std::filesystem::temp_directory_path() / "holdfast-store.XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }

  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] std::string file() const { return path_ + "/" + StoreFile::kName; }

  [[nodiscard]] std::string log() const { return StoreFile::log_of(file()); }

  /// Names of what is in it that begin so.
  [[nodiscard]] std::vector<std::string> names(std::string_view begin) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(begin)) found.push_back(name);
    }
    return found;
  }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

constexpr UnixTime kWall{1'800'000'000};
inline const TimePoint kNow = TimePoint{} + std::chrono::hours(24);

/// An answer that a worker has just learnt.
struct Told {
  dns::Name name;
  dns::RrType type = dns::RrType::a;
  dns::AnswerKind kind = dns::AnswerKind::positive;
  std::uint8_t mark = 1;  // the address's last octet
  std::size_t bytes = 4;  // of its rdata
  UnixTime stored = kWall;
  std::chrono::seconds ttl{300};

  explicit Told(std::string_view text, dns::AnswerKind answer = dns::AnswerKind::positive)
      : name(dns::Name::parse(text).value()), kind(answer) {}

  [[nodiscard]] CacheKey key() const { return {name.wire(), type, dns::RrClass::in, false, false}; }

  [[nodiscard]] Place place() const {
    return kind == dns::AnswerKind::positive ? Place::positive
           : kind == dns::AnswerKind::nodata ? Place::negative
                                             : Place::nxdomain;
  }

  [[nodiscard]] std::vector<std::uint8_t> message() const {
    const bool positive = kind == dns::AnswerKind::positive;
    std::vector<std::uint8_t> wire(16 + name.wire().size() + (positive ? 12 + bytes : 0));
    dns::WireWriter writer(wire);
    dns::Header header;
    header.flags = dns::flag::qr;
    if (kind == dns::AnswerKind::nxdomain) header.flags |= 3;
    header.qdcount = 1;
    header.ancount = positive ? 1 : 0;
    header.write(writer);
    dns::Question{name, type, dns::RrClass::in}.write(writer);
    if (!positive) return wire;
    writer.u16(0xc00c);
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(1);
    writer.u32(300);
    writer.u16(static_cast<std::uint16_t>(bytes));
    writer.bytes(std::vector<std::uint8_t>(bytes, mark));
    return wire;
  }

  [[nodiscard]] std::vector<std::uint8_t> row() const {
    std::vector<std::uint8_t> out;
    const auto wire = message();
    write_answer_row({key(), wire, kind, {}, ttl}, {stored, stored + ttl, stored}, out);
    return out;
  }
};

/// A row far longer than a page.
inline Told long_one(std::string_view text, std::size_t bytes = 30'000) {
  Told told(text);
  told.type = static_cast<dns::RrType>(65'280);  // of no known form
  told.bytes = bytes;
  return told;
}

/// A cache with a Keeper behind it, and the clock that both go by.
struct Machine {
  Cache cache{std::size_t{64} << 20U, 7};
  Moment moment{kNow, kWall};
  std::vector<StoreLine> lines;
  SavedNotes notes;
  Keeper keeper;

  explicit Machine(const std::string& folder, std::uint64_t max_bytes = std::uint64_t{64} << 20U)
      : keeper(cache, {folder, max_bytes}) {}

  void pass(Duration time) {
    moment.now += time;
    moment.wall += std::chrono::duration_cast<std::chrono::seconds>(time);
  }

  /// Turns until there is nothing more to do at once.
  Machine& settle() {
    do {
      keeper.turn(moment);
    } while (keeper.busy());
    for (StoreLine& line : keeper.take_reports())
      lines.push_back(std::move(line));
    SavedNotes found = keeper.take_notes();
    std::ranges::move(found.health, std::back_inserter(notes.health));
    std::ranges::move(found.hosts, std::back_inserter(notes.hosts));
    return *this;
  }

  void learn(const Told& told) { keeper.take(told.row()); }

  /// Time for what was learnt to get to the disk.
  Machine& flush() {
    pass(1s);
    return settle();
  }

  /// The last octet of the address that is held, fresh or stale; -1 for a negative answer, 0 for
  /// nothing.
  int held(const Told& told) {
    int mark = 0;
    cache.find_stale(told.key(), moment.now, 24h * 365, [&](const CachedAnswer& answer) {
      mark = answer.kind == dns::AnswerKind::positive ? answer.message.back() : -1;
    });
    return mark;
  }

  [[nodiscard]] bool told(std::string_view words) const {
    return std::ranges::any_of(
        lines, [&](const StoreLine& line) { return line.text.find(words) != std::string::npos; });
  }

  [[nodiscard]] std::string log() const {
    std::string all;
    for (const StoreLine& line : lines)
      all += line.text + "\n";
    return all;
  }
};

/// Lets a machine learn `count` names h0.example …, their marks 1 to 100, and leave as by kill -9:
/// without a word.
inline void fill(const std::string& folder, int count) {
  Machine machine(folder);
  machine.settle();
  for (int i = 0; i < count; ++i) {
    Told told("h" + std::to_string(i) + ".example");
    told.mark = static_cast<std::uint8_t>(1 + i % 100);
    machine.learn(told);
  }
  machine.flush();
}

/// Moves the log into the file.
inline void put_log_away(const Scratch& scratch) {
  Store store;
  ASSERT_EQ(store.open(scratch.file(), Store::kLeastBytes), DiskState::ok) << store.why();
  ASSERT_EQ(store.checkpoint(), DiskState::ok);
  store.close();
  std::filesystem::remove(scratch.log());
}

/// How many of them are held as they were; a wrong one fails the test.
inline int count_held(Machine& machine, int count) {
  int right = 0;
  for (int i = 0; i < count; ++i) {
    const int mark = machine.held(Told("h" + std::to_string(i) + ".example"));
    if (mark != 0) {
      EXPECT_EQ(mark, 1 + i % 100);
    }
    right += mark == 1 + i % 100 ? 1 : 0;
  }
  return right;
}

}  // namespace holdfast::test
