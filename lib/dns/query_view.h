// QueryView: the little that answering a client needs of its query: header, where the question
// lies, its hash, and the OPT. One pass, no name copied, no allocation: the first step of every
// query, hit or miss.
#pragma once

#include <cstdint>
#include <optional>

#include "dns/edns.h"
#include "dns/header.h"
#include "dns/message_view.h"
#include "dns/question.h"

namespace holdfast::dns {

struct QueryView {
  Bytes message;
  Header header;
  ParseError error = ParseError::none;  // question_count, bad_question, bad_record, bad_opt, …
  Bytes name;                           // the question's name in wire form, client's case
  RrType type = RrType::none;
  RrClass rr_class = RrClass::in;
  std::size_t question_end = kHeaderBytes;  // offset behind the question
  std::optional<Edns> edns;
  bool has_question = false;  // name, type, rr_class are there

  /// Reads a query. error says what is wrong; header is there unless short_header. Records other
  /// than OPT in a query are skipped (their lengths are checked) and never believed. Trailing bytes
  /// are an error.
  static QueryView parse(Bytes message) noexcept;

  [[nodiscard]] bool dnssec_ok() const noexcept { return edns && edns->dnssec_ok; }

  /// The most a UDP reply may carry: 512, or what the client says, within [512, kUdpPayload].
  [[nodiscard]] std::size_t udp_limit() const noexcept;
  [[nodiscard]] Question question() const noexcept;  // copies the name
};

}  // namespace holdfast::dns
