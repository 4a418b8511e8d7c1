// Two-byte length framing of messages on a stream (RFC 1035 4.2.2, RFC 7766 8). Fed with whatever
// arrived, it hands out whole messages; partial ones wait. Bounded by max_frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/function_ref.h"
#include "dns/wire_reader.h"

namespace holdfast::dns {

class TcpFramer {
 public:
  /// Frames longer than max_frame make feed() give false.
  explicit TcpFramer(std::size_t max_frame = 65535) : max_frame_(max_frame) {}

  /// Takes bytes from the stream and calls on_frame for each complete message, in order. on_frame
  /// gives false to stop early (the rest of the input stays buffered). Zero-length frames are
  /// skipped. False: a frame exceeds the bound; the stream cannot go on.
  [[nodiscard]] bool feed(Bytes input, FunctionRef<bool(Bytes)> on_frame);

  /// True while a message is incomplete: a slow sender is in the middle of a frame.
  [[nodiscard]] bool in_frame() const noexcept { return !buffer_.empty(); }

 private:
  std::size_t max_frame_;
  std::vector<std::uint8_t> buffer_;
};

/// Writes the two length bytes for a message of `size` bytes.
inline void write_frame_length(std::span<std::uint8_t, 2> out, std::size_t size) noexcept {
  out[0] = static_cast<std::uint8_t>(size >> 8U);
  out[1] = static_cast<std::uint8_t>(size);
}

}  // namespace holdfast::dns
