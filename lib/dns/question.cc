#include "dns/question.h"

namespace holdfast::dns {

std::optional<Question> Question::read(WireReader& reader) noexcept {
  const Bytes rest = reader.message().last(reader.remaining());
  const auto name = Name::from_wire(reader.bytes(plain_name_size(rest)));
  const auto type = RrType{reader.u16()};
  const auto rr_class = RrClass{reader.u16()};
  if (!name || !reader.ok()) {
    reader.fail();
    return std::nullopt;
  }
  return Question{*name, type, rr_class};
}

void Question::write(WireWriter& writer) const noexcept {
  writer.bytes(name.wire());
  writer.u16(static_cast<std::uint16_t>(type));
  writer.u16(static_cast<std::uint16_t>(rr_class));
}

std::string Question::to_string() const {
  std::string out = name.to_string();
  if (rr_class != RrClass::in) out += " " + dns::to_string(rr_class);
  return out + " " + dns::to_string(type);
}

}  // namespace holdfast::dns
