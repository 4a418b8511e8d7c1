// Names out of messages and out of text.
#include "dns/name.h"

#include <string_view>

#include "check.h"

using namespace holdfast::dns;

namespace {

void check_round_trips(const Name& name) {
  const auto reread = Name::parse(name.to_string());
  FUZZ_CHECK(reread.has_value() && reread->same_case(name));
  FUZZ_CHECK(Name::from_wire(name.wire())->same_case(name));
  FUZZ_CHECK(name.lowered() == name);
  FUZZ_CHECK(hash_name(name.lowered().wire(), 7) == hash_name(name.wire(), 7));
  unsigned labels = 0;
  for (Name above = name; !above.is_root(); above = above.parent()) {
    FUZZ_CHECK(name.is_subdomain_of(above));
    ++labels;
  }
  FUZZ_CHECK(labels == name.label_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes message(bytes, size);
  for (std::size_t at = 0; at < size && at < 600; ++at) {
    WireReader reader(message, at);
    WireReader skipper(message, at);
    const auto name = Name::read(reader);
    skipper.skip_name();
    FUZZ_CHECK(name.has_value() == reader.ok());
    if (!name) continue;
    FUZZ_CHECK(skipper.ok() && skipper.at() == reader.at());
    if (at % 16 == 0) check_round_trips(*name);
  }
  const auto text = Name::parse({reinterpret_cast<const char*>(bytes), size});
  if (text) check_round_trips(*text);
  return 0;
}
