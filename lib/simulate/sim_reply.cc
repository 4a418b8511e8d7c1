#include "simulate/sim_reply.h"

#include <array>

#include "dns/reply_builder.h"

namespace holdfast::sim {
namespace {

using dns::Rcode;
using dns::RrType;

// Where an answer says who gave it: the last byte of an address, the serial of an SOA.
constexpr std::uint8_t kFirstHost = 1;
constexpr std::uint32_t kFirstSerial = 1000;
constexpr std::uint32_t kNegativeTtl = 60;

const dns::Name& other_name() {
  static const dns::Name name = dns::Name::parse("somebody.else.example").value();
  return name;
}

/// Writes one message front to back; the header comes last, when the counts are known.
class ReplyWriter {
 public:
  ReplyWriter(const dns::Question& question, std::vector<std::uint8_t>& bytes)
      : bytes_(bytes), writer_(bytes) {
    header_.qdcount = 1;
    header_.write(writer_);
    question.write(writer_);
  }

  void record(const dns::Name& owner, RrType type, std::uint32_t ttl, dns::Bytes rdata) {
    writer_.bytes(owner.wire());
    writer_.u16(static_cast<std::uint16_t>(type));
    writer_.u16(static_cast<std::uint16_t>(dns::RrClass::in));
    writer_.u32(ttl);
    writer_.u16(static_cast<std::uint16_t>(rdata.size()));
    writer_.bytes(rdata);
  }

  void answer(const dns::Name& owner, RrType type, std::uint32_t ttl, dns::Bytes rdata) {
    record(owner, type, ttl, rdata);
    ++header_.ancount;
  }

  void authority(const dns::Name& owner, RrType type, std::uint32_t ttl, dns::Bytes rdata) {
    record(owner, type, ttl, rdata);
    ++header_.nscount;
  }

  /// Says that there is one more answer than there is.
  void lie() { ++header_.ancount; }

  void opt(const dns::OptRecord& opt) {
    opt.write(writer_);
    ++header_.arcount;
  }

