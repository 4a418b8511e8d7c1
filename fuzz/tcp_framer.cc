// TcpFramer: the same frames come out however the stream was cut. The first byte says where to cut,
// the second how large a frame may be.
#include "dns/tcp_framer.h"

#include <algorithm>

#include "check.h"

using namespace holdfast::dns;

namespace {

struct Outcome {
  bool good = true;
  std::vector<std::uint8_t> frames;
  bool in_frame = false;
};

Outcome run(Bytes stream, std::size_t step, std::size_t max_frame) {
  TcpFramer framer(max_frame);
  Outcome outcome;
  const auto take = [&](Bytes frame) {
    FUZZ_CHECK(!frame.empty() && frame.size() <= max_frame);
    outcome.frames.insert(outcome.frames.end(), frame.begin(), frame.end());
    outcome.frames.push_back('|');
    return true;
  };
  while (!stream.empty() && outcome.good) {
    const Bytes chunk = stream.first(std::min(step, stream.size()));
    stream = stream.subspan(chunk.size());
    outcome.good = framer.feed(chunk, take);
  }
  outcome.in_frame = outcome.good && framer.in_frame();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const Bytes stream(bytes + 2, size - 2);
  const std::size_t max_frame = bytes[1] == 255 ? 65535 : bytes[1] + 1U;
  const Outcome whole = run(stream, size, max_frame);
  const Outcome cut = run(stream, bytes[0] + 1U, max_frame);
  FUZZ_CHECK(whole.good == cut.good && whole.in_frame == cut.in_frame);
  FUZZ_CHECK(whole.frames == cut.frames);
  return 0;
}
