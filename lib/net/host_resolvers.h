// HostResolvers: the resolvers that this host is told of by its network, for the url "auto", and
// when they change. Reads what DHCP clients, systemd-resolved and their like write; speaks to none
// of them.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/timer_queue.h"
#include "net/event_loop.h"

namespace holdfast {

/// What is known now, in the order of the sources: the resolv.conf that was there before holdfast
/// took its place, resolv.conf, that of systemd-resolved, that of NetworkManager, what resolvconf
/// was told, leases. Each address once; those of systemd-resolved's own listeners, 0.0.0.0 and ::
/// are left out. Files that cannot be read count as empty.
[[nodiscard]] std::vector<IpAddress> find_host_resolvers();

struct HostResolversPolicy {
  Duration settle = 200ms;   // from the first sign of a change to the look: files come in pieces
  Duration interval = 1min;  // a look without a sign: folders may come to be, inotify may be short
};

/// Lives on one thread's loop, which outlives it.
class HostResolvers final : private TimerClient {
 public:
  using OnChange = std::function<void(const std::vector<IpAddress>&)>;

  HostResolvers(EventLoop& loop, OnChange on_change, const HostResolversPolicy& policy = {});
  ~HostResolvers();
  HostResolvers(const HostResolvers&) = delete;
  HostResolvers& operator=(const HostResolvers&) = delete;

  /// Begins to watch: tells what there is, and others from then on, but never that there are none:
  /// a file that is empty while it is written takes nobody away. Why a change cannot be seen at
  /// once, else "": then it looks now and then. Does nothing while it watches.
  [[nodiscard]] std::string watch();

  /// Tells no more. Then drain the loop before this object goes.
  void stop();

  /// Looks at once: the network changed.
  void look();

 private:
  asio::awaitable<void> read_loop();
  [[nodiscard]] bool read_events();
  void watch_folders();
  void look_in(Duration wait);
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;

  EventLoop& loop_;
  OnChange on_change_;
  HostResolversPolicy policy_;
  asio::posix::stream_descriptor inotify_;
  std::set<int> whole_folders_;  // watches of folders where every file matters
  std::vector<IpAddress> known_;
  TimerId timer_{};
  bool watching_ = false;
  bool soon_ = false;  // the timer is set by a sign
};

}  // namespace holdfast
