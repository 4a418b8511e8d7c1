// Name: a domain name in uncompressed wire form, at most 255 bytes (RFC 1035 2.3.4), any octets
// (RFC 2181 11). A value without allocation; comparison and hash ignore ASCII case (RFC 4343),
// bytes keep theirs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "dns/wire_reader.h"
#include "dns/wire_writer.h"

namespace holdfast::dns {

/// ASCII lower case of one octet; others stay.
[[nodiscard]] constexpr std::uint8_t lower(std::uint8_t octet) noexcept {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet | 0x20U) : octet;
}

/// Bytes of the uncompressed name that `bytes` begins with; 0 if it does not begin with a whole one
/// of at most 255 bytes (a compression pointer, a bad label, cut off).
[[nodiscard]] std::size_t plain_name_size(Bytes bytes) noexcept;

class Name {
 public:
  static constexpr std::size_t kMaxBytes = 255;

  /// The root.
  Name() noexcept : size_(1) { bytes_[0] = 0; }

  /// Presentation form, "www.example.org" or with a final dot; escapes \. \\ \DDD (RFC 1035 5.1).
  /// "" and
  /// "." are the root. std::errc::invalid_argument if it is no name.
  static Result<Name> parse(std::string_view text);

  /// Reads a name at the reader, following compression pointers, which must point backwards (RFC
  /// 1035 4.1.4); the reader ends behind the name's bytes in place. Fails the reader, and gives
  /// nullopt, on loops, bad labels or more than 255 bytes.
  static std::optional<Name> read(WireReader& reader) noexcept;

  /// Takes uncompressed wire bytes, which must be exactly one whole name; nullopt otherwise.
  static std::optional<Name> from_wire(Bytes wire) noexcept;

  [[nodiscard]] Bytes wire() const noexcept { return {bytes_.data(), size_}; }

  [[nodiscard]] bool is_root() const noexcept { return size_ == 1; }

  /// Labels without the root's: "www.example.org" has 3.
  [[nodiscard]] unsigned label_count() const noexcept;

  /// Presentation form with escapes and no final dot ("." for the root). Safe to log: printable
  /// ASCII only.
  [[nodiscard]] std::string to_string() const;

  /// True for the name itself and every name below it. Every name is below the root.
  [[nodiscard]] bool is_subdomain_of(const Name& ancestor) const noexcept;

  /// The name without its first label; the root stays the root.
  [[nodiscard]] Name parent() const noexcept;

  /// All octets in lower case.
  [[nodiscard]] Name lowered() const noexcept;

  /// Random case on every letter (0x20, draft-vixie-dnsext-dns0x20): unpredictable bits for the
  /// reply check to compare.
  void randomise_case(Random& random) noexcept;

  /// Equal but for case.
  friend bool operator==(const Name& a, const Name& b) noexcept;
  /// Equal to the bit.
  [[nodiscard]] bool same_case(const Name& other) const noexcept;

 private:
  std::uint8_t size_;
  std::array<std::uint8_t, kMaxBytes> bytes_;
};

/// Case-insensitive 64-bit hash of an uncompressed wire name; seeded per process against flooding.
[[nodiscard]] std::uint64_t hash_name(Bytes wire, std::uint64_t seed = 0) noexcept;

/// Equal but for case, for two uncompressed wire names.
[[nodiscard]] bool equal_names(Bytes a, Bytes b) noexcept;

}  // namespace holdfast::dns
