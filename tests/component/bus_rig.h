// A private D-Bus with somebody on it who says what systemd-resolved and NetworkManager would.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <systemd/sd-bus.h>

namespace holdfast::test {

/// What is said of links, and how.
struct Said {
  struct Server {
    int link;
    std::vector<std::uint8_t> address;
  };

  struct Domain {
    int link;
    std::string name;
    bool only_routes;
  };

  struct Managed {
    std::string interface;
    bool vpn;
    std::vector<std::string> servers, domains;
  };

  std::vector<Server> servers;
  std::vector<Domain> domains;
  bool default_route = true;  // of each link
  std::vector<Managed> managed;
  bool silent = false;  // asked, nobody answers
  bool broken = false;  // DNS has another type
};

/// dbus-daemon and the one who answers, from start() on; both end with it. What
/// sd_bus_open_system() opens is this bus from then on (DBUS_SYSTEM_BUS_ADDRESS).
class BusRig {
 public:
  BusRig() = default;
  ~BusRig();
  BusRig(const BusRig&) = delete;
  BusRig& operator=(const BusRig&) = delete;

  /// False where there is no dbus-daemon.
  [[nodiscard]] bool start();
  void say(Said said);
  [[nodiscard]] Said said();

  /// Questions that came.
  [[nodiscard]] int asked() const { return asked_; }

  void count() { ++asked_; }

 private:
  void serve(std::promise<bool>& ready);

  int daemon_ = -1;  // its process
  std::string folder_;
  std::thread thread_;
  std::atomic<bool> ends_{false};
  std::atomic<int> asked_{0};
  std::mutex mutex_;
  Said said_;
};

}  // namespace holdfast::test
