#include "base/counters.h"

#include <bit>

namespace holdfast {
namespace {
// Bucket 0 ends at 64 µs; each octave above has four buckets, split linearly.
constexpr std::uint64_t kFirstUs = 64;
}  // namespace

std::size_t Histogram::bucket_of(Duration d) noexcept {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  const std::uint64_t us = count < 0 ? 0 : static_cast<std::uint64_t>(count);
  if (us <= kFirstUs) return 0;
  const std::uint64_t above = us - 1;                                    // bounds are inclusive
  const auto octave = static_cast<unsigned>(std::bit_width(above) - 7);  // 64…127 is octave 0
  const auto quarter = (above >> (octave + 4)) & 3U;
  const std::size_t bucket = 1 + octave * 4 + static_cast<std::size_t>(quarter);
  return bucket < kBuckets ? bucket : kBuckets - 1;
}

Duration Histogram::upper_bound(std::size_t bucket) noexcept {
  if (bucket == 0) return std::chrono::microseconds(kFirstUs);
  const auto octave = (bucket - 1) / 4;
  const auto quarter = (bucket - 1) % 4;
  const std::uint64_t base = kFirstUs << octave;
  return std::chrono::microseconds(base + base / 4 * (quarter + 1));
}

}  // namespace holdfast
