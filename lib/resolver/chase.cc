// CNAMEs whose target the upstream left out. The target is a question of its own, routed anew (a
// public upstream is never asked about a private target); its answer is put behind the CNAMEs that
// led there.
#include <algorithm>
#include <utility>

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
Engine::ChainEnd Engine::known_target(LookupRequest& request, TimePoint now) {
  std::array<std::uint8_t, 512> query;
  std::array<std::uint8_t, 4096> buffer;
  const auto asked = dns::QueryView::parse(dns::write_query(request.question, {}, query));
  ChainEnd known;
  if (const auto here = answer_here(asked, request.route, hosts_, buffer)) {
    known.message.assign(here->begin(), here->end());
    known.stays = true;
    return known;
  }
  request.found = parts_.cache.find(request.key(), now, [&](const CachedAnswer& cached) {
    known.message.assign(cached.message.begin(), cached.message.end());
    known.tags = cached.tags;
    known.stays = request.route == nullptr || !may_leave(*request.route, cached.tags);
    dns::age_ttls(known.message, cached.ttl_offsets, cached.age);
  });
  return known;
}

/// True: the record waits for its target, or was delivered with it; false: the answer goes out as
/// it is.
bool Engine::chase(SlabHandle handle, LookupRecord& record, const dns::NormalisedAnswer& answer,
                   const AnswerTags& tags, TimePoint now) {
  record.front.keep(answer, tags);
  record.chasing = true;
  if (follow(handle, record, now)) return true;
  record.chasing = false;
  return false;
}

/// A witness says what the name's alias is, and nothing about that. It counts once the target is
/// known, if that comes in time; one is followed at once.
void Engine::chase_for_witness(SlabHandle handle, LookupRecord& record, std::uint8_t attempt,
                               const Judged& judged, TimePoint now) {
  if (record.chased) return;
  record.front.keep(*judged.answer, judged.tags);
  record.chased = attempt;
  if (!follow(handle, record, now)) record.chased.reset();
}

/// Looks for the target of the record's front. False: it cannot be had.
bool Engine::follow(SlabHandle handle, LookupRecord& record, TimePoint now) {
  if (record.chase_depth >= kMaxChase) return false;
  const dns::Question target{record.front.answer.last_name, record.question.type,
                             record.question.rr_class};
  LookupRequest request{target,
                        record.dnssec_ok,
                        record.checking_disabled,
                        snapshot_->routes.find(target.name.wire()),
                        {},
                        static_cast<std::uint8_t>(record.chase_depth + 1)};
  const ChainEnd known = known_target(request, now);
  if (!known.message.empty()) {
    complete_chain(handle, known, now);
    return true;
  }
  if (request.route == nullptr || !wait_for_target(request, handle, now)) return false;
  if (LookupRecord* waiting = lookups_.find(handle)) rearm(handle, *waiting);
  return true;
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
  ChainEnd end;
  if (answer != nullptr) {
    const Lookup& machine = target.machine;
    const std::uint8_t asked = machine.attempts()[machine.accepted()].ask.candidate;
    end.message.assign(answer->message.begin(), answer->message.end());
    end.tags = target.told;
    end.filtered = answer->kind != dns::AnswerKind::positive && target.upstream_at(asked).filters;
    end.public_view = target.public_view();
    end.stays = target.target_stays || !may_leave(*target.route, target.told);
  }
  for (const SlabHandle parent : parents) {
    LookupRecord* record = lookups_.find(parent);
    if (record == nullptr || !(record->chasing || record->chased)) continue;
    if (answer != nullptr) {
      complete_chain(parent, end, now);
    } else if (record->chasing) {
      fail(parent, *record, now);
    } else {
      record->chased.reset();  // that witness stays silent
    }
  }
}

/// The target is known: the whole is what the upstream that gave the CNAME has said.
void Engine::complete_chain(SlabHandle handle, const ChainEnd& end, TimePoint now) {
  LookupRecord* record = lookups_.find(handle);
  if (record == nullptr) return;
  const bool chasing = std::exchange(record->chasing, false);
  const std::uint8_t attempt = chasing ? record->machine.accepted() : *record->chased;
  record->chased.reset();
  const HeldAnswer& front = record->front;
  const dns::Bytes joined = join(record->question, front.message, end.message, chain_buffer_);
  const auto view = dns::MessageView::parse(joined);
  Judged judged;
  if (view.ok()) judged.answer = dns::normalise(view, record->dnssec_ok, normal_buffer_);
  if (!judged.answer) {
    if (chasing) fail(handle, *record, now);
    return;
  }
  judged.answer->chain_open = false;
  judged.verdict.outcome = refine(view, judged.answer);
  judged.verdict.blocked = end.filtered || end.tags.blocked != 0;
  judged.tags = front.tags;
  judged.tags.authentic = front.tags.authentic && end.tags.authentic;
  if (end.tags.blocked != 0) judged.tags.blocked = end.tags.blocked;
  judged.tags.holds_private_address = judged.answer->holds_private_address;
  if (chasing || !is_negative(judged.verdict.outcome)) {
    record->target_public = end.public_view;
    record->target_stays = end.stays;
  }
  if (chasing) {
    if (judged.verdict.blocked || !doubt_about(*record, judged, now)) {
      deliver(handle, *record, *judged.answer, judged.tags, now);
      return;
    }
    record->blamed = record->machine.attempts().size();
    record->machine.reopen();
  }
  heard(handle, *record, attempt, judged, now);
}

}  // namespace holdfast
