// Keys, answers and a server that exists on paper, for the fleet's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "cache/record.h"
#include "fleet/fleet_keys.h"
#include "fleet/redis_session.h"
#include "tests/unit/cache/answers.h"

namespace holdfast::test {

inline const std::string kKey(64, 'a');
inline const std::string kOldKey(64, 'b');
inline constexpr UnixTime kWall{1'800'000'000};

inline FleetKeys keys(const std::string& text = kKey) {
  auto parsed = FleetKeys::parse(text);
  return std::get<FleetKeys>(std::move(parsed));
}

/// An answer learnt at `stored`, as a worker hands it over.
inline std::vector<std::uint8_t> record_of(const Asked& asked, UnixTime stored = kWall,
                                           std::chrono::seconds ttl = 300s,
                                           dns::AnswerKind kind = dns::AnswerKind::positive) {
  std::vector<std::uint8_t> record;
  encode_record(asked.key(), Answer(asked, kind).wire, {}, {stored, stored + ttl, stored}, record);
  return record;
}

inline dns::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string text_of(dns::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// "$5\r\nvalue\r\n"
inline std::string bulk(std::string_view value) {
  return '$' + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}

inline constexpr auto ignore = [](const RedisAnswer&) {};

/// Logged in, its output taken.
struct ReadySession : RedisSession {
  explicit ReadySession(TimePoint now = kStart) : RedisSession({}, now) {
    EXPECT_TRUE(take(bytes_of("+PONG\r\n"), now, ignore));
    (void)take_output();
  }
};

}  // namespace holdfast::test
