// ReplyScan: takes the parser's events of one JSON-RPC reply and keeps the members that matter. The
// one file of this folder that knows the JSON library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::rpc {

/// A reply's members as they stand, whatever they mean. Strings of hex are not read yet.
struct ScannedReply {
  enum class Result : std::uint8_t { none, text, object, other };

  bool versioned = false;  // "jsonrpc": "2.0"
  std::optional<std::uint64_t> id;
  Result result = Result::none;
  bool says_false = false;                 // a result that is `false`
  std::string text;                        // of a result that is a string
  std::string number, hash, parent, time;  // of one that is a block
  bool has_error = false;
  std::optional<std::int64_t> code;
  std::string message;
  std::string data;  // the first string with "0x" in it at or below error.data
};

/// nullopt if it is no JSON, no object, nested too deep, or says a thing twice.
[[nodiscard]] std::optional<ScannedReply> scan_reply(std::string_view body);

/// The string that is the member "data" of an object. nullopt without one, and as above.
[[nodiscard]] std::optional<std::string> scan_data_member(std::string_view body);

}  // namespace holdfast::rpc
