// HostFinder: where hosts are that strangers name, for one thread: through the servers named for
// it (`bootstrap`), never through ourselves. Answers are kept for their TTL, failures for some
// seconds; how many hosts are known and asked for at a time is bounded.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/bootstrap_channel.h"

namespace holdfast {

class HostFinder {
 public:
  static constexpr std::size_t kMostHosts = 256;
  static constexpr std::size_t kMostAsked = 32;  // at a time
  static constexpr Duration kKeptMin = 5s, kKeptMax = 10min, kFailureKept = 5s;

  /// Empty: not found.
  using Done = std::function<void(const std::vector<IpAddress>&)>;

  /// The loop outlives this object, and is drained after it.
  HostFinder(EventLoop& loop, std::vector<Endpoint> servers);
  HostFinder(const HostFinder&) = delete;
  HostFinder& operator=(const HostFinder&) = delete;

  /// `done` is called once, from the loop, never from in here; not at all if this object goes
  /// before.
  void find(const std::string& host, Done done);

 private:
  struct Host {
    std::vector<IpAddress> addresses;
    TimePoint until = kForever;  // while it is asked for
    std::vector<Done> waiting;
  };

  using Hosts = std::map<std::string, Host, std::less<>>;

  [[nodiscard]] bool ask(const std::string& name);
  void on_found(const std::string& name, const HostAddresses& found);
  void make_room(TimePoint now);
  void tell(Done done, std::vector<IpAddress> addresses);

  EventLoop& loop_;
  const std::vector<Endpoint> servers_;
  std::unique_ptr<BootstrapChannel> channel_;  // once somebody is looked for
  Hosts hosts_;
  std::size_t asked_ = 0;
  std::shared_ptr<bool> here_;  // for calls that are on their way
};

}  // namespace holdfast
