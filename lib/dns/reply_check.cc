#include "dns/reply_check.h"

#include <algorithm>

namespace holdfast::dns {
namespace {

/// Errors that servers are known to send as a bare header.
bool may_lack_question(const Header& header) noexcept {
  if (header.ancount != 0) return false;
  switch (static_cast<Rcode>(header.rcode_bits())) {
    case Rcode::formerr:
    case Rcode::servfail:
    case Rcode::notimp:
    case Rcode::refused:
      return true;
    default:
      return false;
  }
}

}  // namespace

ReplyMatch check_reply(Bytes reply, std::uint16_t id, const Question& sent) noexcept {
  const auto header = Header::read(reply);
  if (!header || !header->has(flag::qr) || header->opcode() != Opcode::query) {
    return ReplyMatch::not_a_response;
  }
  if (header->id != id) return ReplyMatch::wrong_id;
  if (header->qdcount == 0 && may_lack_question(*header)) return ReplyMatch::no_question;
  if (header->qdcount != 1) return ReplyMatch::wrong_question;
  WireReader reader(reply, kHeaderBytes);
  const Bytes name = reader.bytes(plain_name_size(reply.subspan(kHeaderBytes)));
  const auto type = RrType{reader.u16()};
  const auto rr_class = RrClass{reader.u16()};
  if (!reader.ok() || type != sent.type || rr_class != sent.rr_class ||
      !equal_names(name, sent.name.wire())) {
    return ReplyMatch::wrong_question;
  }
  return std::ranges::equal(name, sent.name.wire()) ? ReplyMatch::match : ReplyMatch::wrong_case;
}

}  // namespace holdfast::dns
