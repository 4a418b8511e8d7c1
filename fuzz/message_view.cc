// MessageView on any bytes: what it accepts, it can walk; and find_edns() finds the OPT it has.
#include "dns/message_view.h"

#include "check.h"
#include "dns/rdata.h"

using namespace holdfast::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes message(bytes, size);
  const MessageView view = MessageView::parse(message);
  FUZZ_CHECK((view.error() == ParseError::short_header) == (size < kHeaderBytes));
  const auto edns = find_edns(message);
  FUZZ_CHECK(!view.ok() || edns.has_value() == view.edns().has_value());
  if (!view.ok() && view.error() != ParseError::trailing_bytes) return 0;
  FUZZ_CHECK(view.has_question());

  std::size_t count = 0;
  std::size_t at = view.records_at();
  view.for_each([&](const Record& record) {
    FUZZ_CHECK(record.name_at == at && record.end <= size);
    FUZZ_CHECK(Name::from_wire(view.owner(record).wire()).has_value());
    (void)walk_rdata(message, record, [](const RdataPart& part) {
      FUZZ_CHECK(part.name == nullptr || Name::from_wire(part.name->wire()).has_value());
    });
    at = record.end;
    ++count;
    return true;
  });
  const Header& header = view.header();
  FUZZ_CHECK(count == std::size_t{header.ancount} + header.nscount + header.arcount);
  FUZZ_CHECK(view.ok() == (at == size));
  (void)view.rcode();
  return 0;
}
