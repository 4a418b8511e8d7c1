#include "net/udp_outbox.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/upstream_socket.h"

namespace holdfast {

UdpOutbox::UdpOutbox()
    : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kCapacity * kQueryBuffer)) {
  for (std::size_t i = 0; i < kCapacity; ++i) {
    headers_[i] = {};
    headers_[i].msg_hdr.msg_iov = &parts_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

void UdpOutbox::add(SlabHandle port, SlabHandle exchange, std::size_t size) noexcept {
  queries_[used_] = {port, exchange, used_, size};
  ++used_;
}

std::vector<UdpOutbox::Unsent> UdpOutbox::flush(FunctionRef<int(const Query&)> socket_of) {
  std::vector<Unsent> unsent;
  const auto waiting = std::span(queries_).first(std::exchange(used_, 0));
  // Usually in order already: one upstream, one port after the other.
  std::ranges::sort(waiting, {}, [](const Query& q) { return std::pair(q.port.slot, q.slot); });
  for (auto from = waiting.begin(); from != waiting.end();) {
    const auto to = std::find_if(from, waiting.end(),
                                 [&](const Query& query) { return query.port != from->port; });
    int fd = -1;
    const auto wanted = std::remove_if(from, to, [&](const Query& query) {
      const int socket = socket_of(query);
      fd = std::max(fd, socket);
      return socket < 0;
    });
    send(fd, {from, wanted}, unsent);
    from = to;
  }
  return unsent;
}

void UdpOutbox::send(int fd, std::span<const Query> queries, std::vector<Unsent>& unsent) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    parts_[i] = {&bytes_[queries[i].slot * kQueryBuffer], queries[i].size};
  }
  std::size_t sent = 0;
  while (sent < queries.size()) {
    const int n = ::sendmmsg(fd, &headers_[sent], static_cast<unsigned>(queries.size() - sent),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      break;
    }
  }
  const Outcome why = sent < queries.size() ? outcome_of(errno) : Outcome::no_socket;
  for (const Query& query : queries.subspan(sent))
    unsent.push_back({query.port, query.exchange, why});
}

}  // namespace holdfast
