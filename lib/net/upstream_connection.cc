#include "net/upstream_connection.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>

#include "dns/header.h"
#include "net/upstream_socket.h"

namespace holdfast {
namespace {

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// What a burst has made large is given back: most connections wait most of the time.
void empty(std::vector<std::uint8_t>& buffer) noexcept {
  constexpr std::size_t kKept = 4096;
  buffer.clear();
  if (buffer.capacity() > kKept) buffer.shrink_to_fit();
}

Outcome outcome_of(TlsFault fault) noexcept {
  switch (fault) {
    case TlsFault::none:
      return Outcome::closed;
    case TlsFault::failed:
      return Outcome::tls_failed;
    case TlsFault::certificate:
      return Outcome::certificate;
    case TlsFault::pin:
      return Outcome::pin;
  }
  return Outcome::tls_failed;
}

}  // namespace

bool UpstreamConnection::queue(dns::Bytes query) {
  if (doh_) return doh_->post(query);
  std::array<std::uint8_t, 2> length{};
  dns::write_frame_length(length, query.size());
  std::vector<std::uint8_t>& to = tls_ ? queries_ : out_;
  to.insert(to.end(), length.begin(), length.end());
  to.insert(to.end(), query.begin(), query.end());
  return true;
}

void UpstreamConnection::forget(std::uint16_t id) {
  pending.forget(id);
  if (doh_) doh_->cancel(id);
}

std::optional<Outcome> UpstreamConnection::flush() {
  if (connecting_) return std::nullopt;
  if (tls_) {
    if (const auto failure = encrypt()) return failure;
  }
  if (const auto failure = send_out()) return failure;
  return doh_ && doh_->over() ? std::optional(http_ended()) : std::nullopt;
}

/// Whatever waits goes into as few records as possible.
std::optional<Outcome> UpstreamConnection::encrypt() {
  bool sound = true;
  if (doh_ && tls_->established()) doh_->take_output(queries_);
  if (tls_->established() && !queries_.empty()) {
    sound = tls_->send(queries_, out_);
    empty(queries_);
  }
  tls_->take_output(out_);
  if (sound) return std::nullopt;
  return tls_ended();
}

std::optional<Outcome> UpstreamConnection::send_out() {
  while (has_unsent()) {
    const auto n = ::send(fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0) {
      if (would_block(errno)) return std::nullopt;
      return broken_by(errno);
    }
    sent_ += static_cast<std::size_t>(n);
  }
  empty(out_);
  sent_ = 0;
  return std::nullopt;
}

void UpstreamConnection::part() {
  if (!tls_ || connecting_ || has_unsent()) return;
  tls_->close();
  tls_->take_output(out_);
  (void)send_out();
}

std::optional<Outcome> UpstreamConnection::on_writable() {
  if (connecting_) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      if (tunnel_) fault_ = "the proxy is not reached: " + std::generic_category().message(error);
      return holdfast::outcome_of(error);
    }
    connecting_ = false;
    if (tunnel_) {
      const std::string& request = tunnel_->request();
      out_.assign(request.begin(), request.end());
    } else if (tls_ && !tls_->start()) {
      return tls_ended();
    }
  }
  return flush();
}

std::optional<Outcome> UpstreamConnection::read(std::span<std::uint8_t> buffer,
                                                ConnectionSink sink) {
  const auto n = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) {
    if (would_block(errno)) return std::nullopt;
    return broken_by(errno);
  }
  if (n == 0) return broken_by(ECONNRESET);
  const auto bytes = buffer.first(static_cast<std::size_t>(n));
  if (tunnelling()) return dig(bytes);
  return tls_ ? decrypt(bytes, sink) : deliver(bytes, sink);
}

/// What the proxy says, until it lets TLS begin.
std::optional<Outcome> UpstreamConnection::dig(dns::Bytes bytes) {
  if (tunnel_->receive(bytes) == ProxyTunnel::State::refused) {
    fault_ = tunnel_->fault();
    return Outcome::connection_refused;
  }
  if (tunnelling()) return std::nullopt;
  if (!tls_->start()) return tls_ended();
  return flush();
}

std::optional<Outcome> UpstreamConnection::deliver(dns::Bytes plain, ConnectionSink sink) {
  if (doh_) return deliver_http(plain, sink);
  bool makes_sense = true;
  const auto on_frame = [&](dns::Bytes frame) {
    makes_sense = frame.size() >= dns::kHeaderBytes && sink.message(frame);
    return makes_sense;
  };
  const bool framed = framer_.feed(plain, on_frame);
  if (!framed || !makes_sense) return Outcome::malformed;
  return std::nullopt;
}

std::optional<Outcome> UpstreamConnection::deliver_http(dns::Bytes plain, ConnectionSink sink) {
  bool makes_sense = true;
  const bool sound = doh_->receive(plain, [&](const DohEnd& end) {
    if (!end.message.empty()) {
      fault_.clear();
      makes_sense = sink.message(end.message) && makes_sense;
      return;
    }
    fault_ = doh_->fault();
    sink.failed(end.id, end.failure);
  });
  if (!makes_sense) return Outcome::malformed;
  return sound ? std::nullopt : std::optional(http_ended());
}

/// What it means that HTTP/2 is over. Who waits does not wait until the server hangs up.
Outcome UpstreamConnection::http_ended() {
  if (!doh_->broken()) return Outcome::closed;
  fault_ = doh_->fault();
  return Outcome::malformed;
}

std::optional<Outcome> UpstreamConnection::decrypt(dns::Bytes bytes, ConnectionSink sink) {
  std::optional<Outcome> failure;
  const bool sound = tls_->receive(bytes, [&](dns::Bytes plain) {
    if (!failure) failure = deliver(plain, sink);
  });
  if (failure) return failure;
  if (sound) return flush();
  const Outcome ended = tls_ended();
  tls_->take_output(out_);  // the alert that says why
  (void)send_out();
  return ended;
}

/// What it means that TLS is over.
Outcome UpstreamConnection::tls_ended() {
  if (tls_->kind_of_fault() == TlsFault::none) return broken_by(ECONNRESET);
  fault_ = tls_->fault();
  return outcome_of(tls_->kind_of_fault());
}

/// On a connection of ours that stood, whatever goes wrong means that it is gone; in the handshake
/// it means that there will be no TLS.
Outcome UpstreamConnection::broken_by(int error) {
  const Outcome outcome = holdfast::outcome_of(error);
  if (outcome == Outcome::unreachable) return outcome;
  if (!handshaking()) return Outcome::closed;
  fault_ = tunnelling() ? "the proxy hung up" : "the server hung up in the TLS handshake";
  return Outcome::tls_failed;
}

}  // namespace holdfast
