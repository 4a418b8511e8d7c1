#include "fleet/fleet_reads.h"

namespace holdfast {
namespace {

dns::Bytes bytes_of(const std::string& text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Of replies under several keys: an answer is what was looked for; else the first thing to say.
FleetRead better(FleetRead a, FleetRead b) noexcept {
  if (a == FleetRead::hit || b == FleetRead::hit) return FleetRead::hit;
  return a == FleetRead::miss ? b : a;
}

}  // namespace

FleetReads::FleetReads(const FleetKeys& keys, FleetPolicy policy, Cache& cache,
                       FleetCounters& counters, Finished finished)
    : keys_(keys),
      policy_(std::move(policy)),
      cache_(cache),
      counters_(counters),
      finished_(std::move(finished)),
      buffer_(65535) {}

void FleetReads::begin(const FleetQuestion& question, const FleetTicket& ticket,
                       RedisSession* session, TimePoint now) {
  if (session == nullptr || !session->has_room() || open_.full()) {
    return finished_(ticket, FleetRead::failed);
  }
  const SlabHandle handle = open_.emplace(Read{question, ticket, keys_.size()});
  for (std::size_t which = 0; which < keys_.size(); ++which) {
    // One byte more than ours can have tells that it is larger.
    session->get(keys_.name_of(question.key(), policy_.prefix, which), kMostValueBytes + 1,
                 {handle.token(), which}, now);
  }
}

void FleetReads::on_reply(const RedisTag& tag, const RedisReply& reply, UnixTime unix_now,
                          TimePoint now) {
  const SlabHandle handle = SlabHandle::from_token(tag.token);
  Read* read = open_.find(handle);
  if (read == nullptr) return;
  read->result = better(read->result, judge(*read, tag.which, reply, unix_now, now));
  if (--read->left > 0) return;
  const FleetTicket ticket = read->ticket;
  const FleetRead result = read->result;
  open_.erase(handle);
  finished_(ticket, result);
}

void FleetReads::fail_all() {
  open_.for_each([this](SlabHandle handle, const Read& read) {
    const FleetTicket ticket = read.ticket;
    open_.erase(handle);
    finished_(ticket, FleetRead::failed);
  });
}

FleetRead FleetReads::judge(const Read& read, std::size_t which, const RedisReply& reply,
                            UnixTime unix_now, TimePoint now) {
  if (reply.kind == RedisReply::Kind::nil) return FleetRead::miss;
  if (reply.kind != RedisReply::Kind::bulk) return FleetRead::failed;
  if (reply.text.empty()) return FleetRead::miss;
  const CacheKey key = read.question.key();
  const std::string name = keys_.name_of(key, policy_.prefix, which);
  DecodedRecord record;
  const ValueFault fault = open_value(keys_, {name, key, unix_now, policy_.max_stale},
                                      bytes_of(reply.text), buffer_, record);
  if (fault != ValueFault::none) {
    counters_.rejected[fault].add();
    return FleetRead::rejected;
  }
  // What the cache holds by now is worth more, and as good an answer.
  (void)cache_.restore(key, record.answer, record.tags, lifetime_of(record.times, unix_now, now));
  return FleetRead::hit;
}

}  // namespace holdfast
