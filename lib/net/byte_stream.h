// ByteStream: one connection at a time to a server, TCP or TLS over it, on the event loop. What the
// bytes mean, whom to connect to and when again is its owner's business.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "net/event_loop.h"
#include "net/owned_fd.h"
#include "net/tls_client.h"
#include "net/upstream_poller.h"

namespace holdfast {

/// Where it broke.
enum class StreamFault : std::uint8_t { connect, tls, closed };

struct StreamHooks {
  /// Bytes may be sent.
  std::function<void()> opened;
  std::function<void(std::span<const std::uint8_t>)> received;
  /// It is closed, and not by close(); `why` is for a log.
  std::function<void(StreamFault, const std::string& why)> broke;
};

/// Hooks are called from the loop, and may call open(), send() and close(); they do not destroy
/// this object.
class ByteStream {
 public:
  /// std::system_error if the kernel gives no descriptor.
  ByteStream(EventLoop& loop, StreamHooks hooks);
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Begins to connect, after closing what is open; with `tls` the certificate must be for `host`.
  /// "" or why that cannot even be tried. The context outlives the connection.
  [[nodiscard]] std::string open(const Endpoint& peer, const TlsContext* tls,
                                 const std::string& host);

  [[nodiscard]] bool is_open() const noexcept { return opened_; }

  /// Takes bytes for the server, once opened; flush() sends them.
  void send(std::span<const std::uint8_t> bytes);
  /// Sends what the kernel takes; the rest goes when it takes more. broke() may be called.
  void flush();

  [[nodiscard]] std::size_t unsent() const noexcept { return out_.size() - sent_; }

  /// Ends the connection; no hook is called.
  void close() noexcept;

  /// Ends for good. Then drain the loop before this object goes.
  void shut() noexcept;

 private:
  void on_ready(std::uint64_t token, std::uint32_t what);
  void on_connected();
  void on_opened();
  void read();
  [[nodiscard]] bool take(std::span<const std::uint8_t> bytes, std::uint64_t connection);
  void watch();
  void fail(StreamFault fault, const std::string& why);

  StreamHooks hooks_;
  UpstreamPoller poller_;
  OwnedFd fd_;
  std::uint64_t connection_ = 0;  // counts them: the poller's token
  std::uint32_t watched_ = 0;
  bool connecting_ = false;
  bool opened_ = false;
  std::optional<TlsClient> tls_;
  std::vector<std::uint8_t> out_;
  std::size_t sent_ = 0;  // of out_
};

}  // namespace holdfast