  void finish(std::uint16_t flags) {
    header_.flags = static_cast<std::uint16_t>(dns::flag::qr | dns::flag::ra | flags);
    const std::size_t size = writer_.at();
    writer_.rollback(0);
    header_.write(writer_);
    bytes_.resize(size);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  dns::WireWriter writer_;
  dns::Header header_;
};

std::vector<std::uint8_t> soa_rdata(std::size_t server) {
  std::vector<std::uint8_t> rdata(64);
  dns::WireWriter writer(rdata);
  writer.bytes(dns::Name::parse("ns.example").value().wire());
  writer.bytes(dns::Name::parse("admin.example").value().wire());
  for (const std::uint32_t value :
       {kFirstSerial + static_cast<std::uint32_t>(server), 3600U, 600U, 86400U, kNegativeTtl}) {
    writer.u32(value);
  }
  rdata.resize(writer.at());
  return rdata;
}

std::vector<std::uint8_t> address_rdata(const Behaviour& behaviour, RrType type,
                                        std::size_t server) {
  const auto host = static_cast<std::uint8_t>(kFirstHost + server);
  if (behaviour.address) {
    const auto& bytes = behaviour.address->bytes;
    return {bytes.begin(), bytes.begin() + (behaviour.address->is_v4() ? 4 : 16)};
  }
  if (type == RrType::a) return {192, 0, 2, host};
  std::vector<std::uint8_t> rdata(16);
  rdata[0] = 0x20, rdata[1] = 0x01, rdata[2] = 0x0d, rdata[3] = 0xb8, rdata[15] = host;
  return rdata;
}

std::vector<std::uint8_t> rdata_for(const Behaviour& behaviour, RrType type, std::size_t server) {
  switch (type) {
    case RrType::a:
    case RrType::aaaa:
      return address_rdata(behaviour, type, server);
    case RrType::soa:
      return soa_rdata(server);
    case RrType::ns:
    case RrType::cname:
    case RrType::ptr: {
      const dns::Name target = dns::Name::parse("host.example").value();
      return {target.wire().begin(), target.wire().end()};
    }
    default: {
      std::vector<std::uint8_t> text{2, 'u', static_cast<std::uint8_t>('0' + server)};
      return text;
    }
  }
}

/// The signature is nonsense: nobody here verifies it.
std::vector<std::uint8_t> rrsig_rdata(const dns::Question& question, std::uint32_t expiration) {
  std::vector<std::uint8_t> rdata(300);
  dns::WireWriter writer(rdata);
  writer.u16(static_cast<std::uint16_t>(question.type));
  writer.u16(13U << 8U);  // algorithm, labels
  writer.u32(300);
  writer.u32(expiration);
  writer.u32(0);
  writer.u16(1);
  writer.bytes(question.name.parent().wire());
  writer.u32(0xabadcafe);
  rdata.resize(writer.at());
  return rdata;
}

void write_positive(ReplyWriter& writer, const Behaviour& behaviour, const dns::Question& question,
                    std::size_t server, bool dnssec_ok) {
  if (behaviour.alias && !(*behaviour.alias == question.name)) {
    writer.answer(question.name, RrType::cname, behaviour.ttl, behaviour.alias->wire());
    if (behaviour.knows_target) {
      writer.answer(*behaviour.alias, question.type, behaviour.ttl,
                    rdata_for(behaviour, question.type, server));
    } else if (behaviour.denies_target) {
      writer.authority(dns::Name(), RrType::soa, kNegativeTtl, soa_rdata(server));
    }
    return;
  }
  for (unsigned i = 0; i < behaviour.addresses; ++i) {
    auto rdata = rdata_for(behaviour, question.type, server);
    rdata[1] = static_cast<std::uint8_t>(rdata[1] + i);
    writer.answer(question.name, question.type, behaviour.ttl, rdata);
  }
  if (behaviour.signed_until && dnssec_ok) {
    writer.answer(question.name, RrType::rrsig, behaviour.ttl,
                  rrsig_rdata(question, *behaviour.signed_until));
  }
}

void write_negative(ReplyWriter& writer, const Behaviour& behaviour, const dns::Question& question,
                    std::size_t server) {
  if (behaviour.without_soa) return;
  writer.authority(question.name.parent(), RrType::soa, kNegativeTtl, soa_rdata(server));
}

Rcode rcode_of(Act act) {
  switch (act) {
    case Act::servfail:
      return Rcode::servfail;
    case Act::refused:
      return Rcode::refused;
    case Act::nxdomain:
      return Rcode::nxdomain;
    case Act::notimp:
      return Rcode::notimp;
    case Act::formerr:
      return Rcode::formerr;
    case Act::yxdomain:
      return Rcode::yxdomain;
    default:
      return Rcode::noerror;
  }
}

void write_records(ReplyWriter& writer, const Behaviour& behaviour, const dns::Question& question,
                   std::size_t server, bool dnssec_ok) {
  switch (behaviour.act) {
    case Act::answers:
      write_positive(writer, behaviour, question, server, dnssec_ok);
      break;
    case Act::nxdomain:
    case Act::nodata:
      write_negative(writer, behaviour, question, server);
      break;
    case Act::refers:
      writer.authority(question.name.parent(), RrType::ns, behaviour.ttl, other_name().wire());
      break;
    case Act::foreign:
      writer.answer(other_name(), question.type, behaviour.ttl,
                    rdata_for(behaviour, question.type, server));
      break;
    case Act::garbage:
      writer.lie();
      break;
    default:
      break;
  }
}

std::optional<std::size_t> server_of_record(dns::Bytes message, const dns::Record& record) {
  const bool address = record.type == RrType::a || record.type == RrType::aaaa;
  if (address) {
    const std::uint8_t last = message[record.rdata_at + record.rdata_size - 1];
    return last >= kFirstHost ? std::optional<std::size_t>(last - kFirstHost) : std::nullopt;
  }
  if (record.type == RrType::soa) {
    dns::WireReader reader(message, record.rdata_at + record.rdata_size - 20U);
    return reader.u32() - kFirstSerial;
  }
  if (record.type == RrType::txt) return message[record.rdata_at + 2U] - std::uint8_t{'0'};
  return std::nullopt;
}

}  // namespace

std::vector<std::uint8_t> write_reply(const Behaviour& behaviour, const ExchangeRequest& request,
                                      std::size_t server) {
  std::vector<std::uint8_t> bytes(1024);
  dns::Question question = request.question;
  if (behaviour.folds_case && !request.over_tcp) question.name = question.name.lowered();
  ReplyWriter writer(question, bytes);
  const bool rejects_edns = behaviour.formerr_to_edns && request.edns;
  const bool truncated = behaviour.truncates && !request.over_tcp;
  const bool denies = behaviour.denies_target && !(*behaviour.alias == question.name);
  const Rcode answer = denies ? Rcode::nxdomain : rcode_of(behaviour.act);
  const bool wants_cookie = behaviour.bad_cookie && request.edns && !request.over_tcp;
  const Rcode willing = wants_cookie ? Rcode::badcookie : answer;
  const Rcode rcode = rejects_edns ? Rcode::formerr : willing;
  if (!rejects_edns && !truncated && !wants_cookie) {
    write_records(writer, behaviour, question, server, request.dnssec_ok);
  }
  if (request.edns && !rejects_edns && behaviour.act != Act::garbage) {
    dns::OptRecord opt;
    opt.rcode = rcode;
    opt.ede = behaviour.ede;
    writer.opt(opt);
  }
  const unsigned flags = (static_cast<unsigned>(rcode) & dns::flag::rcode_mask) |
                         (truncated ? dns::flag::tc : 0U) |
                         (behaviour.authentic ? dns::flag::ad : 0U);
  writer.finish(static_cast<std::uint16_t>(flags));
  return bytes;
}

std::optional<std::size_t> server_of(dns::Bytes message) {
  const auto view = dns::MessageView::parse(message);
  std::optional<std::size_t> server;
  if (!view.ok()) return server;
  view.for_each([&](const dns::Record& record) {
    if (record.type != RrType::opt) server = server_of_record(message, record);
    return true;
  });
  return server;
}

}  // namespace holdfast::sim
