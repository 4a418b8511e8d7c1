#include "cache/slot.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <malloc.h>
#include <new>

#include "dns/header.h"
#include "dns/message_view.h"
#include "dns/wire_reader.h"

namespace holdfast {
namespace {

/// UpstreamClass::cloud, which lies in a layer that the cache does not see.
constexpr std::uint8_t kCloud = 0;
/// What malloc keeps before each block.
constexpr std::size_t kBlockOverhead = sizeof(std::size_t);

std::size_t count_ttls(const dns::MessageView& message) noexcept {
  std::size_t count = 0;
  message.for_each([&](const dns::Record& record) {
    count += record.type == dns::RrType::opt ? 0 : 1;
    return true;
  });
  return count;
}

std::int32_t whole_milliseconds(Duration d) noexcept {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(d).count();
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(ms, INT32_MIN, INT32_MAX));
}

std::int32_t whole_seconds(TimePoint at) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(seconds, INT32_MIN, INT32_MAX));
}

}  // namespace

Place place_of(const CacheKey& key, const dns::NormalisedAnswer& answer) noexcept {
  if (answer.kind == dns::AnswerKind::positive) return Place::positive;
  const bool of_asked_name = dns::equal_names(answer.last_name.wire(), key.name);
  return answer.kind == dns::AnswerKind::nxdomain && of_asked_name ? Place::nxdomain
                                                                   : Place::negative;
}

std::uint32_t slot_hash(std::uint64_t name_hash, const CacheKey& key, Place place) noexcept {
  const bool whole_name = place == Place::nxdomain;
  std::uint64_t rest = static_cast<std::uint64_t>(whole_name ? dns::RrType::none : key.type);
  rest |= static_cast<std::uint64_t>(key.rr_class) << 16U;
  rest |= static_cast<std::uint64_t>(whole_name) << 32U;
  rest |= static_cast<std::uint64_t>(key.dnssec_ok) << 34U;
  rest |= static_cast<std::uint64_t>(key.checking_disabled) << 35U;
  std::uint64_t mixed = (name_hash + rest) * 0x9e3779b97f4a7c15U;
  mixed ^= mixed >> 32U;
  mixed *= 0xd6e8feb86659fd93U;
  return static_cast<std::uint32_t>(mixed >> 32U) | 1U;
}

void FreeSlot::operator()(Slot* slot) const noexcept {
  slot->~Slot();
  ::operator delete(slot);
}

SlotPtr Slot::make(const CacheKey& key, const dns::NormalisedAnswer& answer, const AnswerTags& tags,
                   const Lifetime& times) noexcept {
  const auto message = dns::MessageView::parse(answer.message);
  if (!message.ok() || answer.message.size() > UINT16_MAX) return nullptr;
  const std::size_t size =
      sizeof(Slot) + count_ttls(message) * sizeof(std::uint16_t) + answer.message.size();
  void* memory = ::operator new(size, std::nothrow);
  if (memory == nullptr) return nullptr;
  SlotPtr slot(new (memory) Slot(key, answer, tags, times));
  slot->append(message);
  return slot->holds(key, slot->place()) ? std::move(slot) : nullptr;
}

Slot::Slot(const CacheKey& key, const dns::NormalisedAnswer& answer, const AnswerTags& tags,
           const Lifetime& times) noexcept
    : stored_(times.stored),
      life_ms_(whole_milliseconds(times.expires - times.stored)),
      since_seconds_(whole_seconds(times.since)),
      message_size_(static_cast<std::uint16_t>(answer.message.size())),
      blocked_(tags.blocked),
      upstream_class_(tags.upstream_class & 0x1fU),
      kind_(answer.kind),
      whole_name_(place_of(key, answer) == Place::nxdomain),
      dnssec_ok_(key.dnssec_ok),
      checking_disabled_(key.checking_disabled),
      authentic_(tags.authentic),
      holds_private_address_(tags.holds_private_address) {}

/// Lays offsets and message behind the header, where make() has left room for them.
void Slot::append(const dns::MessageView& message) noexcept {
  message.for_each([this](const dns::Record& record) {
    if (record.type != dns::RrType::opt) {
      offsets()[ttl_count_++] = static_cast<std::uint16_t>(record.ttl_at);
    }
    return true;
  });
  std::memcpy(offsets() + ttl_count_, message.message().data(), message_size_);
}

std::uint16_t* Slot::offsets() noexcept {
  return reinterpret_cast<std::uint16_t*>(this + 1);
}

const std::uint16_t* Slot::offsets() const noexcept {
  return reinterpret_cast<const std::uint16_t*>(this + 1);
}

dns::Bytes Slot::message() const noexcept {
  return {reinterpret_cast<const std::uint8_t*>(offsets() + ttl_count_), message_size_};
}

Place Slot::place() const noexcept {
  if (kind_ == dns::AnswerKind::positive) return Place::positive;
  return whole_name_ ? Place::nxdomain : Place::negative;
}

bool Slot::holds(const CacheKey& key, Place where) const noexcept {
  if (place() != where || dnssec_ok_ != key.dnssec_ok) return false;
  if (checking_disabled_ != key.checking_disabled) return false;
  const std::size_t name_end = dns::kHeaderBytes + key.name.size();
  if (name_end > message_size_) return false;
  // A whole name that equals a prefix of the question is the question's name: it ends in the root.
  if (!dns::equal_names(message().subspan(dns::kHeaderBytes, key.name.size()), key.name))
    return false;
  dns::WireReader reader(message(), name_end);
  const auto type = static_cast<dns::RrType>(reader.u16());
  const auto rr_class = static_cast<dns::RrClass>(reader.u16());
  return rr_class == key.rr_class && (where == Place::nxdomain || type == key.type);
}

CacheKey Slot::key() const noexcept {
  dns::WireReader reader(message(), dns::kHeaderBytes);
  reader.skip_name();
  const auto name = message().subspan(dns::kHeaderBytes, reader.at() - dns::kHeaderBytes);
  const auto type = static_cast<dns::RrType>(reader.u16());
  const auto rr_class = static_cast<dns::RrClass>(reader.u16());
  return {name, type, rr_class, dnssec_ok_, checking_disabled_};
}

CachedAnswer Slot::answer(TimePoint now) const noexcept {
  // Another worker's `now` may be a little ahead of this one's.
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(std::max(now, stored_) - stored_);
  return {message(),
          {offsets(), ttl_count_},
          kind_,
          {authentic_, holds_private_address_, upstream_class_, blocked_},
          static_cast<std::uint32_t>(std::min<std::int64_t>(age.count(), UINT32_MAX)),
          expires() - now};
}

std::size_t Slot::asked_records() const noexcept {
  const auto view = dns::MessageView::parse(message());
  const dns::RrType asked = key().type;
  std::size_t count = 0;
  view.for_each([&](const dns::Record& record) {
    count += record.section == dns::Section::answer && record.type == asked ? 1 : 0;
    return true;
  });
  return count;
}

bool Slot::shrinks(const Slot& earlier) const noexcept {
  constexpr std::uint16_t kFewest = 3;  // of less, something is left or nothing
  if (earlier.ttl_count_ < kFewest || ttl_count_ >= earlier.ttl_count_) return false;
  return 2 * asked_records() < earlier.asked_records();
}

bool Slot::hints_split_view() const noexcept {
  return upstream_class_ == kCloud && holds_private_address_;
}

std::size_t Slot::cost() const noexcept {
  // Asked, not guessed: rounding differs between allocators.
  return malloc_usable_size(const_cast<Slot*>(this)) + kBlockOverhead;
}

}  // namespace holdfast
