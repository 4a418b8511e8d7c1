#include "fleet/fleet_keys.h"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <optional>

namespace holdfast {
namespace {

constexpr std::string_view kNamePurpose = "holdfast fleet name 1";
constexpr std::size_t kNameBytes = 16;
constexpr std::string_view kDigits = "0123456789abcdef";

std::optional<std::uint8_t> digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::string_view trimmed(std::string_view line) noexcept {
  constexpr std::string_view kBlank = " \t\r";
  const auto begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlank) - begin + 1);
}

/// Empty if the line is no key.
std::vector<std::uint8_t> parse_key(std::string_view line) {
  std::vector<std::uint8_t> key;
  if (line.size() % 2 != 0) return key;
  for (std::size_t i = 0; i < line.size(); i += 2) {
    const auto high = digit(line[i]);
    const auto low = digit(line[i + 1]);
    if (!high || !low) return {};
    key.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
  }
  const bool sized = key.size() >= FleetKeys::kLeastBytes && key.size() <= FleetKeys::kMostBytes;
  return sized ? key : std::vector<std::uint8_t>{};
}

dns::Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::variant<FleetKeys, std::string> FleetKeys::parse(std::string_view text) {
  FleetKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    Key key = parse_key(line);
    if (key.empty()) {
      return "line " + std::to_string(number) +
             " is no key; expected at least 64 hexadecimal digits, as from `openssl rand -hex 32`";
    }
    if (keys.size() == kMost) return "more than two keys; expected the new one and the old one";
    keys.keys_.push_back(std::move(key));
  }
  if (keys.size() == 0) return "no key; expected a line as from `openssl rand -hex 32`";
  return keys;
}

FleetKeys::~FleetKeys() {
  for (Key& key : keys_)
    OPENSSL_cleanse(key.data(), key.size());
}

std::string FleetKeys::name_of(const CacheKey& question, std::string_view prefix,
                               std::size_t which) const {
  std::vector<std::uint8_t> text;
  append_part(text, kNamePurpose);
  std::vector<std::uint8_t> name(question.name.begin(), question.name.end());
  std::ranges::transform(name, name.begin(), dns::lower);
  append_part(text, name);
  for (const auto number :
       {static_cast<std::uint16_t>(question.type), static_cast<std::uint16_t>(question.rr_class)}) {
    text.push_back(static_cast<std::uint8_t>(number >> 8U));
    text.push_back(static_cast<std::uint8_t>(number));
  }
  text.push_back(question.dnssec_ok ? 1 : 0);
  text.push_back(question.checking_disabled ? 1 : 0);
  std::string out(prefix);
  out += ':';
  const Mac digest = mac(text, which);
  for (const std::uint8_t octet : std::span(digest).first(kNameBytes)) {
    out += kDigits[octet >> 4U];
    out += kDigits[octet & 0xfU];
  }
  return out;
}

Mac FleetKeys::mac(dns::Bytes text, std::size_t which) const noexcept {
  Mac out{};
  unsigned size = out.size();
  const Key& key = keys_[which];
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), out.data(),
       &size);
  return out;
}

void append_part(std::vector<std::uint8_t>& text, dns::Bytes part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    text.push_back(static_cast<std::uint8_t>(size >> shift));
  text.insert(text.end(), part.begin(), part.end());
}

void append_part(std::vector<std::uint8_t>& text, std::string_view part) {
  append_part(text, bytes_of(part));
}

}  // namespace holdfast
