// CNAMEs whose target the upstream left out. The target is a question of its own, routed anew (a
// public upstream is never asked about a private target); its answer is put behind the CNAMEs that
// led there.
#include <algorithm>

#include "dns/rdata.h"
#include "resolver/engine.h"

namespace holdfast {
namespace {

// CNAMEs over lookups, not records: a chain this long is a mistake or an attack.
constexpr std::uint8_t kMaxChase = 8;

/// Appends the message's records of one section with all names written out.
std::uint16_t append(dns::Bytes message, dns::Section section, dns::WireWriter& writer) {
  const auto view = dns::MessageView::parse(message);
  std::uint16_t count = 0;
  view.for_each([&](const dns::Record& record) {
    if (record.section != section) return true;
    writer.bytes(view.owner(record).wire());
    writer.u16(static_cast<std::uint16_t>(record.type));
    writer.u16(static_cast<std::uint16_t>(record.rr_class));
    writer.u32(record.ttl);
    const std::size_t length_at = writer.at();
    writer.u16(0);
    const bool sound = dns::walk_rdata(message, record, [&](const dns::RdataPart& part) {
      writer.bytes(part.name != nullptr ? part.name->wire() : part.bytes);
    });
    if (!sound || !writer.ok()) return false;
    writer.patch_u16(length_at, static_cast<std::uint16_t>(writer.at() - length_at - 2));
    ++count;
    return true;
  });
  return count;
}

/// One message: the question, the CNAMEs of `front`, and what `target` says.
dns::Bytes join(const dns::Question& question, dns::Bytes front, dns::Bytes target,
                std::span<std::uint8_t> buffer) {
  const auto header = dns::Header::read(target);
  if (!header) return {};
  dns::Header joined;
  joined.flags = static_cast<std::uint16_t>(dns::flag::qr | header->rcode_bits());
  joined.qdcount = 1;
  dns::WireWriter writer(buffer);
  joined.write(writer);
  question.write(writer);
  joined.ancount = append(front, dns::Section::answer, writer);
  joined.ancount =
      static_cast<std::uint16_t>(joined.ancount + append(target, dns::Section::answer, writer));
  joined.nscount = append(target, dns::Section::authority, writer);
  if (!writer.ok()) return {};
  const std::size_t size = writer.at();
  writer.rollback(0);
  joined.write(writer);
  writer.rollback(size);
  return writer.written();
}

}  // namespace

/// True: the record waits for its target; false: the answer goes out as it is.
bool Engine::chase(SlabHandle handle, LookupRecord& record, const dns::NormalisedAnswer& answer,
                   const AnswerTags& tags, TimePoint now) {
  const dns::Question target{answer.last_name, record.question.type, record.question.rr_class};
  const Route* route = snapshot_->routes.find(target.name.wire());
  if (record.chase_depth >= kMaxChase || route == nullptr || route->upstream_count() == 0)
    return false;
  LookupRequest request{target,
                        record.dnssec_ok,
                        record.checking_disabled,
                        route,
                        {},
                        static_cast<std::uint8_t>(record.chase_depth + 1)};
  record.front.keep(answer, tags);
  record.chasing = true;
  rearm(handle, record);
  std::vector<std::uint8_t> held;
  request.found = parts_.cache.find(request.key(), now, [&](const CachedAnswer& cached) {
    held.assign(cached.message.begin(), cached.message.end());
  });
  if (request.found.freshness == Freshness::fresh) {
    complete_chain(handle, held, now);
    return true;
  }
  SlabHandle child = find_running(request, hash_of(request.key()));
  const bool running = lookups_.find(child) != nullptr;
  if (child == handle) return false;  // the chain bites its tail
  if (!running) child = start(request, true, now);
  LookupRecord* target_record = lookups_.find(child);
  if (target_record == nullptr) return false;
  target_record->parents.push_back(handle);
  if (!running) drive(child, now);
  return true;
}

/// Tells the lookups whose CNAME leads to this one. nullptr: it failed.
void Engine::target_answered(LookupRecord& target, const dns::NormalisedAnswer* answer,
                             TimePoint now) {
  const std::vector<SlabHandle> parents = std::move(target.parents);
  target.parents.clear();
  if (parents.empty()) return;
  std::vector<std::uint8_t> message;
  if (answer != nullptr) message.assign(answer->message.begin(), answer->message.end());
  for (const SlabHandle parent : parents) {
    LookupRecord* record = lookups_.find(parent);
    if (record == nullptr || !record->chasing) continue;
    if (answer == nullptr) {
      fail(parent, *record, now);
    } else {
      complete_chain(parent, message, now);
    }
  }
}

void Engine::complete_chain(SlabHandle handle, dns::Bytes target_message, TimePoint now) {
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) return;
  const dns::Bytes joined =
      join(record->question, record->front.message, target_message, chain_buffer_);
  const auto view = dns::MessageView::parse(joined);
  auto answer = view.ok() ? dns::normalise(view, record->dnssec_ok, normal_buffer_) : std::nullopt;
  if (!answer) {
    fail(handle, *record, now);
    return;
  }
  answer->chain_open = false;
  AnswerTags tags = record->front.tags;
  tags.authentic = false;  // two answers, and only one was vouched for
  tags.holds_private_address = answer->holds_private_address;
  record->chasing = false;
  deliver(handle, *record, *answer, tags, now);
}

}  // namespace holdfast
