#include "dns/normalise.h"

#include <algorithm>

#include "base/endpoint.h"
#include "dns/answer_selection.h"
#include "dns/name_compressor.h"
#include "dns/rdata.h"
#include "dns/signatures.h"

namespace holdfast::dns {
namespace {

/// Writes the chosen records into a message of their own.
class AnswerWriter {
 public:
  AnswerWriter(const MessageView& reply, const AnswerSelection& chosen,
               std::span<std::uint8_t> buffer) noexcept
      : reply_(reply), chosen_(chosen), writer_(buffer), names_(writer_) {}

  /// nullopt if the buffer is too small.
  [[nodiscard]] std::optional<Bytes> write() noexcept;

 private:
  [[nodiscard]] std::uint16_t write_records(Section section, std::size_t link) noexcept;
  void write_record(const Record& record, std::uint32_t ttl) noexcept;

  const MessageView& reply_;
  const AnswerSelection& chosen_;
  WireWriter writer_;
  NameCompressor names_;
};

std::optional<Bytes> AnswerWriter::write() noexcept {
  unsigned kept = flag::rd | flag::ra | flag::ad | flag::cd;
  if (!chosen_.cut()) kept |= flag::rcode_mask;  // it speaks of the last name
  Header header;
  header.flags = static_cast<std::uint16_t>(flag::qr | (reply_.header().flags & kept));
  header.qdcount = 1;
  header.write(writer_);
  names_.write(reply_.question().name);
  writer_.u16(static_cast<std::uint16_t>(reply_.question().type));
  writer_.u16(static_cast<std::uint16_t>(reply_.question().rr_class));
  // Clients walk the answer once, so the chain goes out in its order.
  for (std::size_t link = 0; link <= chosen_.links(); ++link) {
    header.ancount =
        static_cast<std::uint16_t>(header.ancount + write_records(Section::answer, link));
  }
  header.nscount = write_records(Section::authority, 0);
  if (!writer_.ok()) return std::nullopt;
  WireWriter front(writer_.buffer());
  header.write(front);
  return writer_.written();
}

/// Gives how many there were.
std::uint16_t AnswerWriter::write_records(Section section, std::size_t link) noexcept {
  std::uint16_t count = 0;
  for (const Candidate& c : chosen_.candidates()) {
    if (!c.kept || c.record.section != section || c.link != link) continue;
    write_record(c.record, chosen_.ttl(c));
    ++count;
  }
  return count;
}

void AnswerWriter::write_record(const Record& record, std::uint32_t ttl) noexcept {
  names_.write(reply_.owner(record));
  writer_.u16(static_cast<std::uint16_t>(record.type));
  writer_.u16(static_cast<std::uint16_t>(record.rr_class));
  writer_.u32(ttl);
  const std::size_t length_at = writer_.at();
  writer_.u16(0);
  const bool compress = rdata_may_compress(record.type);
  (void)walk_rdata(reply_.message(), record, [&](const RdataPart& part) {
    if (part.name == nullptr) {
      writer_.bytes(part.bytes);
    } else if (compress) {
      names_.write(*part.name);
    } else {
      writer_.bytes(part.name->wire());
    }
  });
  if (!writer_.ok()) return;
  writer_.patch_u16(length_at, static_cast<std::uint16_t>(writer_.at() - length_at - 2));
}

bool is_private_address(Bytes message, const Record& record) {
  const bool v4 = record.type == RrType::a;
  if (record.rr_class != RrClass::in || (!v4 && record.type != RrType::aaaa)) return false;
  IpAddress address;
  address.family = v4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
  std::ranges::copy(message.subspan(record.rdata_at, record.rdata_size), address.bytes.begin());
  // Block lists answer with loopback addresses; that says nothing about a view.
  return address.is_private() && !address.is_loopback();
}

/// The earlier of two times in serial number arithmetic (RFC 1982).
std::uint32_t earlier(std::uint32_t a, std::uint32_t b) {
  return ((b - a) & 0x80000000U) == 0 ? a : b;
}

/// What the answer is to know of one of its records.
void take_note(Bytes message, const Record& record, NormalisedAnswer& answer) {
  if (is_private_address(message, record)) answer.holds_private_address = true;
  if (record.type != RrType::rrsig) return;
  const std::uint32_t expiration = expiration_of(message, record);
  answer.signed_until = earlier(answer.signed_until.value_or(expiration), expiration);
}

}  // namespace

std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                          std::span<std::uint8_t> buffer) noexcept {
  const auto always = [](const Name&) { return true; };
  return normalise(reply, dnssec_ok, buffer, Believed(always));
}

std::optional<NormalisedAnswer> normalise(const MessageView& reply, bool dnssec_ok,
                                          std::span<std::uint8_t> buffer,
                                          const Believed& believed) noexcept {
  if (!reply.has_question()) return std::nullopt;
  AnswerSelection chosen(reply, dnssec_ok, believed);
  if (!chosen.run()) return std::nullopt;
  const auto message = AnswerWriter(reply, chosen, buffer).write();
  if (!message) return std::nullopt;

  NormalisedAnswer answer;
  answer.message = *message;
  if (chosen.positive()) {
    answer.kind = AnswerKind::positive;
  } else if (reply.rcode() == Rcode::nxdomain && !chosen.cut()) {
    answer.kind = AnswerKind::nxdomain;
  }
  std::uint32_t ttl = UINT32_MAX;
  for (const Candidate& c : chosen.candidates()) {
    if (!c.kept) continue;
    ttl = std::min(ttl, chosen.ttl(c));
    answer.most_ttl = std::max(answer.most_ttl, chosen.ttl(c));
    take_note(reply.message(), c.record, answer);
  }
  answer.ttl = ttl == UINT32_MAX ? 0 : ttl;
  answer.has_soa = chosen.has_soa();
  answer.last_name = chosen.last();
  answer.chain_open = chosen.links() > 0 && answer.kind == AnswerKind::nodata && !answer.has_soa;
  return answer;
}

}  // namespace holdfast::dns
