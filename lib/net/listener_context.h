// What the listeners of one worker share: the loop, who answers, limits, counters, and the big
// buffers,
// which one query after the other uses. Made by Listeners; outlives every listener, and the loop's
// last turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "net/event_loop.h"
#include "net/udp_batch.h"
#include "net/udp_send_batch.h"
#include "resolver/client_query.h"
#include "resolver/snapshot.h"
#include "resolver/worker_counters.h"

namespace holdfast {

/// Answers a query into the buffer (kReplyBuffer bytes), drops it or promises a reply, as
/// Resolver::resolve does.
using QueryHandler = std::function<HandledQuery(const ClientQuery& query, TimePoint now,
                                                std::span<std::uint8_t> buffer)>;

class ListenerContext {
 public:
  /// More than the largest frame is never read at once.
  static constexpr std::size_t kReadBuffer = std::size_t{64} * 1024;

  ListenerContext(EventLoop& event_loop, QueryHandler handler, WorkerCounters& worker_counters,
                  const Limits& first_limits)
      : loop(event_loop),
        counters(worker_counters),
        limits(first_limits),
        outgoing(worker_counters.shed[static_cast<std::size_t>(ShedReason::send_failed)]),
        answer_(std::move(handler)) {
    // Late replies come in bunches: they are collected while the loop makes its turn.
    loop.at_turn_end([this] { outgoing.flush(); });
  }

  ListenerContext(const ListenerContext&) = delete;
  ListenerContext& operator=(const ListenerContext&) = delete;
  ~ListenerContext() = default;

  void count_shed(ShedReason reason, std::uint64_t n = 1) noexcept {
    counters.shed[static_cast<std::size_t>(reason)].add(n);
  }

  /// Asks the handler. The reply lies in a buffer that the next call overwrites.
  HandledQuery answer(const ClientQuery& query, TimePoint now) {
    return answer_(query, now, {reply_.get(), kReplyBuffer});
  }

  [[nodiscard]] std::span<std::uint8_t> read_buffer() noexcept {
    return {read_.get(), kReadBuffer};
  }

  EventLoop& loop;
  WorkerCounters& counters;
  Limits limits;  // in force now; a reload replaces them
  UdpReceiveBatch incoming;
  UdpSendBatch outgoing;

 private:
  QueryHandler answer_;
  std::unique_ptr<std::uint8_t[]> reply_ =
      std::make_unique_for_overwrite<std::uint8_t[]>(kReplyBuffer);
  std::unique_ptr<std::uint8_t[]> read_ =
      std::make_unique_for_overwrite<std::uint8_t[]>(kReadBuffer);
};

}  // namespace holdfast
