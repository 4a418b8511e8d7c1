#include "net/listeners.h"

#include <algorithm>
#include <utility>

namespace holdfast {

Listeners::Listeners(EventLoop& loop, WorkerSockets sockets, QueryHandler handler,
                     WorkerCounters& counters, const Limits& limits)
    : context_(loop, std::move(handler), counters, limits),
      counts_drops_(sockets.counts_drops),
      clients_(context_) {
  for (OwnedFd& fd : sockets.udp) {
    udp_.push_back(std::make_unique<UdpListener>(std::move(fd), context_));
  }
  for (OwnedFd& fd : sockets.tcp) {
    tcp_.push_back(std::make_unique<TcpListener>(std::move(fd), context_, clients_));
  }
}

void Listeners::start() {
  for (auto& listener : udp_)
    listener->start();
  for (auto& listener : tcp_)
    listener->start();
}

void Listeners::set_limits(const Limits& limits) {
  context_.limits = limits;
  clients_.limits_changed();
}

void Listeners::count_drops() noexcept {
  if (!counts_drops_) return;
  for (auto& listener : udp_)
    listener->count_drops();
}

void Listeners::stop() noexcept {
  for (auto& listener : udp_)
    listener->stop();
  for (auto& listener : tcp_)
    listener->stop();
  clients_.stop();
}

void Listeners::close() noexcept {
  stop();
  for (auto& listener : udp_)
    listener->close();
  clients_.close();
}

std::size_t Listeners::pending() const noexcept {
  std::size_t queries = clients_.busy();
  for (const auto& listener : udp_)
    queries += listener->pending();
  return queries;
}

bool Listeners::finished() const noexcept {
  const auto done = [](const auto& listener) { return listener->finished(); };
  return clients_.finished() && std::all_of(udp_.begin(), udp_.end(), done) &&
         std::all_of(tcp_.begin(), tcp_.end(), done);
}

}  // namespace holdfast
