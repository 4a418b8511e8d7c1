// Does this datagram or frame answer that query? RFC 5452 9.1: id, QR, opcode, question; address
// and port are the socket's business. The question's case is compared to the bit (0x20).
#pragma once

#include <cstdint>

#include "dns/message_view.h"

namespace holdfast::dns {

enum class ReplyMatch : std::uint8_t {
  match,
  wrong_id,        // not ours, or no longer: ignore, count
  not_a_response,  // QR clear, or another opcode: ignore, count
  wrong_question,  // answers something else: ignore, count
  wrong_case,      // the same question in other case: ask again over TCP
  no_question,  // an error reply (FORMERR, NOTIMP, SERVFAIL, REFUSED) that left the question out:
                // believable as an error only
};

/// Compares a reply with what was asked; `sent` has the case that went out. Cheap: reads header and
/// question only.
[[nodiscard]] ReplyMatch check_reply(Bytes reply, std::uint16_t id, const Question& sent) noexcept;

}  // namespace holdfast::dns
