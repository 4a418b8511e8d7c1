// Answers for the cache's tests: small messages written by hand, with what normalise() would say of
// them.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.h"

namespace holdfast::test {

inline const TimePoint kStart = TimePoint{} + std::chrono::hours(1);

inline dns::Name name(std::string_view text) {
  return dns::Name::parse(text).value();
}

/// Seeded draws; the seed is in the test's text.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  std::mt19937 random_;
};

/// A key that owns its name.
struct Asked {
  dns::Name name;
  dns::RrType type = dns::RrType::a;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  dns::RrClass rr_class = dns::RrClass::in;

  explicit Asked(std::string_view text, dns::RrType asked_type = dns::RrType::a)
      : name(test::name(text)), type(asked_type) {}

  Asked with_do() const {
    Asked other = *this;
    other.dnssec_ok = true;
    return other;
  }

  Asked with_cd() const {
    Asked other = *this;
    other.checking_disabled = true;
    return other;
  }

  [[nodiscard]] CacheKey key() const {
    return {name.wire(), type, rr_class, dnssec_ok, checking_disabled};
  }
};

/// A message of `records` equal records of the asked type, `rdata` bytes each, and its description.
struct Answer {
  std::vector<std::uint8_t> wire;
  dns::NormalisedAnswer normalised{};

  Answer(const Asked& asked, dns::AnswerKind kind, unsigned records = 1, std::size_t rdata = 4) {
    wire.resize(12 + asked.name.wire().size() + 4 + records * (12 + rdata));
    dns::WireWriter writer(wire);
    dns::Header header;
    header.flags = dns::flag::qr;
    header.qdcount = 1;
    (kind == dns::AnswerKind::positive ? header.ancount : header.nscount) =
        static_cast<std::uint16_t>(records);
    header.write(writer);
    dns::Question{asked.name, asked.type, asked.rr_class}.write(writer);
    for (unsigned i = 0; i < records; ++i) {
      writer.u16(0xc00c);  // the question's name
      writer.u16(static_cast<std::uint16_t>(asked.type));
      writer.u16(static_cast<std::uint16_t>(asked.rr_class));
      writer.u32(300);
      writer.u16(static_cast<std::uint16_t>(rdata));
      writer.bytes(std::vector<std::uint8_t>(rdata, static_cast<std::uint8_t>(i)));
    }
    normalised.message = wire;
    normalised.kind = kind;
    normalised.ttl = 300;
    normalised.has_soa = true;
    normalised.last_name = asked.name;
  }

  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  /// The chain of CNAMEs ends at another name.
  Answer& behind_cname(std::string_view last) {
    normalised.last_name = name(last);
    return *this;
  }

  /// Makes two answers of one question tell apart.
  Answer& marked(std::uint8_t mark) {
    wire.back() = mark;
    return *this;
  }
};

/// What a visit saw, copied out.
struct Seen {
  bool used = false;
  std::vector<std::uint8_t> wire;
  std::vector<std::uint16_t> ttl_offsets;
  dns::AnswerKind kind{};
  AnswerTags tags;
  std::uint32_t age = 0;
  Duration left{};

  void operator()(const CachedAnswer& answer) {
    used = true;
    wire.assign(answer.message.begin(), answer.message.end());
    ttl_offsets.assign(answer.ttl_offsets.begin(), answer.ttl_offsets.end());
    kind = answer.kind;
    tags = answer.tags;
    age = answer.age;
    left = answer.left;
  }

  [[nodiscard]] unsigned mark() const { return wire.empty() ? 0U : wire.back(); }
};

/// A roomy cache with shorthands.
struct Bench {
  Cache cache{std::size_t{8} << 20U, 42};

  void put(const Asked& asked, const Answer& answer, Duration ttl, TimePoint now,
           AnswerTags tags = {}) {
    cache.insert(asked.key(), answer.normalised, tags, ttl, now);
  }

  void put(const Asked& asked, dns::AnswerKind kind, Duration ttl, TimePoint now) {
    put(asked, Answer(asked, kind), ttl, now);
  }

  CacheFound find(const Asked& asked, TimePoint now, Seen& seen) {
    return cache.find(asked.key(), now, seen);
  }

  Freshness freshness(const Asked& asked, TimePoint now) {
    Seen seen;
    const CacheFound found = find(asked, now, seen);
    return found.freshness;
  }
};

}  // namespace holdfast::test
