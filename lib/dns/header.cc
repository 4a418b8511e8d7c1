#include "dns/header.h"

namespace holdfast::dns {

std::optional<Header> Header::read(Bytes message) noexcept {
  if (message.size() < kHeaderBytes) return std::nullopt;
  const std::uint8_t* at = message.data();
  return Header{load_u16(at),     load_u16(at + 2), load_u16(at + 4),
                load_u16(at + 6), load_u16(at + 8), load_u16(at + 10)};
}

void Header::write(WireWriter& writer) const noexcept {
  std::uint8_t* at = writer.take(kHeaderBytes);
  if (at == nullptr) return;
  store_u16(at, id);
  store_u16(at + 2, flags);
  store_u16(at + 4, qdcount);
  store_u16(at + 6, ancount);
  store_u16(at + 8, nscount);
  store_u16(at + 10, arcount);
}

}  // namespace holdfast::dns
