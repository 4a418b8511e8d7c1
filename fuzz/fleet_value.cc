// open_value() on anything: raw, it is never believed; as a record under our own seal, what is
// believed answers the question it was found under.
#include <string>
#include <vector>

#include "check.h"
#include "fleet/sealed_value.h"

using namespace holdfast;

namespace {

const FleetKeys& keys() {
  static const auto parsed = FleetKeys::parse(std::string(64, 'a'));
  return std::get<FleetKeys>(parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static std::vector<std::uint8_t> buffer(65535);
  const dns::Bytes input(bytes, size);
  const auto asked = dns::Name::parse("www.example").value();
  const CacheKey question{asked.wire(), dns::RrType::a, dns::RrClass::in};
  const ValueTest test{"holdfast:1", question, UnixTime(1'800'000'000), 72h};
  DecodedRecord record;
  FUZZ_CHECK(open_value(keys(), test, input, buffer, record) != ValueFault::none);
  std::vector<std::uint8_t> sealed;
  seal(keys(), test.name, UnixTime(1'900'000'000), input, sealed);
  const ValueFault fault = open_value(keys(), test, sealed, buffer, record);
  FUZZ_CHECK(fault != ValueFault::forged || sealed.size() > kMostValueBytes);
  if (fault != ValueFault::none) return 0;
  FUZZ_CHECK(record.question.name == asked && record.question.type == dns::RrType::a);
  FUZZ_CHECK(record.answer.kind == dns::AnswerKind::positive);
  return 0;
}
