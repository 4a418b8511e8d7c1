#include "ens/wire_name.h"

#include <algorithm>

#include "ens/normalise.h"
#include "ens/punycode.h"
#include "ens/utf8.h"

namespace holdfast::ens {
namespace {

constexpr std::size_t kMaxDnsLabel = 63;
constexpr std::size_t kMaxEnsLabel = 255;
constexpr std::string_view kPrefix = "xn--";

bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

std::string lowered(Bytes label) {
  std::string text;
  for (const std::uint8_t octet : label)
    text += static_cast<char>(dns::lower(octet));
  return text;
}

/// What an A-label, in lower case, decodes to.
std::optional<std::string> decode_a_label(std::string_view label) {
  const std::string_view code = label.substr(kPrefix.size());
  const auto points = decode_punycode(code);
  if (!points) return std::nullopt;
  if (std::ranges::all_of(*points, [](char32_t point) { return point < 0x80; }))
    return std::nullopt;
  if (encode_punycode(*points) != code) return std::nullopt;
  return encode_utf8(*points);
}

/// A label as the import of a DNS zone hashes it; others than of printable ASCII are none.
std::optional<std::string> dns_label(Bytes label) {
  const auto printable = [](std::uint8_t c) { return c > 0x20 && c < 0x7f && c != '.'; };
  if (std::ranges::all_of(label, printable)) return lowered(label);
  const auto normalised = ens_label(label);
  return normalised ? a_label(*normalised) : std::nullopt;
}

/// The label under which records are stored: a UTF-8 one as A-label, others as they are.
std::string owner_label(Bytes label, const std::optional<std::string>& meant) {
  std::string own = lowered(label);
  if (!meant || std::ranges::all_of(own, is_ascii)) return own;
  return a_label(*meant).value_or(own);
}

void put_front(EncodedName& name, std::string_view label) {
  name.insert(name.begin(), label.begin(), label.end());
  name.insert(name.begin(), static_cast<std::uint8_t>(label.size()));
}

}  // namespace

std::optional<std::string> ens_label(Bytes label) {
  std::string text(label.begin(), label.end());
  if (text.find('.') != text.npos) return std::nullopt;
  if (std::string low = lowered(label); low.starts_with(kPrefix)) {
    auto decoded = decode_a_label(low);
    if (!decoded) return std::nullopt;
    text = *std::move(decoded);
  }
  auto normalised = normalise_label(text);
  if (!normalised || normalised->size() > kMaxEnsLabel) return std::nullopt;
  return *std::move(normalised);
}

std::optional<std::string> a_label(std::string_view normalised) {
  std::string label(normalised);
  if (!std::ranges::all_of(normalised, is_ascii)) {
    const auto points = decode_utf8(normalised);
    const auto code = points ? encode_punycode(*points) : std::nullopt;
    if (!code) return std::nullopt;
    label = std::string(kPrefix) + *code;
  }
  if (label.size() > kMaxDnsLabel) return std::nullopt;
  return label;
}

WireName map_name(const dns::Name& name, LabelForm form) {
  WireName mapped;
  mapped.suffix = mapped.owner = {0};
  mapped.whole = true;
  const Bytes wire = name.wire();
  const auto offsets = label_offsets(wire);
  for (auto at = offsets.rbegin(); at != offsets.rend(); ++at) {
    if (wire[*at] == 0) continue;  // the root
    const Bytes label = wire.subspan(*at + 1, wire[*at]);
    std::optional<std::string> meant;
    if (mapped.whole) meant = form == LabelForm::unicode ? ens_label(label) : dns_label(label);
    mapped.whole = meant.has_value();
    if (meant) {
      put_front(mapped.suffix, *meant);
      ++mapped.suffix_labels;
    }
    put_front(mapped.owner, owner_label(label, meant));
  }
  return mapped;
}

}  // namespace holdfast::ens
