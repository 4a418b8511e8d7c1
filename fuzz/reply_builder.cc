// Replies out of a client's query and a stored message: bounded, sound, and the client's own. The
// input is a byte for TCP or UDP, a byte with the query's length, the query, and what is stored.
#include "dns/reply_builder.h"

#include <algorithm>
#include <vector>

#include "check.h"
#include "dns/reply_check.h"

using namespace holdfast::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static std::vector<std::uint8_t> buffer(65535 + 200);
  if (size < 2 || size > 65000) return 0;
  const bool tcp = (bytes[0] & 1U) != 0;
  const Bytes rest(bytes + 2, size - 2);
  const Bytes asked = rest.first(std::min<std::size_t>(bytes[1], rest.size()));
  const Bytes stored = rest.subspan(asked.size());
  const QueryView query = QueryView::parse(asked);
  if (!query.has_question) return 0;

  const ReplyTarget target = reply_target(query, tcp);
  ReplyMeta meta;
  meta.rcode = static_cast<Rcode>(bytes[0] >> 3U);
  if ((bytes[0] & 2U) != 0) meta.ede = EdeCode::stale_answer;
  meta.ede_text = "the upstream is away";
  meta.keepalive = 300;
  const Bytes reply = write_stored_reply(target, meta, stored, buffer);
  FUZZ_CHECK(reply.size() <= target.limit);

  // What the cache holds always parses and has a question of this size; other input must only not
  // crash.
  const MessageView held = MessageView::parse(stored);
  if (!held.ok() || held.edns() || held.question().size() != target.question.size()) return 0;
  const MessageView view = MessageView::parse(reply);
  FUZZ_CHECK(view.question() == query.question());
  FUZZ_CHECK(view.question().name.same_case(query.question().name));
  if (query.header.opcode() == Opcode::query) {
    FUZZ_CHECK(check_reply(reply, query.header.id, query.question()) == ReplyMatch::match);
  }
  FUZZ_CHECK(view.ok() && view.edns().has_value() == target.edns);
  const bool whole = view.header().ancount == held.header().ancount &&
                     view.header().nscount == held.header().nscount;
  FUZZ_CHECK(whole || view.header().has(flag::tc));
  return 0;
}
