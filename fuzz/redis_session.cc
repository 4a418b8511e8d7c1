// A session fed with anything, in pieces whose size is the first octet: it ends, or goes on, and
// holds no more than it should.
#include "fleet/redis_session.h"

#include <algorithm>

#include "check.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = bytes[0] + std::size_t{1};
  dns::Bytes input(bytes + 1, size - 1);
  const TimePoint now{};
  RedisSession session({"user", "secret", 1}, now);
  std::size_t asked = 0;
  std::size_t answered = 0;
  bool going_on = true;
  while (!input.empty() && going_on) {
    if (session.state() == RedisSession::State::ready && asked < 8)
      session.get("name", 100, {++asked, 0}, now);
    const auto part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    going_on = session.take(part, now, [&](const RedisAnswer& answer) {
      FUZZ_CHECK(answer.tag.token == ++answered);
      FUZZ_CHECK(answer.reply.text.size() <= 100 * 1024);
    });
  }
  FUZZ_CHECK(answered <= asked);
  FUZZ_CHECK(going_on == session.fault().empty());
  FUZZ_CHECK(session.fault().find("secret") == std::string::npos);
  return 0;
}
