#include "fleet/redis_wire.h"

#include <algorithm>
#include <hiredis/hiredis.h>

namespace holdfast {
namespace {

RedisReply* reply_of(const redisReadTask* task) noexcept {
  return static_cast<RedisReply*>(task->privdata);
}

void* set(const redisReadTask* task, RedisReply::Kind kind, std::string_view text) noexcept {
  RedisReply* reply = reply_of(task);
  reply->kind = kind;
  reply->text = text;
  return reply;
}

void* on_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
  using Kind = RedisReply::Kind;
  const Kind kind = task->type == REDIS_REPLY_STATUS  ? Kind::status
                    : task->type == REDIS_REPLY_ERROR ? Kind::error
                                                      : Kind::bulk;
  return set(task, kind, {text, size});
}

void* on_integer(const redisReadTask* task, long long /*value*/) noexcept {
  return set(task, RedisReply::Kind::integer, {});
}

void* on_nil(const redisReadTask* task) noexcept {
  return set(task, RedisReply::Kind::nil, {});
}

/// hiredis takes nullptr for "no memory" and gives up the connection: which is what we want for
/// arrays and all that RESP3 added. No command of ours is answered so, and an array's length alone
/// would have memory allocated for it.
template <typename Functions>
void refuse_the_rest(Functions& functions) {
  functions.createArray = [](const redisReadTask*, auto) -> void* { return nullptr; };
  if constexpr (requires { functions.createDouble; }) {
    functions.createDouble = [](const redisReadTask*, double, char*,
                                std::size_t) noexcept -> void* { return nullptr; };
    functions.createBool = [](const redisReadTask*, int) noexcept -> void* { return nullptr; };
  }
}

redisReplyObjectFunctions* functions() {
  static redisReplyObjectFunctions all = [] {
    redisReplyObjectFunctions made{};
    made.createString = on_string;
    made.createInteger = on_integer;
    made.createNil = on_nil;
    made.freeObject = [](void*) noexcept {};
    refuse_the_rest(made);
    return made;
  }();
  return &all;
}

}  // namespace

RedisReader::RedisReader(std::size_t most)
    : most_(most),
      reply_(std::make_unique<RedisReply>()),
      reader_(redisReaderCreateWithFunctions(functions())) {
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = reply_.get();
}

RedisReader::~RedisReader() {
  redisReaderFree(reader_);
}

bool RedisReader::feed(std::span<const std::uint8_t> bytes,
                       FunctionRef<void(const RedisReply&)> on_reply) {
  // In pieces, so that no more than a reply and a piece is ever held.
  constexpr std::size_t kPiece = 16'384;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    bytes = bytes.subspan(piece.size());
    const auto* text = reinterpret_cast<const char*>(piece.data());
    if (redisReaderFeed(reader_, text, piece.size()) != REDIS_OK) return false;
    void* reply = nullptr;
    while (redisReaderGetReply(reader_, &reply) == REDIS_OK && reply != nullptr)
      on_reply(*reply_);
    if (reader_->err != 0 || reader_->len - reader_->pos > most_) return false;
  }
  return true;
}

void append_command(std::vector<std::uint8_t>& out, std::span<const std::string_view> arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* command = nullptr;
  const auto size =
      redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  out.insert(out.end(), command, command + size);
  redisFreeCommand(command);
}

std::string error_code(std::string_view error) {
  constexpr std::size_t kLongest = 20;
  const auto end = std::ranges::find_if(error, [](char c) { return c < 'A' || c > 'Z'; });
  const auto size = static_cast<std::size_t>(end - error.begin());
  return size == 0 || size > kLongest ? "an error" : std::string(error.substr(0, size));
}

}  // namespace holdfast
