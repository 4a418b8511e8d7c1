#include "tests/unit/dns/message_builder.h"

#include <gtest/gtest.h>

#include "dns/rdata.h"

namespace holdfast::dns::test {
namespace {

std::string hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t b : bytes) {
    out += kDigits[b >> 4U];
    out += kDigits[b & 15U];
  }
  return out;
}

const char* section_name(Section section) {
  switch (section) {
    case Section::answer:
      return "answer ";
    case Section::authority:
      return "authority ";
    case Section::additional:
      return "additional ";
  }
  return "?";
}

}  // namespace

Raw u16(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

Raw u32(std::uint32_t value) {
  return u16(value >> 16U) + u16(value & 0xffffU);
}

Raw name(std::string_view text) {
  Raw out;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  return out + '\0';
}

Raw pointer(unsigned offset) {
  return u16(0xc000U | offset);
}

Raw ip4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return u16(a << 8U | b) + u16(c << 8U | d);
}

Raw soa(std::string_view zone, std::uint32_t minimum) {
  return name("ns." + std::string(zone)) + name("root." + std::string(zone)) + u32(1) + u32(7200) +
         u32(3600) + u32(1209600) + u32(minimum);
}

Raw rrsig(RrType covered, std::string_view signer, std::uint32_t expiration) {
  return u16(static_cast<unsigned>(covered)) + u16(0x0802) + u32(300) + u32(expiration) +
         u32(1600000000) + u16(4711) + name(signer) + "signature";
}

Raw option(unsigned code, const Raw& value) {
  return u16(code) + u16(static_cast<unsigned>(value.size())) + value;
}

Raw record(const Raw& owner, RrType type, std::uint32_t ttl, const Raw& rdata, RrClass rr_class) {
  return owner + u16(static_cast<unsigned>(type)) + u16(static_cast<unsigned>(rr_class)) +
         u32(ttl) + u16(static_cast<unsigned>(rdata.size())) + rdata;
}

Raw opt(unsigned payload, const Raw& options, unsigned flags, unsigned version,
        unsigned extended_rcode) {
  return Raw(1, '\0') + u16(41) + u16(payload) + u16(extended_rcode << 8U | version) + u16(flags) +
         u16(static_cast<unsigned>(options.size())) + options;
}

MessageBuilder& MessageBuilder::question(std::string_view text, RrType type, RrClass rr_class) {
  body_ += name(text) + u16(static_cast<unsigned>(type)) + u16(static_cast<unsigned>(rr_class));
  ++counts_[0];
  return *this;
}

MessageBuilder& MessageBuilder::answer(std::string_view owner, RrType type, std::uint32_t ttl,
                                       const Raw& rdata) {
  body_ += record(name(owner), type, ttl, rdata);
  ++counts_[1];
  return *this;
}

MessageBuilder& MessageBuilder::authority(std::string_view owner, RrType type, std::uint32_t ttl,
                                          const Raw& rdata) {
  body_ += record(name(owner), type, ttl, rdata);
  ++counts_[2];
  return *this;
}

MessageBuilder& MessageBuilder::additional(std::string_view owner, RrType type, std::uint32_t ttl,
                                           const Raw& rdata) {
  body_ += record(name(owner), type, ttl, rdata);
  ++counts_[3];
  return *this;
}

MessageBuilder& MessageBuilder::opt(const Raw& whole_record) {
  body_ += whole_record;
  ++counts_[3];
  return *this;
}

MessageBuilder& MessageBuilder::raw(const Raw& bytes) {
  body_ += bytes;
  return *this;
}

MessageBuilder& MessageBuilder::count(unsigned section, unsigned value) {
  counts_[section] = value;
  return *this;
}

Raw MessageBuilder::build() const {
  Raw out = u16(id_) + u16(flags_);
  for (const unsigned count : counts_)
    out += u16(count);
  return out + body_;
}

std::vector<std::string> lines_of(Bytes message) {
  std::vector<std::string> lines;
  const MessageView view = MessageView::parse(message);
  EXPECT_TRUE(view.ok());
  if (!view.ok()) return lines;
  view.for_each([&](const Record& r) {
    std::string line = section_name(r.section) + view.owner(r).to_string() + " " +
                       to_string(r.type) + " " + std::to_string(r.ttl);
    const bool sound = walk_rdata(message, r, [&line](const RdataPart& part) {
      line += " " + (part.name != nullptr ? part.name->to_string() : hex(part.bytes));
    });
    EXPECT_TRUE(sound) << line;
    lines.push_back(line);
    return true;
  });
  return lines;
}

}  // namespace holdfast::dns::test
