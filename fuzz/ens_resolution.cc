// A resolution whose chain and gateways say anything: it ends, asks for a bounded number of things,
// and what it answers is a message that parses.
#include <algorithm>

#include "check.h"
#include "dns/message_view.h"
#include "ens/resolution.h"

using namespace holdfast;
using namespace holdfast::ens;

namespace {

/// Cuts the input into replies: a byte that says of what kind, two for the length, the bytes.
class Script {
 public:
  explicit Script(Bytes bytes) : bytes_(bytes) {}

  std::uint8_t kind() {
    const Bytes one = take(1);
    return one.empty() ? std::uint8_t{255} : one[0];
  }

  Blob data() {
    const Bytes size = take(2);
    if (size.size() < 2) return {};
    const Bytes piece = take(dns::load_u16(size.data()));
    return {piece.begin(), piece.end()};
  }

 private:
  Bytes take(std::size_t n) {
    const Bytes piece = bytes_.first(std::min(n, bytes_.size()));
    bytes_ = bytes_.subspan(piece.size());
    return piece;
  }

  Bytes bytes_;
};

Bridge bridge() {
  Bridge made;
  const auto name = [](const char* text) { return dns::Name::parse(text).value(); };
  made.zones = {{name("eth"), BridgeZone::Kind::native, std::nullopt},
                {name("example.com"), BridgeZone::Kind::copied, std::nullopt},
                {name("example.net"), BridgeZone::Kind::copied, encode_name("copy.eth")}};
  made.answers.gateway_a = {parse_ip("192.0.2.80").value()};
  made.answers.text_keys = {"url"};
  return made;
}

dns::Question question_of(Script& script) {
  static constexpr const char* kNames[] = {"dns.eth",           "a.b.dns.eth",
                                           "_dnslink.site.eth", "www.example.com",
                                           "www.example.net",   "x\\032y.wild.eth"};
  const auto name = dns::Name::parse(kNames[script.kind() % 6]).value();
  static constexpr dns::RrType kTypes[] = {dns::RrType::a, dns::RrType::txt, dns::RrType::cname,
                                           dns::RrType::mx, dns::RrType::soa};
  return {name, kTypes[script.kind() % 5], dns::RrClass::in};
}

void feed(Resolution& resolution, const Ask& ask, Script& script) {
  const std::uint8_t kind = script.kind();
  if (std::holds_alternative<ChainCall>(ask.what)) {
    CallResult result;
    result.status = static_cast<CallResult::Status>(kind % 3);
    result.data = script.data();
    resolution.on_call(ask.id, result, {});
  } else {
    GatewayReply reply;
    reply.status = static_cast<GatewayReply::Status>(kind % 8);
    reply.http_status = kind % 2 == 0 ? 404 : 500;
    reply.data = script.data();
    resolution.on_gateway(ask.id, std::move(reply), {});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Bridge kBridge = bridge();
  Script script({bytes, size});
  CutMemory memory(64);
  const dns::Question question = question_of(script);
  Resolution resolution(kBridge, memory, {7, {}}, question, {});
  unsigned asked = 0;
  for (auto asks = resolution.take_asks(); !asks.empty(); asks = resolution.take_asks()) {
    for (const Ask& ask : asks) {
      FUZZ_CHECK(++asked < 200);
      feed(resolution, ask, script);
    }
  }
  FUZZ_CHECK(resolution.answer() != nullptr);
  static std::uint8_t buffer[65535];
  const auto view =
      dns::MessageView::parse(write_answer(question, 1, *resolution.answer(), buffer));
  FUZZ_CHECK(view.ok() && view.question() == question);
  return 0;
}
