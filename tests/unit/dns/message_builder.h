// Builds messages for the tests byte by byte, right or wrong as asked: nothing here uses the code
// that writes real ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "dns/message_view.h"

namespace holdfast::dns::test {

/// Bytes as a string, for literals and concatenation.
using Raw = std::string;

inline Bytes as_bytes(const Raw& raw) {
  return {reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()};
}

inline Raw as_raw(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

[[nodiscard]] Raw u16(unsigned value);
[[nodiscard]] Raw u32(std::uint32_t value);
/// "\1a\2bc" … as it is on the wire, from "a.bc". No escapes.
[[nodiscard]] Raw name(std::string_view text);
/// A compression pointer.
[[nodiscard]] Raw pointer(unsigned offset);
[[nodiscard]] Raw ip4(unsigned a, unsigned b, unsigned c, unsigned d);
[[nodiscard]] Raw soa(std::string_view zone, std::uint32_t minimum);
/// rdata of an RRSIG over `covered` by `signer`; the signature is nonsense.
[[nodiscard]] Raw rrsig(RrType covered, std::string_view signer,
                        std::uint32_t expiration = 2000000000);
[[nodiscard]] Raw option(unsigned code, const Raw& value);
/// A whole record with this owner in wire form.
[[nodiscard]] Raw record(const Raw& owner, RrType type, std::uint32_t ttl, const Raw& rdata,
                         RrClass rr_class = RrClass::in);
/// An OPT record; `flags` are the lower 16 bits of its TTL.
[[nodiscard]] Raw opt(unsigned payload = 1232, const Raw& options = {}, unsigned flags = 0,
                      unsigned version = 0, unsigned extended_rcode = 0);

/// Sections must be filled in their order; each call counts itself in the header.
class MessageBuilder {
 public:
  explicit MessageBuilder(unsigned id = 0x1234, unsigned flags = flag::rd)
      : id_(id), flags_(flags) {}

  MessageBuilder& question(std::string_view text, RrType type = RrType::a,
                           RrClass rr_class = RrClass::in);
  MessageBuilder& answer(std::string_view owner, RrType type, std::uint32_t ttl, const Raw& rdata);
  MessageBuilder& authority(std::string_view owner, RrType type, std::uint32_t ttl,
                            const Raw& rdata);
  MessageBuilder& additional(std::string_view owner, RrType type, std::uint32_t ttl,
                             const Raw& rdata);
  MessageBuilder& opt(const Raw& whole_record);
  /// Bytes without a count.
  MessageBuilder& raw(const Raw& bytes);
  /// What the header says from now on, whatever was added: 0 questions … 3 additional.
  MessageBuilder& count(unsigned section, unsigned value);

  [[nodiscard]] Raw build() const;

 private:
  unsigned id_;
  unsigned flags_;
  unsigned counts_[4] = {0, 0, 0, 0};
  Raw body_;
};

/// A readable line for each record: "answer www.example.org A 300 c0000201"; names in rdata are
/// printed as names. Fails the test if the message does not parse.
[[nodiscard]] std::vector<std::string> lines_of(Bytes message);

/// Reproducible randomness.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}

  std::uint32_t u32() noexcept override {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace holdfast::dns::test
