// QueryView on any bytes, and the reply that an erroneous query gets.
#include "dns/query_view.h"

#include <array>

#include "check.h"
#include "dns/reply_builder.h"

using namespace holdfast::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const QueryView query = QueryView::parse({bytes, size});
  if (query.error == ParseError::short_header) return 0;
  if (query.has_question) {
    FUZZ_CHECK(query.name.data() == bytes + kHeaderBytes);
    FUZZ_CHECK(query.question_end == kHeaderBytes + query.question().size());
  }
  FUZZ_CHECK(query.udp_limit() >= 512 && query.udp_limit() <= kUdpPayload);

  std::array<std::uint8_t, 512> buffer{};
  ReplyMeta meta;
  meta.rcode = query.error == ParseError::none ? Rcode::refused : Rcode::formerr;
  const Bytes reply = write_empty_reply(reply_target(query, false), meta, buffer);
  FUZZ_CHECK(reply.size() <= size + 11);
  const MessageView view = MessageView::parse(reply);
  FUZZ_CHECK(view.header().id == query.header.id && view.header().has(flag::qr));
  FUZZ_CHECK(view.ok() == query.has_question);
  FUZZ_CHECK(view.edns().has_value() == query.edns.has_value());
  return 0;
}
