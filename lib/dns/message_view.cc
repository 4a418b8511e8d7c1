#include "dns/message_view.h"

namespace holdfast::dns {
namespace {

/// Reads one record behind the reader without looking at its owner; fails the reader if it runs
/// past the end.
Record read_record(WireReader& reader, Section section) noexcept {
  Record record{};
  record.section = section;
  record.name_at = reader.at();
  reader.skip_name();
  record.type = RrType{reader.u16()};
  record.rr_class = RrClass{reader.u16()};
  record.ttl_at = reader.at();
  record.ttl = reader.u32();
  record.rdata_size = reader.u16();
  record.rdata_at = reader.at();
  reader.skip(record.rdata_size);
  record.end = reader.at();
  return record;
}

Section section_of(const Header& header, std::size_t index) noexcept {
  if (index < header.ancount) return Section::answer;
  if (index < std::size_t{header.ancount} + header.nscount) return Section::authority;
  return Section::additional;
}

std::size_t record_count(const Header& header) noexcept {
  return std::size_t{header.ancount} + header.nscount + header.arcount;
}

/// The OPT record into `edns`; false if it may not stand here.
bool take_opt(Bytes message, const Record& record, std::optional<Edns>& edns) noexcept {
  constexpr std::size_t kRootAndType = 3;
  if (record.section != Section::additional || edns) return false;
  if (message[record.name_at] != 0) return false;
  WireReader reader(message, record.name_at + kRootAndType);
  edns = Edns::read_after_type(reader);
  return edns.has_value();
}

/// Most owners are a pointer to the question's name.
bool points_to_question(Bytes message, std::size_t name_at) noexcept {
  return message[name_at] == 0xc0 && message[name_at + 1] == kHeaderBytes;
}

bool owner_is_sound(Bytes message, std::size_t name_at) noexcept {
  WireReader reader(message, name_at);
  return Name::read(reader).has_value();
}

ParseError check_records(Bytes message, const Header& header, std::size_t at,
                         std::optional<Edns>& edns) noexcept {
  WireReader reader(message, at);
  const std::size_t count = record_count(header);
  for (std::size_t i = 0; i < count; ++i) {
    const Record record = read_record(reader, section_of(header, i));
    if (!reader.ok()) return ParseError::bad_record;
    if (record.type == RrType::opt) {
      if (!take_opt(message, record, edns)) return ParseError::bad_opt;
    } else if (!(header.qdcount == 1 && points_to_question(message, record.name_at)) &&
               !owner_is_sound(message, record.name_at)) {
      return ParseError::bad_record;
    }
  }
  return reader.remaining() > 0 ? ParseError::trailing_bytes : ParseError::none;
}

}  // namespace

MessageView MessageView::parse(Bytes message) noexcept {
  MessageView view;
  view.message_ = message;
  const auto header = Header::read(message);
  if (!header) {
    view.error_ = ParseError::short_header;
    return view;
  }
  view.header_ = *header;
  WireReader reader(message, kHeaderBytes);
  if (header->qdcount == 1) {
    const auto question = Question::read(reader);
    if (!question) {
      view.error_ = ParseError::bad_question;
      return view;
    }
    view.question_ = *question;
    view.has_question_ = true;
  }
  view.records_at_ = reader.at();
  if (header->qdcount > 1) {
    view.error_ = ParseError::question_count;
    return view;
  }
  view.error_ = check_records(message, *header, reader.at(), view.edns_);
  // Error replies may come without their question (RFC 6891 7); what their OPT says is still
  // wanted.
  if (header->qdcount == 0) view.error_ = ParseError::question_count;
  return view;
}

Rcode MessageView::rcode() const noexcept {
  const unsigned upper = edns_ ? edns_->extended_rcode : 0U;
  return static_cast<Rcode>((upper << 4U) | header_.rcode_bits());
}

void MessageView::for_each(FunctionRef<bool(const Record&)> visit) const noexcept {
  WireReader reader(message_, records_at_);
  const std::size_t count = record_count(header_);
  for (std::size_t i = 0; i < count; ++i) {
    const Record record = read_record(reader, section_of(header_, i));
    if (!reader.ok() || !visit(record)) return;
  }
}

Name MessageView::owner(const Record& record) const noexcept {
  if (has_question_ && points_to_question(message_, record.name_at)) return question_.name;
  WireReader reader(message_, record.name_at);
  return Name::read(reader).value_or(Name());
}

}  // namespace holdfast::dns
