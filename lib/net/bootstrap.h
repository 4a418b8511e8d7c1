// Bootstrap: keeps the addresses of upstreams, and of endpoints of chains, that are given by host
// name, so that start-up and failover depend on no DNS but the servers named for it. Asks ahead of
// expiry, keeps the last good answer when nobody answers. An upstream with addresses of its own
// never causes a packet.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/timer_queue.h"
#include "net/bootstrap_channel.h"
#include "net/endpoint_book.h"
#include "net/event_loop.h"
#include "upstream/upstream.h"

namespace holdfast {

struct BootstrapPolicy {
  Duration ttl_min = 30s, ttl_max = 1h;      // an address is used at least, at most so long
  Duration retry_min = 1s, retry_max = 60s;  // after failures, doubling
};

/// The order in which a host's addresses are tried: IPv6 first, the families in turn, so that the
/// second one is tried soon where the first does not work here (RFC 8305 4).
[[nodiscard]] std::vector<IpAddress> in_turn(const std::vector<IpAddress>& addresses);

/// For the log, after each answer.
struct BootstrapReport {
  const std::string& host;
  const HostAddresses& found;  // with an error: the last good ones stay in force
  bool changed;                // other addresses than before
  Duration next;               // until it is asked again
};

/// Lives on the control thread's loop.
class Bootstrap final : private TimerClient {
 public:
  using OnReport = std::function<void(const BootstrapReport&)>;

  /// loop, book and random outlive this object.
  Bootstrap(EventLoop& loop, EndpointBook& book, Random& random, OnReport on_report,
            const BootstrapPolicy& policy = {});
  ~Bootstrap();
  Bootstrap(const Bootstrap&) = delete;
  Bootstrap& operator=(const Bootstrap&) = delete;

  /// The configuration in force: asks for hosts that are new and forgets those that are gone. Null
  /// pointers are skipped. std::runtime_error if c-ares does not take the servers.
  void follow(std::span<const Endpoint> servers,
              std::span<const std::shared_ptr<const Upstream>> upstreams);

  /// Who is asked.
  [[nodiscard]] const std::vector<Endpoint>& servers() const noexcept { return servers_; }

  /// Where a host was before this process began: in force until it is found anew. False if nobody
  /// wants to know, or it has been found.
  bool offer(const std::string& host, const std::vector<IpAddress>& addresses);

  /// Why the host's addresses could not be found when they were asked for last; "" if they were, or
  /// the first answer is still to come.
  [[nodiscard]] std::string fault_of(const std::string& host) const;

  /// Asks for everything now: the network changed.
  void refresh();

  /// Asks no more. Then drain the loop before this object goes.
  void close();

 private:
  struct User {
    UpstreamId upstream;
    std::uint16_t port;
    friend bool operator==(const User&, const User&) = default;
  };

  struct Host {
    std::string name;
    std::vector<User> users;
    bool of_chain = false;               // an endpoint of a chain is there
    std::vector<IpAddress> addresses{};  // the last good ones
    unsigned failures = 0;               // in a row
    std::string fault{};                 // of the last one
    std::uint64_t asked = 0;             // questions; only the last one's answer counts
    TimerId timer{};
  };

  /// Who wants to know where a host is.
  struct Wanted {
    std::vector<User> users;
    bool of_chain = false;
  };

  using Hosts = std::map<std::uint64_t, Host>;  // by a number that is never used again

  void on_timer(std::uint64_t token, TimePoint now) noexcept override;
  void set_users(Host& host, Wanted wanted);
  void forget(Host& host);
  void ask(Hosts::value_type& entry);
  void on_answer(std::uint64_t number, std::uint64_t question, const HostAddresses& found);
  void publish(const Host& host, const User& user);
  void publish_all(const Host& host);
  [[nodiscard]] Duration next_after(const Host& host, const HostAddresses& found);

  EventLoop& loop_;
  EndpointBook& book_;
  Random& random_;
  OnReport on_report_;
  BootstrapPolicy policy_;
  std::vector<Endpoint> servers_;
  std::unique_ptr<BootstrapChannel> channel_;
  Hosts hosts_;
  std::uint64_t numbers_ = 0;
};

}  // namespace holdfast
