// Gateways' URLs, which contracts choose, and what gateways say: whatever they are, nothing but
// https on its own port is fetched, no host is taken for another, and bodies are read within
// bounds.
#include <string_view>

#include "check.h"
#include "rpc/gateway_reply.h"
#include "rpc/gateway_url.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto judged = rpc::judge_gateway(text, {});
  if (const auto* place = std::get_if<rpc::GatewayPlace>(&judged)) {
    FUZZ_CHECK(place->origin.tls && place->origin.port == 443 && !place->allowed);
    FUZZ_CHECK(!place->origin.host.empty() && place->origin.host.size() < 256);
    FUZZ_CHECK(place->address.has_value() == parse_ip(place->origin.host).has_value());
    // Its own host is found where it says, and denied by its name.
    FUZZ_CHECK(text.find('@') == std::string_view::npos || text.find('@') > text.find('/', 8) ||
               text.find('@') > text.find('?'));
    const rpc::GatewayRules denied{false, {}, {place->origin.host}, {}};
    FUZZ_CHECK(std::holds_alternative<ens::GatewayReply::Status>(rpc::judge_gateway(text, denied)));
  }
  const auto reply = rpc::read_gateway_reply(200, text);
  using Status = ens::GatewayReply::Status;
  FUZZ_CHECK(reply.status == Status::data || reply.status == Status::malformed);
  FUZZ_CHECK(reply.data.size() * 2 <= size);
  return 0;
}
