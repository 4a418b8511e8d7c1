// Replies of JSON-RPC 2.0, of which every byte may come from somebody who means ill: read in one
// pass, bounded in depth, nothing kept but the members that are asked for. What is not exactly a
// reply to the request is an endpoint's failure and never an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ens/bridge.h"

namespace holdfast::rpc {

/// Why an endpoint gave no answer.
enum class Fault : std::uint8_t {
  unreachable,    // no connection, or it broke
  timed_out,      //
  http_status,    // other than 200
  rate_limited,   // 429, or -32005
  unauthorised,   // 401, 403: asking again does not help
  malformed,      // no JSON-RPC reply to what was asked
  too_large,      // more than is read: what is on chain may be
  refused,        // an error of its own
  bad_parameter,  // it does not know this form of a block
  no_block,       // it does not have the block (yet, or any more)
};
inline constexpr std::size_t kFaults = 10;

[[nodiscard]] const char* to_string(Fault fault) noexcept;

struct Failure {
  Fault fault = Fault::malformed;
  std::string why;  // printable, short, for a log
};

/// What an eth_call came to on chain.
struct CallEnd {
  bool reverted = false;
  /// A revert without data. Some endpoints strip it: to be believed only from one that does not.
  bool bare = false;
  ens::Blob data;
};

/// The header of a block.
struct Head {
  std::uint64_t number = 0;
  ens::Hash hash{};
  ens::Hash parent{};
  std::uint64_t time = 0;  // seconds since 1970
};

/// Each reads the body of the reply to the request `id`.
[[nodiscard]] std::variant<CallEnd, Failure> read_call_reply(std::string_view body,
                                                             std::uint64_t id);
[[nodiscard]] std::variant<Head, Failure> read_head_reply(std::string_view body, std::uint64_t id);
[[nodiscard]] std::variant<std::uint64_t, Failure> read_quantity_reply(std::string_view body,
                                                                       std::uint64_t id);
/// Is it still catching up with the chain? An object says so; `false` is no.
[[nodiscard]] std::variant<bool, Failure> read_syncing_reply(std::string_view body,
                                                             std::uint64_t id);

}  // namespace holdfast::rpc
