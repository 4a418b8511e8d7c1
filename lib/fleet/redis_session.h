// RedisSession: one connection's conversation, without its socket: the login, then commands in a
// pipeline and their replies in the same order. Bytes in, bytes out.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "base/time.h"
#include "dns/wire_reader.h"
#include "fleet/redis_wire.h"

namespace holdfast {

struct RedisLogin {
  std::string username, password;  // empty: none
  unsigned database = 0;
};

enum class RedisCommand : std::uint8_t { auth, select, ping, set, get };

/// What a command was for; its owner's business.
struct RedisTag {
  std::uint64_t token = 0;
  std::size_t which = 0;
};

/// A reply and the command that it answers.
struct RedisAnswer {
  RedisCommand command;
  RedisTag tag;
  const RedisReply& reply;
};

class RedisSession {
 public:
  /// Beyond this many unanswered commands, or bytes that were not taken, nothing more is asked.
  static constexpr std::size_t kMostOpen = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20U;

  enum class State : std::uint8_t { login, ready, refused, broken };

  /// Says hello: the commands are in the output.
  RedisSession(const RedisLogin& login, TimePoint now);

  [[nodiscard]] State state() const noexcept { return state_; }

  /// Why it is `refused` or `broken`, with nothing secret in it.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// What the server sent. Replies to `set` and `get` are handed out; on_answer must not destroy
  /// this object. False: the session is over, see fault().
  [[nodiscard]] bool take(dns::Bytes bytes, TimePoint now,
                          FunctionRef<void(const RedisAnswer&)> on_answer);

  /// Stores a value for so long. Precondition of these three: ready.
  void set(std::string_view name, dns::Bytes value, std::chrono::milliseconds keep, TimePoint now);
  /// Asks for a value, of which no more than `most` bytes will come; none is an empty one.
  void get(std::string_view name, std::size_t most, RedisTag tag, TimePoint now);
  void ping(TimePoint now);

  [[nodiscard]] bool has_room() const noexcept {
    return pending_.size() < kMostOpen && output_.size() < kMostBytes;
  }

  /// When the command was sent that has waited longest for its reply; kForever if none waits.
  [[nodiscard]] TimePoint waiting_since() const noexcept {
    return pending_.empty() ? kForever : pending_.front().sent;
  }

  /// When the server last said something.
  [[nodiscard]] TimePoint last_heard() const noexcept { return last_heard_; }

  /// What is to be sent; it is the caller's then.
  [[nodiscard]] std::vector<std::uint8_t> take_output() noexcept {
    return std::exchange(output_, {});
  }

 private:
  struct Pending {
    RedisCommand command;
    RedisTag tag;
    TimePoint sent;
  };

  void queue(RedisCommand command, RedisTag tag, std::span<const std::string_view> arguments,
             TimePoint now);
  void on_reply(const RedisReply& reply, FunctionRef<void(const RedisAnswer&)> on_answer);
  void on_login(RedisCommand command, const RedisReply& reply);
  void end(State state, std::string fault);

  State state_ = State::login;
  std::string fault_;
  RedisReader reader_;
  std::deque<Pending> pending_;
  std::vector<std::uint8_t> output_;
  TimePoint last_heard_;
};

}  // namespace holdfast
