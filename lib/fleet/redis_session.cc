#include "fleet/redis_session.h"

#include <array>

namespace holdfast {
namespace {

// The largest reply is a value, asked for with a bound; the rest is its length and line ends.
constexpr std::size_t kMostReply = std::size_t{80} * 1024;

std::string_view text_of(dns::Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

RedisSession::RedisSession(const RedisLogin& login, TimePoint now)
    : reader_(kMostReply), last_heard_(now) {
  if (!login.password.empty()) {
    std::vector<std::string_view> auth{"AUTH", login.password};
    if (!login.username.empty()) auth.insert(auth.begin() + 1, login.username);
    queue(RedisCommand::auth, {}, auth, now);
  }
  if (login.database != 0) {
    const std::string database = std::to_string(login.database);
    queue(RedisCommand::select, {}, std::array<std::string_view, 2>{"SELECT", database}, now);
  }
  ping(now);
}

bool RedisSession::take(dns::Bytes bytes, TimePoint now,
                        FunctionRef<void(const RedisAnswer&)> on_answer) {
  last_heard_ = now;
  const bool sound =
      reader_.feed(bytes, [&](const RedisReply& reply) { on_reply(reply, on_answer); });
  if (!sound) end(State::broken, "what the server says is not the protocol of Redis");
  return state_ == State::login || state_ == State::ready;
}

void RedisSession::set(std::string_view name, dns::Bytes value, std::chrono::milliseconds keep,
                       TimePoint now) {
  const std::string milliseconds = std::to_string(keep.count());
  const std::array<std::string_view, 5> arguments{"SET", name, text_of(value), "PX", milliseconds};
  queue(RedisCommand::set, {}, arguments, now);
}

/// GETRANGE rather than GET: whoever can write there could make us read half a gigabyte.
void RedisSession::get(std::string_view name, std::size_t most, RedisTag tag, TimePoint now) {
  const std::string last = std::to_string(most - 1);
  queue(RedisCommand::get, tag, std::array<std::string_view, 4>{"GETRANGE", name, "0", last}, now);
}

void RedisSession::ping(TimePoint now) {
  queue(RedisCommand::ping, {}, std::array<std::string_view, 1>{"PING"}, now);
}

void RedisSession::queue(RedisCommand command, RedisTag tag,
                         std::span<const std::string_view> arguments, TimePoint now) {
  append_command(output_, arguments);
  pending_.push_back({command, tag, now});
}

void RedisSession::on_reply(const RedisReply& reply,
                            FunctionRef<void(const RedisAnswer&)> on_answer) {
  if (state_ != State::login && state_ != State::ready) return;
  if (pending_.empty()) {
    return end(State::broken, "the server sent a reply to nothing");
  }
  const Pending done = pending_.front();
  pending_.pop_front();
  if (state_ == State::login) return on_login(done.command, reply);
  if (done.command != RedisCommand::ping) on_answer({done.command, done.tag, reply});
}

void RedisSession::on_login(RedisCommand command, const RedisReply& reply) {
  if (reply.kind == RedisReply::Kind::error) {
    const char* what = command == RedisCommand::auth     ? "the password"
                       : command == RedisCommand::select ? "the database"
                                                         : "us";
    return end(State::refused,
               std::string("the server refused ") + what + ": " + error_code(reply.text));
  }
  if (reply.kind != RedisReply::Kind::status) {
    return end(State::broken, "the server's reply is not one to our command");
  }
  if (command == RedisCommand::ping) state_ = State::ready;
}

void RedisSession::end(State state, std::string fault) {
  if (state_ == State::refused || state_ == State::broken) return;
  state_ = state;
  fault_ = std::move(fault);
}

}  // namespace holdfast
