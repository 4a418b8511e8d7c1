// FleetKeys: the secrets a fleet shares, and what is made of them: the names under which answers
// lie in Redis, which tell nobody without a key what was asked, and the MACs of what lies there.
// The first key writes, all read: that is how keys are changed without a gap (docs/FLEET.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cache/cache.h"

namespace holdfast {

using Mac = std::array<std::uint8_t, 32>;

class FleetKeys {
 public:
  static constexpr std::size_t kMost = 2;
  static constexpr std::size_t kLeastBytes = 32;
  static constexpr std::size_t kMostBytes = 256;

  /// The text of a key file: a key per line, in hexadecimal; empty lines and those that begin with
  /// '#' are skipped. Else what is wrong, in words that show nothing of the text.
  [[nodiscard]] static std::variant<FleetKeys, std::string> parse(std::string_view text);

  FleetKeys(FleetKeys&&) = default;
  FleetKeys& operator=(FleetKeys&&) = default;
  FleetKeys(const FleetKeys&) = delete;
  FleetKeys& operator=(const FleetKeys&) = delete;
  ~FleetKeys();

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

  /// "PREFIX:" and 32 hexadecimal digits. The question's name in any case gives the same one.
  /// Precondition: which < size().
  [[nodiscard]] std::string name_of(const CacheKey& question, std::string_view prefix,
                                    std::size_t which) const;

  /// HMAC-SHA256. Precondition: which < size().
  [[nodiscard]] Mac mac(dns::Bytes text, std::size_t which) const noexcept;

 private:
  using Key = std::vector<std::uint8_t>;

  FleetKeys() = default;

  std::vector<Key> keys_;
};

/// Appends a part of a text that is to be authenticated: its length in 4 bytes, then itself, so
/// that no two lists of parts are the same text.
void append_part(std::vector<std::uint8_t>& text, dns::Bytes part);
void append_part(std::vector<std::uint8_t>& text, std::string_view part);

}  // namespace holdfast
