// Answer: what a bridge says to a question, before and as a DNS message.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/question.h"
#include "ens/bridge.h"
#include "ens/rrset.h"

namespace holdfast::ens {

struct AnswerRecord {
  dns::Name owner;
  dns::RrType type = dns::RrType::none;
  std::uint32_t ttl = 0;
  Blob rdata;
};

struct Answer {
  dns::Rcode rcode = dns::Rcode::noerror;
  std::vector<AnswerRecord> records;  // a CNAME chain in its order, and what is at its end
  std::optional<AnswerRecord> soa;    // in authority, for negative answers
  std::optional<dns::EdeCode> ede;
  std::string ede_text;
  std::chrono::seconds keep{0};  // a failure's: how long not to ask again
};

/// The SOA of a zone that has none stored: its serial is the block's number, its MINIMUM and TTL
/// are `ttl` (RFC 2308 5).
[[nodiscard]] AnswerRecord made_soa(const dns::Name& apex, const AnswerPolicy& policy,
                                    const Block& block, std::uint32_t ttl);

/// The answer as a reply with this id: QR, RD and RA set, never AD (nothing here is DNSSEC); an OPT
/// only if there is an EDE. What does not fit becomes SERVFAIL. Returns a prefix of `buffer`, which
/// must hold 1024 bytes and should hold 65535.
[[nodiscard]] Bytes write_answer(const dns::Question& question, std::uint16_t id,
                                 const Answer& answer, std::span<std::uint8_t> buffer);

}  // namespace holdfast::ens
