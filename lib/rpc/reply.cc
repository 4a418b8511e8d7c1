#include "rpc/reply.h"

#include <algorithm>
#include <charconv>

#include "rpc/reply_scan.h"

namespace holdfast::rpc {
namespace {

constexpr std::size_t kLongestWhy = 120;

// Codes of JSON-RPC and of EIP-1474.
constexpr std::int64_t kNoResource = -32001, kLimitExceeded = -32005, kLowestReserved = -32700,
                       kInvalidParams = -32602, kInternal = -32603, kHighestReserved = -32600;
constexpr std::int64_t kReverted = 3;

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kLongestWhy));
  std::ranges::replace_if(
      out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

Failure malformed(const char* why) {
  return {Fault::malformed, why};
}

bool says(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The first run of hex in it, "0x" included; "" if there is none.
std::string_view hex_run(std::string_view text) {
  const auto start = text.find("0x");
  if (start == std::string_view::npos) return {};
  auto end = start + 2;
  while (end < text.size() && is_hex(text[end]))
    ++end;
  return text.substr(start, end - start);
}

std::optional<std::uint64_t> quantity(std::string_view text) {
  if (!text.starts_with("0x") || text.size() < 3) return std::nullopt;
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 2, last, number, 16);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

std::optional<ens::Hash> hash(std::string_view text) {
  const auto bytes = ens::from_hex(text);
  ens::Hash out{};
  if (!bytes || bytes->size() != out.size()) return std::nullopt;
  std::ranges::copy(*bytes, out.begin());
  return out;
}

/// The reply to `id`, with a result or an error.
std::variant<ScannedReply, Failure> scan(std::string_view body, std::uint64_t id) {
  auto reply = scan_reply(body);
  if (!reply) return malformed("no JSON-RPC in the body");
  if (!reply->versioned || reply->id != id) return malformed("a reply to something else");
  const bool has_result = reply->result != ScannedReply::Result::none;
  // "result": null stands beside an error in replies of some.
  const bool nothing = reply->result == ScannedReply::Result::other;
  if (reply->has_error ? has_result && !nothing : !has_result) {
    return malformed("neither a result nor an error alone");
  }
  return std::move(*reply);
}

Failure failure_of(const ScannedReply& reply) {
  const std::int64_t code = reply.code.value_or(0);
  Failure failure{Fault::refused, std::to_string(code) + " " + printable(reply.message)};
  if (code == kLimitExceeded) failure.fault = Fault::rate_limited;
  if (code == kInvalidParams) failure.fault = Fault::bad_parameter;
  if (code == kNoResource || says(reply.message, "header not found") ||
      says(reply.message, "unknown block")) {
    failure.fault = Fault::no_block;
  }
  return failure;
}

/// An error of the client's own, which no contract can cause. -32603 and the like are none.
bool is_own_error(std::int64_t code) {
  return code == kNoResource || code == kLimitExceeded ||
         (kLowestReserved <= code && code <= kHighestReserved);
}

static_assert(kLowestReserved < kInternal && kInvalidParams < kHighestReserved);

/// The shapes in which clients say that a call was reverted.
std::variant<CallEnd, Failure> read_error(const ScannedReply& reply) {
  const std::int64_t code = reply.code.value_or(0);
  if (is_own_error(code)) return failure_of(reply);
  CallEnd end;
  end.reverted = true;
  const auto run = hex_run(reply.data);
  if (run.size() > 2) {
    auto data = ens::from_hex(run);
    if (!data) return malformed("an odd number of digits");
    end.data = std::move(*data);
    return end;
  }
  end.bare = true;
  const bool told =
      code == kReverted || says(reply.message, "revert") || says(reply.message, "VM execution");
  if (told) return end;
  return failure_of(reply);
}

}  // namespace

std::variant<CallEnd, Failure> read_call_reply(std::string_view body, std::uint64_t id) {
  const auto scanned = scan(body, id);
  if (const auto* failure = std::get_if<Failure>(&scanned)) return *failure;
  const auto& reply = std::get<ScannedReply>(scanned);
  if (reply.has_error) return read_error(reply);
  if (reply.result != ScannedReply::Result::text) return malformed("a result that is no string");
  auto data = ens::from_hex(reply.text);
  if (!data) return malformed("a result that is no hex");
  CallEnd end;
  end.data = std::move(*data);
  return end;
}

std::variant<Head, Failure> read_head_reply(std::string_view body, std::uint64_t id) {
  const auto scanned = scan(body, id);
  if (const auto* failure = std::get_if<Failure>(&scanned)) return *failure;
  const auto& reply = std::get<ScannedReply>(scanned);
  if (reply.has_error) return failure_of(reply);
  const auto number = quantity(reply.number);
  const auto time = quantity(reply.time);
  const auto own = hash(reply.hash);
  const auto parent = hash(reply.parent);
  if (!number || !time || !own || !parent) return malformed("no block's header");
  return Head{*number, *own, *parent, *time};
}

std::variant<std::uint64_t, Failure> read_quantity_reply(std::string_view body, std::uint64_t id) {
  const auto scanned = scan(body, id);
  if (const auto* failure = std::get_if<Failure>(&scanned)) return *failure;
  const auto& reply = std::get<ScannedReply>(scanned);
  if (reply.has_error) return failure_of(reply);
  const auto number = quantity(reply.text);
  if (!number) return malformed("no quantity");
  return *number;
}

std::variant<bool, Failure> read_syncing_reply(std::string_view body, std::uint64_t id) {
  const auto scanned = scan(body, id);
  if (const auto* failure = std::get_if<Failure>(&scanned)) return *failure;
  const auto& reply = std::get<ScannedReply>(scanned);
  if (reply.has_error) return failure_of(reply);
  const bool syncing = reply.result == ScannedReply::Result::object;
  if (!syncing && !reply.says_false) return malformed("neither an object nor false");
  return syncing;
}

const char* to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::unreachable:
      return "unreachable";
    case Fault::timed_out:
      return "timed_out";
    case Fault::http_status:
      return "http_status";
    case Fault::rate_limited:
      return "rate_limited";
    case Fault::unauthorised:
      return "unauthorised";
    case Fault::malformed:
      return "malformed";
    case Fault::too_large:
      return "too_large";
    case Fault::refused:
      return "refused";
    case Fault::bad_parameter:
      return "bad_parameter";
    case Fault::no_block:
      return "no_block";
  }
  return "?";
}

}  // namespace holdfast::rpc
