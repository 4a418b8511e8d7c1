// CNAMEs whose target the upstream left out. The target is a question of its own, routed anew (a
// public upstream is never asked about a private target); its answer is put behind the CNAMEs that
// led there.
#include <algorithm>

#include "dns/rdata.h"
#include "dns/ttl.h"
#include "resolver/engine.h"
#include "resolver/local_names.h"

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

/// The target's answer if it needs no lookup: given here, or held fresh. Empty otherwise.
std::vector<std::uint8_t> Engine::known_target(LookupRequest& request, TimePoint now) {
  std::array<std::uint8_t, 512> query;
  std::array<std::uint8_t, 4096> buffer;
  const auto asked = dns::QueryView::parse(dns::write_query(request.question, {}, query));
  std::vector<std::uint8_t> known;
  if (const auto here = answer_here(asked, request.route, hosts_, buffer)) {
    known.assign(here->begin(), here->end());
    return known;
  }
  request.found = parts_.cache.find(request.key(), now, [&](const CachedAnswer& cached) {
    known.assign(cached.message.begin(), cached.message.end());
    dns::age_ttls(known, cached.ttl_offsets, cached.age);
  });
  return known;
}

/// True: the record waits for its target, or was delivered with it; false: the answer goes out as
/// it is.
bool Engine::chase(SlabHandle handle, LookupRecord& record, const dns::NormalisedAnswer& answer,
                   const AnswerTags& tags, TimePoint now) {
  const dns::Question target{answer.last_name, record.question.type, record.question.rr_class};
  if (record.chase_depth >= kMaxChase) return false;
  LookupRequest request{target,
                        record.dnssec_ok,
                        record.checking_disabled,
                        snapshot_->routes.find(target.name.wire()),
                        {},
                        static_cast<std::uint8_t>(record.chase_depth + 1)};
  const std::vector<std::uint8_t> known = known_target(request, now);
  record.front.keep(answer, tags);
  record.chasing = true;
  if (!known.empty()) {
    complete_chain(handle, known, now);
    return true;
  }
  if (request.route != nullptr && wait_for_target(request, handle, now)) {
    if (LookupRecord* waiting = lookups_.find(handle)) rearm(handle, *waiting);
    return true;
  }
  record.chasing = false;
  return false;
}

/// Is `above` this lookup, or one that waits for it through however many CNAMEs?
bool Engine::waits_for(SlabHandle lookup, SlabHandle above) {
  if (lookup == above) return true;
  LookupRecord* record = lookups_.find(lookup);
  return record != nullptr && std::ranges::any_of(record->parents, [&](SlabHandle parent) {
           return waits_for(parent, above);
         });
}

bool Engine::wait_for_target(const LookupRequest& request, SlabHandle parent, TimePoint now) {
  const SlabHandle running = find_running(request, hash_of(request.key()));
  if (waits_for(parent, running)) return false;  // the chain bites its tail
  const bool joins = lookups_.find(running) != nullptr;
  const SlabHandle child = joins ? running : start(request, true, now);
  LookupRecord* record = lookups_.find(child);
  if (record == nullptr) return false;
  record->parents.push_back(parent);
  if (!joins) drive(child, now);
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
  const bool public_view = answer != nullptr && target.public_view();
  for (const SlabHandle parent : parents) {
    LookupRecord* record = lookups_.find(parent);
    if (record == nullptr || !record->chasing) continue;
    if (answer == nullptr) {
      fail(parent, *record, now);
    } else {
      record->target_public = public_view;
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
