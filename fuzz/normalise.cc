// normalise() on any reply: the result is sound, holds nothing but its question's records, and is a
// fixed point.
#include "dns/normalise.h"

#include <vector>

#include "check.h"

using namespace holdfast::dns;

namespace {

void check(const MessageView& reply, bool dnssec_ok) {
  static std::vector<std::uint8_t> first_buffer(65535);
  static std::vector<std::uint8_t> second_buffer(65535);
  const auto first = normalise(reply, dnssec_ok, first_buffer);
  if (!first) return;
  const MessageView view = MessageView::parse(first->message);
  FUZZ_CHECK(view.ok() && view.question() == reply.question());
  FUZZ_CHECK(!view.edns() && view.header().arcount == 0);
  FUZZ_CHECK(view.header().ancount <= reply.header().ancount);
  FUZZ_CHECK(first->kind != AnswerKind::positive || view.header().ancount > 0);
  const auto second = normalise(view, dnssec_ok, second_buffer);
  FUZZ_CHECK(second.has_value());
  FUZZ_CHECK(second->kind == first->kind && second->last_name == first->last_name);
  FUZZ_CHECK(second->ttl == first->ttl && second->has_soa == first->has_soa);
  FUZZ_CHECK(second->chain_open == first->chain_open);
  FUZZ_CHECK(second->holds_private_address == first->holds_private_address);
  FUZZ_CHECK(second->message.size() == first->message.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MessageView reply = MessageView::parse({bytes, size});
  if (!reply.ok()) return 0;
  check(reply, false);
  check(reply, true);
  return 0;
}
