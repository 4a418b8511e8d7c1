// decode_record() on anything: what it takes is a sound answer to its own question, and comes back
// the same when it is written and read again.
#include "cache/record.h"

#include <vector>

#include "check.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static std::vector<std::uint8_t> buffer(65535);
  static std::vector<std::uint8_t> again_buffer(65535);
  const auto decoded = decode_record({bytes, size}, buffer);
  if (!decoded) return 0;
  const auto view = dns::MessageView::parse(decoded->answer.message);
  FUZZ_CHECK(view.ok() && view.question() == decoded->question);
  std::vector<std::uint8_t> written;
  encode_record(decoded->key(), decoded->answer.message, decoded->tags, decoded->times, written);
  const auto again = decode_record(written, again_buffer);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->answer.kind == decoded->answer.kind);
  FUZZ_CHECK(again->times.stored == decoded->times.stored);
  Cache cache(std::size_t{4} << 20U, 1);
  const TimePoint now = TimePoint{} + 1h;
  const Lifetime times = lifetime_of(decoded->times, decoded->times.stored, now);
  FUZZ_CHECK(times.stored <= now && times.expires >= times.stored);
  cache.restore(decoded->key(), decoded->answer, decoded->tags, times);
  return 0;
}
