// Punycode from labels: what decodes encodes to one spelling, and that decodes to the same again.
#include <algorithm>

#include "check.h"
#include "ens/punycode.h"
#include "ens/utf8.h"

using namespace holdfast::ens;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 300) return 0;  // a label has 63 bytes; the decoder is quadratic
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto points = decode_punycode(text)) {
    FUZZ_CHECK(points->size() <= text.size());
    const auto spelling = encode_punycode(*points);
    FUZZ_CHECK(spelling.has_value());
    if (!std::ranges::all_of(*points, [](char32_t point) { return point < 0x80; })) {
      FUZZ_CHECK(decode_punycode(*spelling) == points);
    }
    FUZZ_CHECK(decode_utf8(encode_utf8(*points)) == points);
  }
  if (const auto points = decode_utf8(text)) {
    FUZZ_CHECK(encode_utf8(*points) == text);
    const auto spelling = encode_punycode(*points);
    FUZZ_CHECK(spelling && decode_punycode(*spelling) == points);
  }
  return 0;
}
