// FleetLink: keeps one logged-in connection to the fleet's server: where it is, connecting, the
// login, noticing that it is gone, and coming back with patience. What is said over it is
// RedisSession's and its users' business.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "fleet/backoff.h"
#include "fleet/fleet_counters.h"
#include "fleet/redis_session.h"
#include "net/bootstrap_channel.h"
#include "net/byte_stream.h"

namespace holdfast {

struct FleetServer {
  std::string url;   // for people
  std::string host;  // whom the certificate must be for; resolved if there are no addresses
  std::uint16_t port = 6379;
  std::vector<IpAddress> addresses;
  std::vector<Endpoint> bootstrap;  // who resolves the host
  std::optional<TlsContext> tls;
  RedisLogin login;
};

struct FleetStatus {
  bool up = false;
  TimePoint since{};
  std::string fault;  // of the last attempt; "" while up, and before the first one ended
};

struct FleetLinkHooks {
  std::function<void(const RedisAnswer&)> answered;
  std::function<void(bool up)> changed;
};

/// One thread, but for status(). Hooks are called from the loop and must not destroy this.
class FleetLink {
 public:
  static constexpr Duration kConnectPatience = 3s;  // until the login is done
  static constexpr Duration kReplyPatience = 1s;  // a server that says nothing for so long is gone
  static constexpr Duration kIdle = 5s;           // then it is asked whether it is there
  static constexpr Duration kSteady = 10s;        // up for so long: the next failure is a first one

  /// All but the server outlive this. std::system_error if the kernel gives no descriptors.
  FleetLink(EventLoop& loop, Random& random, FleetServer server, FleetCounters& counters,
            FleetLinkHooks hooks);
  FleetLink(const FleetLink&) = delete;
  FleetLink& operator=(const FleetLink&) = delete;

  /// To be called several times a second: does what is due.
  void beat(TimePoint now);

  /// Logged in; else null.
  [[nodiscard]] RedisSession* session() noexcept {
    return session_ && session_->state() == RedisSession::State::ready ? &*session_ : nullptr;
  }

  /// Sends what was asked since the last call.
  void flush();

  /// The network changed: connects anew at once.
  void begin_anew(TimePoint now);

  /// Ends for good. Then drain the loop before this object goes.
  void close();

  [[nodiscard]] FleetStatus status() const;

 private:
  enum class Stage : std::uint8_t { waiting, resolving, connecting, up };

  void attempt(TimePoint now);
  void resolve(TimePoint now);
  void connect(TimePoint now);
  void on_opened();
  void on_bytes(std::span<const std::uint8_t> bytes);
  void on_ready(TimePoint now);
  void fail(LinkFault fault, const std::string& why, TimePoint now);
  void set_status(bool up, const std::string& fault, TimePoint now);

  EventLoop& loop_;
  Random& random_;
  const FleetServer server_;
  FleetCounters& counters_;
  FleetLinkHooks hooks_;
  std::unique_ptr<BootstrapChannel> channel_;
  ByteStream stream_;
  std::optional<RedisSession> session_;
  std::vector<IpAddress> addresses_;
  std::size_t attempts_ = 0;
  Stage stage_ = Stage::waiting;
  TimePoint since_ = kNever;  // of the stage
  TimePoint retry_at_ = kNever;
  Backoff backoff_;
  bool closed_ = false;

  mutable std::mutex mutex_;
  FleetStatus status_;
};

}  // namespace holdfast
