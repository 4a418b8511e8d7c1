// check_reply() on any bytes: what matches parses as far as its question, and asks what was asked.
#include "dns/reply_check.h"

#include "check.h"

using namespace holdfast::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Question sent{Name::parse("wWw.eXample.org").value(), RrType::a, RrClass::in};
  constexpr std::uint16_t kId = 0x1234;
  const Bytes reply(bytes, size);
  const ReplyMatch match = check_reply(reply, kId, sent);
  const MessageView view = MessageView::parse(reply);
  switch (match) {
    case ReplyMatch::match:
      FUZZ_CHECK(view.has_question() && view.question().name.same_case(sent.name));
      [[fallthrough]];
    case ReplyMatch::wrong_case:
      FUZZ_CHECK(view.has_question() && view.question() == sent);
      FUZZ_CHECK(view.header().id == kId && view.header().has(flag::qr));
      break;
    case ReplyMatch::no_question:
      FUZZ_CHECK(!view.has_question() && view.header().rcode_bits() != 0);
      break;
    case ReplyMatch::wrong_id:
    case ReplyMatch::not_a_response:
    case ReplyMatch::wrong_question:
      break;
  }
  return 0;
}
