// A row of the store, of whatever origin: the first two bytes say how long its key is. What the
// loader takes answers the question of its key; a note that is read comes back the same.
#include <vector>

#include "check.h"
#include "store/loader.h"
#include "store/notes.h"

using namespace holdfast;

namespace {

std::vector<std::uint8_t> write_only(const SavedNotes& notes) {
  FUZZ_CHECK(notes.health.size() + notes.hosts.size() + notes.zones.size() == 1);
  if (!notes.health.empty()) return write_health(notes.health.front());
  if (!notes.hosts.empty()) return write_host(notes.hosts.front());
  return write_zone(notes.zones.begin()->second);
}

void check_note(dns::Bytes key, dns::Bytes body) {
  SavedNotes notes;
  if (!read_note(key, body, notes)) return;
  SavedNotes again;
  FUZZ_CHECK(read_note(key, write_only(notes), again));
  FUZZ_CHECK(again.health == notes.health && again.hosts == notes.hosts &&
             again.zones == notes.zones);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const dns::Bytes input(bytes + 2, size - 2);
  const std::size_t length = dns::load_u16(bytes);
  if (length > input.size()) return 0;
  const dns::Bytes key = input.first(length);
  const dns::Bytes body = input.subspan(length);
  (void)unseal(key, body);
  (void)read_answer_row(body);
  check_note(key, body);
  // The seal is no hindrance for somebody who can write the file.
  std::vector<std::uint8_t> value;
  seal(key, body, value);
  Cache cache(std::size_t{4} << 20U, 1);
  Loader loader(cache);
  const Moment moment{TimePoint{} + 24h, UnixTime(1'800'000'000)};
  const RowFate fate = loader.take(key, value, moment);
  FUZZ_CHECK(fate != RowFate::damaged);
  FUZZ_CHECK(fate != RowFate::taken || cache.stats().entries == 1);
  return 0;
}
