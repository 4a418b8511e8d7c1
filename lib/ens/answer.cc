#include "ens/answer.h"

#include <array>

#include "dns/edns.h"
#include "dns/header.h"
#include "dns/name_compressor.h"

namespace holdfast::ens {
namespace {

/// Where no name server is configured; "invalid" never exists (RFC 6761 6.4).
dns::Name primary_of(const AnswerPolicy& policy) {
  if (!policy.name_servers.empty()) return policy.name_servers.front();
  return dns::Name::parse("ens.invalid").value();
}

void append(Blob& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void write_record(const AnswerRecord& record, dns::WireWriter& writer,
                  dns::NameCompressor& compressor) {
  compressor.write(record.owner);
  writer.u16(static_cast<std::uint16_t>(record.type));
  writer.u16(static_cast<std::uint16_t>(dns::RrClass::in));
  writer.u32(record.ttl);
  writer.u16(static_cast<std::uint16_t>(record.rdata.size()));
  writer.bytes(record.rdata);
}

dns::Header header_of(const Answer& answer, std::uint16_t id) {
  dns::Header header;
  header.id = id;
  header.flags = static_cast<std::uint16_t>(dns::flag::qr | dns::flag::rd | dns::flag::ra |
                                            static_cast<std::uint16_t>(answer.rcode));
  header.qdcount = 1;
  header.ancount = static_cast<std::uint16_t>(answer.records.size());
  header.nscount = answer.soa ? 1 : 0;
  header.arcount = answer.ede ? 1 : 0;
  return header;
}

}  // namespace

AnswerRecord made_soa(const dns::Name& apex, const AnswerPolicy& policy, const Block& block,
                      std::uint32_t ttl) {
  const dns::Name primary = primary_of(policy);
  AnswerRecord soa{apex, dns::RrType::soa, ttl, {}};
  append(soa.rdata, primary.wire());
  // The mailbox is hostmaster.<primary>, unless that is no name any more.
  Blob mailbox{10, 'h', 'o', 's', 't', 'm', 'a', 's', 't', 'e', 'r'};
  append(mailbox, primary.wire());
  append(soa.rdata, mailbox.size() <= dns::Name::kMaxBytes ? Bytes(mailbox) : primary.wire());
  std::array<std::uint8_t, 20> numbers{};
  dns::WireWriter writer(numbers);
  writer.u32(static_cast<std::uint32_t>(block.number));
  for (const std::uint32_t value : {3600U, 600U, 604800U, ttl})
    writer.u32(value);
  append(soa.rdata, numbers);
  return soa;
}

Bytes write_answer(const dns::Question& question, std::uint16_t id, const Answer& answer,
                   std::span<std::uint8_t> buffer) {
  dns::WireWriter writer(buffer);
  dns::NameCompressor compressor(writer);
  header_of(answer, id).write(writer);
  compressor.write(question.name);
  writer.u16(static_cast<std::uint16_t>(question.type));
  writer.u16(static_cast<std::uint16_t>(question.rr_class));
  for (const AnswerRecord& record : answer.records)
    write_record(record, writer, compressor);
  if (answer.soa) write_record(*answer.soa, writer, compressor);
  if (answer.ede) {
    dns::OptRecord opt;
    opt.ede = answer.ede;
    opt.ede_text = answer.ede_text;
    opt.write(writer);
  }
  if (writer.ok()) return writer.written();
  Answer failure;
  failure.rcode = dns::Rcode::servfail;
  failure.ede = dns::EdeCode::invalid_information;
  failure.ede_text = "the answer is larger than a message";
  return write_answer(question, id, failure, buffer);
}

}  // namespace holdfast::ens
