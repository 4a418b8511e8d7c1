#include <array>

#include "config/parse.h"
#include "config/read.h"

namespace holdfast {
namespace {

struct CountLimit {
  std::string_view name;
  std::size_t Limits::*field;
  Range<std::int64_t> range;
};

constexpr std::array<CountLimit, 6> kCounts{{
    {"lookups", &Limits::lookups, {16, 10'000'000}},
    {"waiters", &Limits::waiters, {16, 10'000'000}},
    {"waiters_per_lookup", &Limits::waiters_per_lookup, {1, 1'000'000}},
    {"tcp_clients", &Limits::tcp_clients, {1, 1'000'000}},
    {"tcp_clients_per_address", &Limits::tcp_clients_per_address, {1, 1'000'000}},
    {"tcp_queries_per_connection", &Limits::tcp_queries_per_connection, {1, 65'535}},
}};

}  // namespace

void parse_limits(const Node& node, Report& report, Limits& limits) {
  // At least one whole message.
  constexpr Range<std::uint64_t> kUnsent{65'537, std::uint64_t{1024} * 1024 * 1024};
  ObjectReader reader(node, report);
  for (const CountLimit& limit : kCounts) {
    if (const Node* n = reader.find(limit.name)) {
      read_integer(*n, limit.range, report, limits.*limit.field);
    }
  }
  if (const Node* n = reader.find("tcp_unsent_bytes")) {
    read_size(*n, kUnsent, report, limits.tcp_unsent_bytes);
  }
  if (const Node* n = reader.find("tcp_idle")) {
    read_duration(*n, {100ms, 1h}, report, limits.tcp_idle);
  }
  if (const Node* n = reader.find("tcp_frame")) {
    read_duration(*n, {100ms, 5min}, report, limits.tcp_frame);
  }
  reader.finish();
}

}  // namespace holdfast
