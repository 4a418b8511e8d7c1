// LinkDomains: the domains that the links of this host come with (VPNs), and when they change. Asks
// systemd-resolved and NetworkManager over the system's D-Bus; where neither is, nobody is asked
// and no bus is opened.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/timer_queue.h"
#include "net/event_loop.h"
#include "upstream/link_domain.h"

namespace holdfast {

class LinkTalk;

struct LinkDomainsPolicy {
  Duration settle = 500ms;   // from the first sign of a change to the look
  Duration interval = 1min;  // a look without a sign
  Duration patience = 5s;    // with the bus and all who are asked
  // There while they run.
  std::string resolved = "/run/systemd/resolve";
  std::string network_manager = "/run/NetworkManager";
};

/// Lives on one thread's loop, which outlives it.
class LinkDomains final : private TimerClient {
 public:
  using OnChange = std::function<void(const std::vector<LinkDomain>&)>;

  LinkDomains(EventLoop& loop, OnChange on_change, LinkDomainsPolicy policy = {});
  ~LinkDomains();
  LinkDomains(const LinkDomains&) = delete;
  LinkDomains& operator=(const LinkDomains&) = delete;

  /// Begins to look, and tells what is found whenever it is not what was told last; at first that
  /// there are none. One who does not answer in time says nothing new. Why a change is only seen at
  /// the next look, else "". Does nothing while it watches.
  [[nodiscard]] std::string watch();

  /// Tells no more. Then drain the loop before this object goes.
  void stop();

  /// Looks soon: the network changed.
  void look();

 private:
  asio::awaitable<void> read_loop();
  void watch_folders();
  void look_in(Duration wait);
  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void on_told(bool complete, const std::vector<LinkNotice>& notices);
  void tell(std::vector<LinkDomain> found);

  EventLoop& loop_;
  OnChange on_change_;
  LinkDomainsPolicy policy_;
  asio::posix::stream_descriptor inotify_;
  std::shared_ptr<LinkTalk> talk_;  // with the bus, while a look is going on
  std::vector<LinkDomain> known_;
  TimerId timer_{};
  bool watching_ = false;
  bool soon_ = false;  // the timer is set by a sign
};

}  // namespace holdfast
