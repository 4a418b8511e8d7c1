// Replies of RPC endpoints: text from strangers. Whatever they send, it is read within bounds, what
// is taken out of it is no larger than it, and nothing but a reply to the request is one.
#include <string_view>

#include "check.h"
#include "rpc/reply.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  constexpr std::uint64_t kId = 7;
  const auto call = rpc::read_call_reply(body, kId);
  if (const auto* end = std::get_if<rpc::CallEnd>(&call)) {
    FUZZ_CHECK(end->data.size() * 2 <= size);
    FUZZ_CHECK(!end->bare || (end->reverted && end->data.empty()));
    FUZZ_CHECK(std::holds_alternative<rpc::Failure>(rpc::read_call_reply(body, kId + 1)));
  } else {
    FUZZ_CHECK(std::get<rpc::Failure>(call).why.size() < 200);
  }
  const auto head = rpc::read_head_reply(body, kId);
  if (std::holds_alternative<rpc::Head>(head)) FUZZ_CHECK(size > 2 * 66);
  const auto chain = rpc::read_quantity_reply(body, kId);
  const bool both =
      std::holds_alternative<rpc::Head>(head) && std::holds_alternative<std::uint64_t>(chain);
  FUZZ_CHECK(!both);
  return 0;
}
