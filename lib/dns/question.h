// Question: what is asked (RFC 1035 4.1.2). A value of fixed size; equality ignores the name's
// case.
#pragma once

#include <optional>
#include <string>

#include "dns/name.h"
#include "dns/types.h"

namespace holdfast::dns {

struct Question {
  Name name;
  RrType type = RrType::a;
  RrClass rr_class = RrClass::in;

  /// Reads one at the reader; pointers in a question's name are refused (nothing stands before it
  /// that could be pointed to). nullopt fails the reader.
  static std::optional<Question> read(WireReader& reader) noexcept;
  void write(WireWriter& writer) const noexcept;

  /// Bytes on the wire.
  [[nodiscard]] std::size_t size() const noexcept { return name.wire().size() + 4; }

  /// "www.example.org AAAA", with the class if it is not IN.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Question&, const Question&) noexcept = default;
};

}  // namespace holdfast::dns
