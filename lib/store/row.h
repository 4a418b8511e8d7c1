// Row: what one row of the store is, whichever table holds it: a key that says what kind of thing
// it is and which one, and a value, a checksum over key and body before the body. Whoever reads a
// row trusts neither its place in the file nor its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/record.h"
#include "cache/second_level.h"
#include "cache/slot.h"

namespace holdfast {

enum class RowKind : std::uint8_t { answer = 'a', health = 'h', host = 'b', zone = 'z' };

/// Bytes of an answer's key behind its name.
inline constexpr std::size_t kBehindName = 6;

/// Bytes that order rows: those of a name follow one another.
class RowKey {
 public:
  /// Of an answer: name in lower case, type (none for Place::nxdomain, which answers every type),
  /// class, DO and CD, place.
  [[nodiscard]] static RowKey of_answer(const CacheKey& key, Place place) noexcept;
  /// What the keys of all answers of a name begin with.
  [[nodiscard]] static RowKey of_name(dns::Bytes name) noexcept;
  /// The name in the key of an answer; empty if it is none.
  [[nodiscard]] static dns::Bytes name_in(dns::Bytes key) noexcept;
  /// Of what is kept by a name of the configuration, at most 255 bytes of it.
  [[nodiscard]] static RowKey of_note(RowKind kind, std::string_view name) noexcept;

  [[nodiscard]] dns::Bytes bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  void add(std::uint8_t byte) noexcept { bytes_[size_++] = byte; }

  void add(std::uint16_t field) noexcept {
    add(static_cast<std::uint8_t>(field >> 8U));
    add(static_cast<std::uint8_t>(field));
  }

  std::array<std::uint8_t, 264> bytes_;
  std::size_t size_ = 0;
};

/// An answer on its way to the store: a record, with what its rows are found by.
struct AnswerRow {
  dns::Question question;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  Place place = Place::positive;
  dns::Bytes record;

  [[nodiscard]] CacheKey key() const noexcept {
    return {question.name.wire(), question.type, question.rr_class, dnssec_ok, checking_disabled};
  }
};

/// Appends the answer as read_answer_row() takes it: its place, then its record.
void write_answer_row(const Learnt& learnt, const RecordTimes& times,
                      std::vector<std::uint8_t>& out);
/// nullopt if it is nothing that write_answer_row() wrote.
[[nodiscard]] std::optional<AnswerRow> read_answer_row(dns::Bytes row) noexcept;

/// Where an answer that has just been learnt belongs; the same that place_of() says of it.
[[nodiscard]] Place place_of_learnt(const Learnt& learnt) noexcept;

/// When a record's answer was stored. Precondition: at least kRecordHeaderBytes.
[[nodiscard]] UnixTime stored_time(dns::Bytes record) noexcept;

inline constexpr std::size_t kSumBytes = 8;

/// Replaces `value` by the value of a row.
void seal(dns::Bytes key, dns::Bytes body, std::vector<std::uint8_t>& value);
/// The body; nullopt if key and value do not belong together.
[[nodiscard]] std::optional<dns::Bytes> unseal(dns::Bytes key, dns::Bytes value) noexcept;

}  // namespace holdfast
