// Names: what comes out is well-formed, normalised already, and no longer than mapping can make it.
#include "check.h"
#include "ens/composition.h"
#include "ens/namehash.h"
#include "ens/normalise.h"
#include "ens/utf8.h"

using namespace holdfast::ens;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view name(reinterpret_cast<const char*>(bytes), size);
  if (const auto points = decode_utf8(name)) {
    const auto composed = compose(*points);
    FUZZ_CHECK(compose(composed) == composed);
    FUZZ_CHECK(decompose(composed) == decompose(*points));
  }
  const auto normalised = normalise_name(name);
  if (!normalised) {
    FUZZ_CHECK(normalised.error().category() == name_category());
    return 0;
  }
  FUZZ_CHECK(decode_utf8(*normalised).has_value());
  FUZZ_CHECK(normalised->size() <= 18 * name.size());  // six code points of three bytes for one
  const auto again = normalise_name(*normalised);
  FUZZ_CHECK(again && *again == *normalised);
  if (const auto encoded = encode_name(*normalised)) {
    FUZZ_CHECK(decode_name(*encoded) == *normalised);
    FUZZ_CHECK(namehash(std::string_view(*normalised)) == namehash(Bytes(*encoded)));
  }
  return 0;
}
