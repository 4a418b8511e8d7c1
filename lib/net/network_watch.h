// NetworkWatch: tells when an address of this host, or the way to somebody it talks to, changed.
// The kernel's messages (rtnetlink(7)) only say when to look; what is told rests on comparing
// pictures, so refreshed life times, routes to elsewhere and changes undone are no news.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/timer_queue.h"
#include "net/event_loop.h"
#include "net/network_picture.h"

namespace holdfast {

enum class NetworkChange : std::uint8_t { address, route };

struct NetworkWatchPolicy {
  Duration settle = 1s;     // changes come in bunches: from the first message to the look
  Duration interval = 10s;  // a network that changes all the time is told of no more often
};

/// Lives on one thread's loop, which outlives it.
class NetworkWatch final : private TimerClient {
 public:
  using OnChange = std::function<void(NetworkChange, TimePoint now)>;

  NetworkWatch(EventLoop& loop, OnChange on_change, const NetworkWatchPolicy& policy = {});
  ~NetworkWatch();
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

  /// Begins to watch. Why it cannot, else "": then nothing is ever told.
  [[nodiscard]] std::string open();

  /// Those that are talked to from now on. One more or less is no change of the network.
  void follow(std::vector<IpAddress> destinations);

  /// What it took for the network of now is taken anew: somebody else noticed a change.
  void forget(TimePoint now);

  /// Then drain the loop before this object goes.
  void close();

 private:
  asio::awaitable<void> read_loop();
  void read_waiting();
  [[nodiscard]] bool read_messages(std::span<const char> messages);
  [[nodiscard]] bool may_matter(std::span<const char> message);
  void look_soon();
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  [[nodiscard]] bool other_ways(const NetworkPicture& next) const;

  EventLoop& loop_;
  OnChange on_change_;
  NetworkWatchPolicy policy_;
  asio::posix::stream_descriptor socket_;
  std::vector<IpAddress> destinations_;
  NetworkPicture known_;       // as it was told last
  bool address_lost_ = false;  // since then, perhaps to come back: what was bound to it is dead
  TimePoint told_ = kNever;
  TimerId timer_{};
  bool looking_ = false;  // the timer runs
};

}  // namespace holdfast
