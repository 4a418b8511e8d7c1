#include "ens/contenthash.h"

#include <algorithm>
#include <string_view>

#include "ens/hex.h"

namespace holdfast::ens {
namespace {

constexpr std::size_t kMostBytes = 1024;

// Protocols, codecs and hashes of the multicodec table.
constexpr std::uint64_t kIpfs = 0xe3, kIpns = 0xe5, kSwarm = 0xe4, kArweave = 0xb29910;
constexpr std::uint64_t kCidVersion = 1, kLibp2pKey = 0x72, kIdentity = 0, kKeccak256 = 0x1b;

/// An unsigned varint of up to five bytes, taken off the front.
std::optional<std::uint64_t> take_varint(Bytes& bytes) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift <= 28 && !bytes.empty(); shift += 7) {
    const std::uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

struct Cid {
  Bytes whole;
  std::uint64_t codec = 0;
  std::uint64_t hash = 0;
  Bytes digest;
};

std::optional<Cid> read_cid(Bytes bytes) noexcept {
  Cid cid{bytes, 0, 0, {}};
  const auto version = take_varint(bytes);
  const auto codec = take_varint(bytes);
  const auto hash = take_varint(bytes);
  const auto length = take_varint(bytes);
  if (version != kCidVersion || !codec || !hash || length != bytes.size()) return std::nullopt;
  cid.codec = *codec;
  cid.hash = *hash;
  cid.digest = bytes;
  return cid;
}

/// Digits of a power of two, the first bits first; what is missing at the end is zeros.
std::string to_digits(Bytes bytes, unsigned bits, std::string_view digits) {
  std::string text;
  unsigned held = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8U | byte) & 0xffffU;
    count += 8;
    while (count >= bits) {
      count -= bits;
      text += digits[held >> count & ((1U << bits) - 1)];
    }
  }
  if (count > 0) text += digits[held << (bits - count) & ((1U << bits) - 1)];
  return text;
}

/// Of the whole as one number; a zero in front is a digit. Quadratic: bytes are few.
std::string to_base36(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string reversed;
  Blob number(bytes.begin(), bytes.end());
  const auto zeros = std::ranges::find_if(number, [](auto b) { return b != 0; }) - number.begin();
  while (std::ranges::any_of(number, [](std::uint8_t byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (std::uint8_t& byte : number) {
      rest = rest << 8U | byte;
      byte = static_cast<std::uint8_t>(rest / 36);
      rest %= 36;
    }
    reversed += kDigits[rest];
  }
  reversed.append(static_cast<std::size_t>(zeros), '0');
  return {reversed.rbegin(), reversed.rend()};
}

std::string to_base32(Bytes bytes) {
  return to_digits(bytes, 5, "abcdefghijklmnopqrstuvwxyz234567");
}

bool printable(std::uint8_t byte) noexcept {
  return byte > 0x20 && byte < 0x7f;
}

std::optional<std::string> ipns_link(const Cid& cid) {
  if (cid.codec == kLibp2pKey) return "/ipns/k" + to_base36(cid.whole);
  if (cid.hash != kIdentity) return "/ipns/b" + to_base32(cid.whole);
  if (cid.digest.empty() || !std::ranges::all_of(cid.digest, printable)) return std::nullopt;
  return "/ipns/" + std::string(cid.digest.begin(), cid.digest.end());
}

}  // namespace

bool has_content(Bytes contenthash) noexcept {
  return contenthash.size() <= kMostBytes &&
         std::ranges::any_of(contenthash, [](std::uint8_t byte) { return byte != 0; });
}

std::optional<std::string> dnslink_of(Bytes contenthash) {
  if (!has_content(contenthash)) return std::nullopt;
  const auto protocol = take_varint(contenthash);
  if (protocol == kArweave) {
    static constexpr std::string_view kBase64Url =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return "ar://" + to_digits(contenthash, 6, kBase64Url);
  }
  const auto cid = read_cid(contenthash);
  if (!cid) return std::nullopt;
  if (protocol == kIpfs) return "/ipfs/b" + to_base32(cid->whole);
  if (protocol == kIpns) return ipns_link(*cid);
  const bool swarm = protocol == kSwarm && cid->hash == kKeccak256 && cid->digest.size() == 32;
  if (!swarm) return std::nullopt;
  return "/bzz/" + to_hex(cid->digest).substr(2);
}

}  // namespace holdfast::ens
