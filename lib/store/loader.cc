#include "store/loader.h"

#include <algorithm>

namespace holdfast {

RowFate Loader::take(dns::Bytes key, dns::Bytes value, const Moment& moment) {
  const auto body = unseal(key, value);
  if (!body) return RowFate::damaged;
  const auto record = decode_record(*body, buffer_);
  if (!record) return RowFate::foreign;
  const CacheKey question = record->key();
  const RowKey expected = RowKey::of_answer(question, place_of(question, record->answer));
  if (!std::ranges::equal(expected.bytes(), key)) return RowFate::foreign;
  youngest_ = std::max(youngest_, record->times.stored);
  const Lifetime times = lifetime_of(record->times, moment.wall, moment.now);
  return cache_.restore(question, record->answer, record->tags, times) ? RowFate::taken
                                                                       : RowFate::held;
}

}  // namespace holdfast
