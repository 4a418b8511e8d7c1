#include "dns/wire_reader.h"

namespace holdfast::dns {

void WireReader::skip_name() noexcept {
  while (ok_) {
    const unsigned length = u8();
    if (length == 0) return;  // the root, or a failed read
    if (length >= 0xc0) return skip(1);
    if (length > 63) return fail();
    skip(length);
  }
}

}  // namespace holdfast::dns
