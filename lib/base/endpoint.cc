#include "base/endpoint.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>

namespace holdfast {
namespace {

std::error_code invalid() {
  return std::make_error_code(std::errc::invalid_argument);
}

/// The whole of `text` as a number without sign or leading zeros; nullopt if it is none or too big.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most,
                                          int base = 10) {
  if (text.empty() || (base == 10 && text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || rest != end || value > most) return std::nullopt;
  return value;
}

/// Four decimal numbers into out. Octal and short forms ("010.1", "127.1") are refused: programs
/// differ on what they mean.
bool parse_v4(std::string_view text, std::span<std::uint8_t, 4> out) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return false;
    const auto value = parse_number(text.substr(0, dot), 255);
    if (!value) return false;
    out[i] = static_cast<std::uint8_t>(*value);
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return true;
}

/// One side of "::": groups of up to four hex digits, of which the last may be a dotted IPv4
/// address. Gives how many bytes it wrote.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint8_t, 16> out) {
  std::size_t used = 0;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (group.find('.') != std::string_view::npos) {
      std::array<std::uint8_t, 4> v4{};
      if (colon != std::string_view::npos || used > 12 || !parse_v4(group, v4)) return std::nullopt;
      std::copy(v4.begin(), v4.end(), out.begin() + static_cast<std::ptrdiff_t>(used));
      return used + 4;
    }
    const auto value = group.size() <= 4 ? parse_number(group, 0xffff, 16) : std::nullopt;
    if (!value || used > 14) return std::nullopt;
    out[used++] = static_cast<std::uint8_t>(*value >> 8U);
    out[used++] = static_cast<std::uint8_t>(*value);
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // "1:"
  }
  return used;
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& out) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, out) == 16U;
  std::array<std::uint8_t, 16> tail{};
  const auto head_size = parse_groups(text.substr(0, gap), out);
  const auto tail_size = parse_groups(text.substr(gap + 2), tail);
  // "::" stands for at least one group.
  if (!head_size || !tail_size || *head_size + *tail_size > 14) return false;
  std::copy_n(tail.begin(), *tail_size, out.end() - static_cast<std::ptrdiff_t>(*tail_size));
  return true;
}

bool starts_with_bits(const std::array<std::uint8_t, 16>& bytes,
                      const std::array<std::uint8_t, 16>& prefix, unsigned bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(bytes.begin(), bytes.begin() + whole, prefix.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned>(0xff00U >> (bits % 8)) & 0xffU;
  const auto at = static_cast<std::size_t>(whole);
  return ((bytes[at] ^ prefix[at]) & mask) == 0;
}

bool is_link_local_v6(const std::array<std::uint8_t, 16>& b) {
  return b[0] == 0xfe && (b[1] & 0xc0U) == 0x80;
}

void append_number(std::string& out, unsigned value, int base = 10) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

void append_v4(std::string& out, std::span<const std::uint8_t, 4> bytes) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    append_number(out, bytes[i]);
  }
}

/// The longest run of at least two zero groups, the first of equals (RFC 5952 4.2): begin and
/// length.
std::pair<std::size_t, std::size_t> zero_run(const std::array<std::uint8_t, 16>& b) {
  std::pair<std::size_t, std::size_t> best{8, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t n = 0;
    while (i + n < 8 && b[2 * (i + n)] == 0 && b[2 * (i + n) + 1] == 0)
      ++n;
    if (n >= 2 && n > best.second) best = {i, n};
    i += n;
  }
  return best;
}

void append_v6(std::string& out, const std::array<std::uint8_t, 16>& b) {
  const auto [run, length] = zero_run(b);
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run) {
      out += "::";
      i += length - 1;
      continue;
    }
    if (i > 0 && i != run + length) out += ':';
    append_number(out, static_cast<unsigned>(b[2 * i] << 8U) | b[2 * i + 1], 16);
  }
}

bool is_v4_mapped(const std::array<std::uint8_t, 16>& b) {
  return std::all_of(b.begin(), b.begin() + 10, [](auto x) { return x == 0; }) && b[10] == 0xff &&
         b[11] == 0xff;
}

}  // namespace

bool IpAddress::is_loopback() const noexcept {
  const IpAddress plain = unmapped();
  if (plain.is_v4()) return plain.bytes[0] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) &&
         bytes[15] == 1;
}

bool IpAddress::is_unspecified() const noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; });
}

bool IpAddress::is_private() const noexcept {
  const IpAddress plain = unmapped();
  const auto& b = plain.bytes;
  if (plain.is_loopback()) return true;
  if (!plain.is_v4()) return (b[0] & 0xfeU) == 0xfc || is_link_local_v6(b);
  return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0U) == 16) || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 100 && (b[1] & 0xc0U) == 64) || (b[0] == 169 && b[1] == 254);
}

std::string IpAddress::to_string() const {
  std::string out;
  if (is_v4()) {
    append_v4(out, std::span(bytes).first<4>());
    return out;
  }
  if (is_v4_mapped(bytes)) {
    out = "::ffff:";
    append_v4(out, std::span(bytes).last<4>());
  } else {
    append_v6(out, bytes);
  }
  if (scope != 0) {
    out += '%';
    append_number(out, scope);
  }
  return out;
}

IpAddress IpAddress::unmapped() const noexcept {
  if (is_v4() || !is_v4_mapped(bytes)) return *this;
  IpAddress v4;
  std::copy_n(bytes.begin() + 12, 4, v4.bytes.begin());
  return v4;
}

Result<IpAddress> parse_ip(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    if (!parse_v4(text, std::span(address.bytes).first<4>())) return invalid();
    return address;
  }
  address.family = IpAddress::Family::v6;
  const auto percent = text.find('%');
  if (!parse_v6(text.substr(0, percent), address.bytes)) return invalid();
  if (percent == std::string_view::npos) return address;
  const auto scope = parse_number(text.substr(percent + 1), 0xffffffff);
  if (!scope || *scope == 0 || !is_link_local_v6(address.bytes)) return invalid();
  address.scope = *scope;
  return address;
}

std::string Endpoint::to_string() const {
  std::string out = address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  out += ':';
  append_number(out, port);
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return invalid();
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return invalid();
    if (!rest.empty()) port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
  }
  const auto address = parse_ip(host);
  if (!address || (bracketed && address->is_v4())) return invalid();
  Endpoint endpoint{*address, default_port};
  if (port) {
    const auto number = parse_number(*port, 65535);
    if (!number) return invalid();
    endpoint.port = static_cast<std::uint16_t>(*number);
  }
  return endpoint;
}

bool IpPrefix::contains(const IpAddress& other) const noexcept {
  // An ACL of 10.0.0.0/8 means the same client on a dual-stack socket.
  const IpAddress plain = address.is_v4() ? other.unmapped() : other;
  return plain.family == address.family && starts_with_bits(plain.bytes, address.bytes, length);
}

std::string IpPrefix::to_string() const {
  std::string out = address.to_string() + "/";
  append_number(out, length);
  return out;
}

Result<IpPrefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address || address->scope != 0) return invalid();
  const std::uint32_t bits = address->is_v4() ? 32 : 128;
  const auto length = slash == std::string_view::npos ? std::optional<std::uint32_t>(bits)
                                                      : parse_number(text.substr(slash + 1), bits);
  if (!length) return invalid();
  for (std::uint32_t i = *length; i < bits; ++i) {
    if ((address->bytes[i / 8] & (0x80U >> (i % 8))) != 0) return invalid();
  }
  return IpPrefix{*address, static_cast<std::uint8_t>(*length)};
}

}  // namespace holdfast
