#include "dns/query_view.h"

#include <algorithm>

namespace holdfast::dns {
namespace {

/// Walks what follows the question. The usual query has nothing there, or one OPT.
ParseError read_records(WireReader& reader, const Header& header,
                        std::optional<Edns>& edns) noexcept {
  const std::size_t before_additional = std::size_t{header.ancount} + header.nscount;
  const std::size_t count = before_additional + header.arcount;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t owner_at = reader.at();
    reader.skip_name();
    const bool at_root = reader.at() == owner_at + 1;
    const auto type = RrType{reader.u16()};
    if (!reader.ok()) return ParseError::bad_record;
    if (type == RrType::opt) {
      if (i < before_additional || edns || !at_root) return ParseError::bad_opt;
      edns = Edns::read_after_type(reader);
      if (!edns) return ParseError::bad_opt;
      continue;
    }
    reader.skip(6);  // class and TTL
    reader.skip(reader.u16());
    if (!reader.ok()) return ParseError::bad_record;
  }
  return reader.remaining() > 0 ? ParseError::trailing_bytes : ParseError::none;
}

}  // namespace

QueryView QueryView::parse(Bytes message) noexcept {
  QueryView view;
  view.message = message;
  const auto header = Header::read(message);
  if (!header) {
    view.error = ParseError::short_header;
    return view;
  }
  view.header = *header;
  if (header->qdcount != 1) {
    view.error = ParseError::question_count;
    return view;
  }
  WireReader reader(message, kHeaderBytes);
  const Bytes name = reader.bytes(plain_name_size(message.subspan(kHeaderBytes)));
  const auto type = RrType{reader.u16()};
  const auto rr_class = RrClass{reader.u16()};
  if (name.empty() || !reader.ok()) {
    view.error = ParseError::bad_question;
    return view;
  }
  view.name = name;
  view.type = type;
  view.rr_class = rr_class;
  view.question_end = reader.at();
  view.has_question = true;
  view.error = read_records(reader, view.header, view.edns);
  return view;
}

std::size_t QueryView::udp_limit() const noexcept {
  return edns ? std::clamp(edns->payload, kClassicUdpPayload, kUdpPayload) : kClassicUdpPayload;
}

Question QueryView::question() const noexcept {
  return {Name::from_wire(name).value_or(Name()), type, rr_class};
}

}  // namespace holdfast::dns
