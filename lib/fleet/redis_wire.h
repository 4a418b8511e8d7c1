// The protocol of Redis and Valkey (RESP) as far as we speak it: commands out, replies of one value
// in. The only place that knows hiredis, of which it uses the parser and the formatter: sockets and
// TLS are lib/net's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"

struct redisReader;

namespace holdfast {

struct RedisReply {
  enum class Kind : std::uint8_t { status, error, integer, bulk, nil };
  Kind kind = Kind::nil;
  std::string text{};  // of status, error, bulk
};

/// Takes the server's bytes as they come. Whatever comes, it holds no more than one reply.
class RedisReader {
 public:
  /// A reply longer than `most` bytes is none of ours.
  explicit RedisReader(std::size_t most);
  ~RedisReader();
  RedisReader(const RedisReader&) = delete;
  RedisReader& operator=(const RedisReader&) = delete;

  /// Hands out each reply that is whole. False: this is not the protocol, or no reply that a
  /// command of ours has (an array, one that is too long); nothing may be fed any more.
  [[nodiscard]] bool feed(std::span<const std::uint8_t> bytes,
                          FunctionRef<void(const RedisReply&)> on_reply);

 private:
  std::size_t most_;
  std::unique_ptr<RedisReply> reply_;  // the one being read
  redisReader* reader_;
};

/// Appends a command; its arguments may hold any bytes.
void append_command(std::vector<std::uint8_t>& out, std::span<const std::string_view> arguments);

/// The code an error begins with ("WRONGPASS"), for logs: what follows may repeat what we sent.
[[nodiscard]] std::string error_code(std::string_view error);

}  // namespace holdfast
