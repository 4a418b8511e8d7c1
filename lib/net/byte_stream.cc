#include "net/byte_stream.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "net/upstream_socket.h"

namespace holdfast {
namespace {

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

std::string text_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

ByteStream::ByteStream(EventLoop& loop, StreamHooks hooks)
    : hooks_(std::move(hooks)),
      poller_(loop, [this](std::uint64_t token, std::uint32_t what) { on_ready(token, what); }) {}

std::string ByteStream::open(const Endpoint& peer, const TlsContext* tls, const std::string& host) {
  close();
  auto fd = open_upstream_socket(SocketKind::tcp, peer, {});
  if (!fd) return fd.error().message();
  fd_ = std::move(*fd);
  if (tls != nullptr) tls_.emplace(*tls, TlsPeer{host, "", false, {}});
  connecting_ = true;
  watched_ = UpstreamPoller::kWritable;
  if (poller_.watch(fd_.get(), ++connection_, watched_)) return {};
  close();
  return "the kernel watches no further descriptor";
}

void ByteStream::close() noexcept {
  fd_.reset();
  tls_.reset();
  out_.clear();
  sent_ = 0;
  connecting_ = opened_ = false;
  ++connection_;  // what the poller still says of it is stale
}

void ByteStream::shut() noexcept {
  close();
  poller_.close();
}

void ByteStream::send(std::span<const std::uint8_t> bytes) {
  if (!opened_) return;
  if (!tls_) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return;
  }
  if (!tls_->send(bytes, out_)) return fail(StreamFault::tls, tls_->fault());
}

void ByteStream::flush() {
  if (!fd_ || connecting_) return;
  while (unsent() > 0) {
    const auto n = ::send(fd_.get(), out_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (n < 0 && !would_block(errno)) return fail(StreamFault::closed, text_of(errno));
    if (n < 0) break;
    sent_ += static_cast<std::size_t>(n);
  }
  if (unsent() == 0) {
    out_.clear();
    sent_ = 0;
  }
  watch();
}

void ByteStream::on_ready(std::uint64_t token, std::uint32_t what) {
  if (token != connection_ || !fd_) return;
  if (connecting_) return on_connected();
  if ((what & UpstreamPoller::kWritable) != 0) flush();
  const bool same = token == connection_;
  if (same && (what & (UpstreamPoller::kReadable | UpstreamPoller::kFailed)) != 0) read();
}

void ByteStream::on_connected() {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return fail(StreamFault::connect, text_of(error));
  connecting_ = false;
  if (!tls_) return on_opened();
  if (!tls_->start()) return fail(StreamFault::tls, tls_->fault());
  tls_->take_output(out_);
  flush();
}

void ByteStream::on_opened() {
  const std::uint64_t connection = connection_;
  opened_ = true;
  hooks_.opened();
  if (connection == connection_) flush();
}

void ByteStream::read() {
  std::array<std::uint8_t, 16'384> buffer;
  const std::uint64_t connection = connection_;
  const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && would_block(errno)) return;
  if (n < 0) return fail(StreamFault::closed, text_of(errno));
  if (n == 0) return fail(StreamFault::closed, "the server closed the connection");
  const auto bytes = std::span(buffer).first(static_cast<std::size_t>(n));
  if (!take(bytes, connection) || connection != connection_) return;
  flush();
}

/// False: it broke, and broke() was called.
bool ByteStream::take(std::span<const std::uint8_t> bytes, std::uint64_t connection) {
  if (!tls_) {
    hooks_.received(bytes);
    return true;
  }
  // The plain bytes are handed on when TLS is done with its turn: who gets them may close us.
  std::vector<std::uint8_t> plain;
  const bool was_established = tls_->established();
  const bool sound = tls_->receive(
      bytes, [&plain](auto piece) { plain.insert(plain.end(), piece.begin(), piece.end()); });
  tls_->take_output(out_);
  if (!was_established && tls_->established()) on_opened();
  if (connection == connection_ && !plain.empty()) hooks_.received(plain);
  if (connection != connection_) return false;
  if (sound) return true;
  const std::string why = tls_->fault();
  flush();  // the alert that says why
  if (connection != connection_) return false;
  fail(why.empty() ? StreamFault::closed : StreamFault::tls,
       why.empty() ? "the server closed the connection" : why);
  return false;
}

void ByteStream::watch() {
  const std::uint32_t wanted =
      UpstreamPoller::kReadable | (unsent() > 0 ? UpstreamPoller::kWritable : 0);
  if (wanted == watched_) return;
  watched_ = wanted;
  poller_.rewatch(fd_.get(), connection_, wanted);
}

void ByteStream::fail(StreamFault fault, const std::string& why) {
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it is of what close() destroys.
  const std::string reason = why;
  close();
  hooks_.broke(fault, reason);
}

}  // namespace holdfast
