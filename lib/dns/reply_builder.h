// Replies and queries of ours. A reply is written into the caller's buffer from a query and, where
// there is one, an answer body (question and records without OPT); it is truncated to the client's
// limit (RFC 2181 9), gets its OPT if, and only if, the query had one, and its header bits are
// ours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dns/edns.h"
#include "dns/query_view.h"

namespace holdfast::dns {

/// What a reply says besides its records.
struct ReplyMeta {
  Rcode rcode = Rcode::noerror;
  bool authentic = false;      // AD, given only to clients that sent AD or DO (RFC 6840 5.8)
  bool authoritative = false;  // AA: names answered here only
  std::optional<EdeCode> ede;
  std::string_view ede_text;
  std::optional<std::uint16_t> keepalive;  // for TCP clients that asked (RFC 7828)
};

/// The client's side of a reply.
struct ReplyTarget {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;  // of the query
  bool edns = false;
  bool dnssec_ok = false;
  bool keepalive_asked = false;
  std::uint16_t limit = kClassicUdpPayload;  // most bytes of the reply; 65535 over TCP
  /// Name, type and class as the client wrote them; empty: the reply is a header only. Lies in the
  /// query: who outlives that keeps QuestionBytes.
  Bytes question;
};

/// A question on the wire, for targets that outlive their query.
class QuestionBytes {
 public:
  QuestionBytes() noexcept = default;
  /// Precondition: at most a name and four bytes.
  explicit QuestionBytes(Bytes question) noexcept;
  explicit QuestionBytes(const Question& question) noexcept;

  [[nodiscard]] Bytes bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  static constexpr std::size_t kMaxBytes = Name::kMaxBytes + 4;
  std::size_t size_ = 0;
  std::array<std::uint8_t, kMaxBytes> bytes_;
};

/// `tcp` lifts the limit to 65535. Its question lies in the query's message.
[[nodiscard]] ReplyTarget reply_target(const QueryView& query, bool tcp) noexcept;

/// Writes a reply without records (errors, empty answers) and returns its bytes, a prefix of
/// buffer. buffer must hold 512 bytes. Header only where the query had no readable question.
[[nodiscard]] Bytes write_empty_reply(const ReplyTarget& target, const ReplyMeta& meta,
                                      std::span<std::uint8_t> buffer) noexcept;

/// Makes a reply out of a whole stored message: `stored` is header, question (of the same name, in
/// any case) and records without OPT, in wire form; its compression pointers may point into the
/// question. Copies it into buffer, puts id, flags, rcode and the question of the client in, adds
/// the OPT. If it does not fit target.limit: the text of the EDE goes first, then the additional
/// records, both without TC; then TC with question and OPT only. SERVFAIL if `stored` is too short
/// to be such a message. Returns the reply's bytes; buffer must hold stored.size() + 200 bytes, at
/// least 512. The TTLs are those of `stored`: age them in the result by offsets, which stay valid
/// for records kept.
[[nodiscard]] Bytes write_stored_reply(const ReplyTarget& target, const ReplyMeta& meta,
                                       Bytes stored, std::span<std::uint8_t> buffer) noexcept;

/// What a query of ours to an upstream looks like.
struct QueryShape {
  std::uint16_t id = 0;
  bool recursion_desired = true;
  bool checking_disabled = false;
  bool authentic_data = false;  // asks for the AD bit without asking for signatures (RFC 6840 5.7)
  bool edns = true;
  bool dnssec_ok = false;
  Bytes cookie{};           // with EDNS: goes out as it is; empty: none
  std::uint16_t block = 0;  // with EDNS: its size becomes a multiple of this, at most 128; 0: any
};

/// Writes a query; buffer must hold 512 bytes. The name goes out in the case it has.
[[nodiscard]] Bytes write_query(const Question& question, const QueryShape& shape,
                                std::span<std::uint8_t> buffer) noexcept;

}  // namespace holdfast::dns
