// UpstreamConnection: one TCP connection to an upstream: connecting, queries on their way out,
// frames coming in. It knows what is pending on it, and nothing of exchanges: see tcp_transport.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/function_ref.h"
#include "dns/tcp_framer.h"
#include "net/owned_fd.h"
#include "net/upstream_pending.h"
#include "upstream/outcome.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamConnection {
 public:
  /// `fd` is connecting to `to`.
  UpstreamConnection(OwnedFd fd, UpstreamId of, const Endpoint& to, TimePoint now)
      : upstream(of), peer(to), opened(now), last_used(now), fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  [[nodiscard]] bool connecting() const noexcept { return connecting_; }

  /// Appends a query behind its length. It goes out with flush(), once connected.
  void queue(dns::Bytes query);

  /// Sends what the kernel takes; while connecting, nothing. The outcome if the connection broke.
  [[nodiscard]] std::optional<Outcome> flush() noexcept;

  /// To be called when the socket is writable: ends connecting, then flushes.
  [[nodiscard]] std::optional<Outcome> on_writable() noexcept;

  [[nodiscard]] bool has_unsent() const noexcept { return sent_ < out_.size(); }

  /// Reads once into `buffer` and hands out what is whole. The outcome if the stream ended
  /// (closed), broke, or cannot be messages (malformed). on_message must not destroy this object.
  [[nodiscard]] std::optional<Outcome> read(std::span<std::uint8_t> buffer,
                                            FunctionRef<bool(dns::Bytes)> on_message);

  const UpstreamId upstream;
  const Endpoint peer;
  const TimePoint opened;
  TimePoint last_used;
  PendingReplies pending;
  bool answered = false;  // a reply came: the connection works, or did
  bool retired = false;   // takes no new queries
  unsigned unheard = 0;   // given up in a row without a reply
  std::optional<Outcome> broken;
  std::uint32_t watched = 0;  // what the poller was told

 private:
  OwnedFd fd_;
  bool connecting_ = true;
  std::vector<std::uint8_t> out_;
  std::size_t sent_ = 0;  // of out_
  dns::TcpFramer framer_;
};

}  // namespace holdfast
