// What the micro benchmarks work on: queries and answers for hNNNNNN.benchzone.com, as the load
// generator asks them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dns/normalise.h"
#include "dns/reply_builder.h"

namespace holdfast::micro {

inline dns::Name sample_name(unsigned number) {
  return dns::Name::parse("h" + std::to_string(number) + ".benchzone.com").value();
}

/// A query for A as dig sends it: RD, an OPT.
inline std::vector<std::uint8_t> sample_query(unsigned number) {
  std::array<std::uint8_t, 512> buffer{};
  const auto query = dns::write_query({sample_name(number)}, {.id = 4711}, buffer);
  return {query.begin(), query.end()};
}

/// Header, question and one A record.
inline std::vector<std::uint8_t> sample_answer(unsigned number) {
  std::array<std::uint8_t, 512> buffer{};
  dns::WireWriter writer(buffer);
  dns::Header header;
  header.flags = dns::flag::qr | dns::flag::rd | dns::flag::ra;
  header.qdcount = 1;
  header.ancount = 1;
  header.write(writer);
  dns::Question{sample_name(number)}.write(writer);
  writer.u16(0xc00c);  // the question's name
  writer.u16(static_cast<std::uint16_t>(dns::RrType::a));
  writer.u16(static_cast<std::uint16_t>(dns::RrClass::in));
  writer.u32(300);
  writer.u16(4);
  writer.u32(0xc0000201);
  return {writer.written().begin(), writer.written().end()};
}

/// What normalise() says of a sample answer.
inline dns::NormalisedAnswer sample_normalised(dns::Bytes answer, const dns::Name& name) {
  dns::NormalisedAnswer normalised{};
  normalised.message = answer;
  normalised.kind = dns::AnswerKind::positive;
  normalised.ttl = 300;
  normalised.last_name = name;
  return normalised;
}

}  // namespace holdfast::micro
