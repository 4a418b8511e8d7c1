#include "ens/hex.h"

#include <algorithm>

namespace holdfast::ens {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(Bytes bytes) {
  std::string text = "0x";
  text.reserve(2 + 2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (!text.starts_with("0x") || text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    const int high = digit(text[at]);
    const int low = digit(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != address.size()) return std::nullopt;
  std::ranges::copy(*bytes, address.begin());
  return address;
}

std::string checksummed(const Address& address) {
  std::string text = to_hex(address);
  const auto* digits = reinterpret_cast<const std::uint8_t*>(text.data()) + 2;
  const Hash hash = keccak256({digits, 2 * address.size()});
  for (std::size_t i = 0; i < 2 * address.size(); ++i) {
    const unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4U : hash[i / 2] & 15U;
    char& c = text[2 + i];
    if (c >= 'a' && nibble >= 8) c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace holdfast::ens
