#include "dns/reply_builder.h"

#include <algorithm>

namespace holdfast::dns {
namespace {

std::uint16_t reply_flags(const ReplyTarget& target, const ReplyMeta& meta) noexcept {
  unsigned flags = target.flags & (flag::opcode_mask | flag::rd | flag::cd);
  flags |= flag::qr | flag::ra;
  if (meta.authoritative) flags |= flag::aa;
  const bool wants_ad = (target.flags & flag::ad) != 0 || target.dnssec_ok;
  if (meta.authentic && wants_ad) flags |= flag::ad;
  auto rcode = static_cast<unsigned>(meta.rcode);
  // Extended rcodes need an OPT; without one their low bits would tell a lie.
  if (rcode > flag::rcode_mask && !target.edns) rcode = static_cast<unsigned>(Rcode::servfail);
  return static_cast<std::uint16_t>(flags | (rcode & flag::rcode_mask));
}

OptRecord reply_opt(const ReplyTarget& target, const ReplyMeta& meta) noexcept {
  OptRecord opt;
  opt.rcode = meta.rcode;
  opt.dnssec_ok = target.dnssec_ok;
  opt.ede = meta.ede;
  opt.ede_text = meta.ede_text;
  if (target.keepalive_asked) opt.keepalive = meta.keepalive;
  return opt;
}

std::size_t opt_size(const ReplyTarget& target, const OptRecord& opt) noexcept {
  return target.edns ? opt.size() : 0;
}

/// Header and question alone, and the OPT.
Bytes write_without_records(const ReplyTarget& target, std::uint16_t flags, const OptRecord& opt,
                            std::span<std::uint8_t> buffer) noexcept {
  WireWriter writer(buffer);
  Header header;
  header.id = target.id;
  header.flags = flags;
  header.qdcount = target.question.empty() ? 0 : 1;
  header.arcount = target.edns ? 1 : 0;
  header.write(writer);
  writer.bytes(target.question);
  if (target.edns) opt.write(writer);
  return writer.written();
}

/// Bytes of `stored` up to its additional section.
std::size_t size_without_additional(Bytes stored, const Header& header,
                                    std::size_t records_at) noexcept {
  WireReader reader(stored, records_at);
  const std::size_t keep = std::size_t{header.ancount} + header.nscount;
  for (std::size_t i = 0; i < keep; ++i) {
    reader.skip_name();
    reader.skip(8);  // type, class, TTL
    reader.skip(reader.u16());
  }
  return reader.ok() ? reader.at() : stored.size();
}

}  // namespace

QuestionBytes::QuestionBytes(Bytes question) noexcept : size_(question.size()) {
  std::ranges::copy(question, bytes_.begin());
}

QuestionBytes::QuestionBytes(const Question& question) noexcept {
  WireWriter writer(bytes_);
  question.write(writer);
  size_ = writer.at();
}

ReplyTarget reply_target(const QueryView& query, bool tcp) noexcept {
  ReplyTarget target;
  target.id = query.header.id;
  target.flags = query.header.flags;
  target.edns = query.edns.has_value();
  target.dnssec_ok = query.dnssec_ok();
  target.keepalive_asked = tcp && query.edns && query.edns->keepalive_asked;
  target.limit = tcp ? UINT16_MAX : static_cast<std::uint16_t>(query.udp_limit());
  if (query.has_question) {
    target.question = query.message.first(query.question_end).subspan(kHeaderBytes);
  }
  return target;
}

Bytes write_empty_reply(const ReplyTarget& target, const ReplyMeta& meta,
                        std::span<std::uint8_t> buffer) noexcept {
  // Header, question and OPT with its options are at most 414 bytes: they fit every limit.
  return write_without_records(target, reply_flags(target, meta), reply_opt(target, meta), buffer);
}

Bytes write_stored_reply(const ReplyTarget& target, const ReplyMeta& meta, Bytes stored,
                         std::span<std::uint8_t> buffer) noexcept {
  const std::uint16_t flags = reply_flags(target, meta);
  const std::size_t records_at = kHeaderBytes + target.question.size();
  auto header = Header::read(stored);
  OptRecord opt = reply_opt(target, meta);
  if (!header || stored.size() < records_at) {
    ReplyMeta failure = meta;
    failure.rcode = Rcode::servfail;
    return write_empty_reply(target, failure, buffer);
  }

  const std::size_t limit = std::min<std::size_t>(target.limit, buffer.size());
  std::size_t size = stored.size();
  if (size + opt_size(target, opt) > limit) {
    opt.ede_text = {};  // for people; never worth a second exchange
    if (size + opt_size(target, opt) > limit) {
      size = size_without_additional(stored, *header, records_at);
      header->arcount = 0;
    }
    if (size + opt_size(target, opt) > limit) {
      const auto cut = static_cast<std::uint16_t>(flags | flag::tc);
      return write_without_records(target, cut, reply_opt(target, meta), buffer);
    }
  }
  header->id = target.id;
  header->flags = flags;
  header->arcount = static_cast<std::uint16_t>(header->arcount + (target.edns ? 1 : 0));
  WireWriter writer(buffer);
  header->write(writer);
  writer.bytes(target.question);  // an NXDOMAIN may have been stored for another type
  writer.bytes(stored.first(size).subspan(writer.at()));
  if (target.edns) opt.write(writer);
  return writer.written();
}

Bytes write_query(const Question& question, const QueryShape& shape,
                  std::span<std::uint8_t> buffer) noexcept {
  unsigned flags = 0;
  if (shape.recursion_desired) flags |= flag::rd;
  if (shape.checking_disabled) flags |= flag::cd;
  if (shape.authentic_data) flags |= flag::ad;
  Header header;
  header.id = shape.id;
  header.flags = static_cast<std::uint16_t>(flags);
  header.qdcount = 1;
  header.arcount = shape.edns ? 1 : 0;
  WireWriter writer(buffer);
  header.write(writer);
  question.write(writer);
  OptRecord opt;
  opt.dnssec_ok = shape.dnssec_ok;
  opt.cookie = shape.cookie;
  if (shape.edns && shape.block != 0) {
    opt.padding = 0;
    const std::size_t bare = writer.written().size() + opt.size();
    opt.padding = static_cast<std::uint16_t>((shape.block - bare % shape.block) % shape.block);
  }
  if (shape.edns) opt.write(writer);
  return writer.written();
}

}  // namespace holdfast::dns
