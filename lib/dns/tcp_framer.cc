#include "dns/tcp_framer.h"

namespace holdfast::dns {
namespace {

// An idle connection keeps no more than this; there may be thousands of them.
constexpr std::size_t kIdleCapacity = 2048;

enum class Stop : std::uint8_t { need_more, asked_to, too_long };

/// Hands out the whole frames at the front of `input` and takes them off.
Stop take_frames(Bytes& input, std::size_t max_frame, FunctionRef<bool(Bytes)> on_frame) {
  while (input.size() >= 2) {
    const std::size_t size = WireReader(input).u16();
    if (size > max_frame) return Stop::too_long;
    if (input.size() - 2 < size) break;
    const Bytes frame = input.subspan(2, size);
    input = input.subspan(2 + size);
    if (size != 0 && !on_frame(frame)) return Stop::asked_to;
  }
  return Stop::need_more;
}

}  // namespace

bool TcpFramer::feed(Bytes input, FunctionRef<bool(Bytes)> on_frame) {
  if (buffer_.empty()) {  // the usual case: whole frames, straight out of the input
    const Stop stop = take_frames(input, max_frame_, on_frame);
    buffer_.assign(input.begin(), input.end());
    return stop != Stop::too_long;
  }
  buffer_.insert(buffer_.end(), input.begin(), input.end());
  Bytes rest = buffer_;
  const Stop stop = take_frames(rest, max_frame_, on_frame);
  buffer_.erase(buffer_.begin(), buffer_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  if (buffer_.empty() && buffer_.capacity() > kIdleCapacity) buffer_ = {};
  return stop != Stop::too_long;
}

}  // namespace holdfast::dns
