#include "dns/header.h"

namespace holdfast::dns {

std::optional<Header> Header::read(Bytes message) noexcept {
  WireReader reader(message);
  Header header;
  header.id = reader.u16();
  header.flags = reader.u16();
  header.qdcount = reader.u16();
  header.ancount = reader.u16();
  header.nscount = reader.u16();
  header.arcount = reader.u16();
  if (!reader.ok()) return std::nullopt;
  return header;
}

void Header::write(WireWriter& writer) const noexcept {
  writer.u16(id);
  writer.u16(flags);
  writer.u16(qdcount);
  writer.u16(ancount);
  writer.u16(nscount);
  writer.u16(arcount);
}

}  // namespace holdfast::dns
