// MessageView: a parsed look at a message that lies in somebody else's buffer. parse() walks every
// record once and checks every length, so that what is visited afterwards cannot run out of bounds.
// No allocation.
#pragma once

#include <cstdint>
#include <optional>

#include "base/function_ref.h"
#include "dns/edns.h"
#include "dns/header.h"
#include "dns/question.h"
#include "dns/types.h"

namespace holdfast::dns {

enum class Section : std::uint8_t { answer, authority, additional };

/// One resource record, pointing into the message.
struct Record {
  Section section;
  std::size_t name_at;  // offset of the owner name (possibly compressed)
  RrType type;
  RrClass rr_class;
  std::uint32_t ttl;   // as sent; RFC 2181 8: the top bit means 0 (see ttl.h)
  std::size_t ttl_at;  // offset of the TTL field
  std::size_t rdata_at;
  std::uint16_t rdata_size;
  std::size_t end;  // offset behind the record
};

enum class ParseError : std::uint8_t {
  none,
  short_header,    // fewer than 12 bytes: nothing to answer
  bad_question,    // QDCOUNT is 1 and no question can be read
  question_count,  // QDCOUNT is not 1 (RFC 9619)
  bad_record,      // a record runs past the end or its name is broken
  bad_opt,         // two OPTs, OPT not at the root, OPT outside additional, broken options
  trailing_bytes,  // bytes behind the last record
};

class MessageView {
 public:
  /// Parses all of `message`. On an error as much as was readable is there: header() from
  /// short_header on, question() if has_question(). `message` must outlive the view.
  static MessageView parse(Bytes message) noexcept;

  [[nodiscard]] ParseError error() const noexcept { return error_; }

  [[nodiscard]] bool ok() const noexcept { return error_ == ParseError::none; }

  [[nodiscard]] const Header& header() const noexcept { return header_; }

  [[nodiscard]] bool has_question() const noexcept { return has_question_; }

  [[nodiscard]] const Question& question() const noexcept { return question_; }

  /// Offset behind the question section; records begin here.
  [[nodiscard]] std::size_t records_at() const noexcept { return records_at_; }

  [[nodiscard]] const std::optional<Edns>& edns() const noexcept { return edns_; }

  /// With the OPT's upper bits.
  [[nodiscard]] Rcode rcode() const noexcept;

  [[nodiscard]] Bytes message() const noexcept { return message_; }

  /// Visits the records in order, OPT included; stops when visit gives false. Precondition: ok() or
  /// trailing_bytes.
  void for_each(FunctionRef<bool(const Record&)> visit) const noexcept;

  /// The record's owner name. Precondition: the record came from for_each().
  [[nodiscard]] Name owner(const Record& record) const noexcept;

 private:
  Bytes message_;
  Header header_;
  Question question_;
  std::optional<Edns> edns_;
  std::size_t records_at_ = 0;
  ParseError error_ = ParseError::none;
  bool has_question_ = false;
};

}  // namespace holdfast::dns
