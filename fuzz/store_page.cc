// Pages of a damaged file: whatever is on them, no byte outside is touched, and reading ends.
#include <algorithm>
#include <array>
#include <numeric>

#include "check.h"
#include "store/page_scan.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::array<std::uint8_t, kPageBytes> page{};
  std::copy_n(bytes, std::min(size, kPageBytes), page.begin());
  std::size_t reads = 0;
  const auto overflow = [&](std::uint32_t number, std::span<std::uint8_t, kPageBytes> to) {
    ++reads;
    std::ranges::copy(page, to.begin());
    return number % 7 != 0;
  };
  std::size_t sum = 0;
  find_rows(page, overflow, [&](dns::Bytes key, dns::Bytes value) {
    sum = std::accumulate(key.begin(), key.end(), sum);
    sum = std::accumulate(value.begin(), value.end(), sum);
  });
  FUZZ_CHECK(reads < 2048 * 40);
  return sum == SIZE_MAX ? -1 : 0;
}
