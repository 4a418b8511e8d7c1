#include "store/crc64.h"

#include <array>

namespace holdfast {
namespace {

constexpr std::uint64_t kPolynomial = 0xC96C5795D7870F42U;

constexpr std::array<std::uint64_t, 256> make_table() noexcept {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < table.size(); ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint64_t crc64(dns::Bytes bytes, std::uint64_t before) noexcept {
  std::uint64_t crc = ~before;
  for (const std::uint8_t byte : bytes)
    crc = kTable[(crc ^ byte) & 0xffU] ^ (crc >> 8U);
  return ~crc;
}

}  // namespace holdfast
