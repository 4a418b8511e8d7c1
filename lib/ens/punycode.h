// Punycode (RFC 3492): code points in the letters, digits and hyphens of a host name. Without the
// "xn--" that marks it in a label, and without any rule about which code points a name may have.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::ens {

/// nullopt if `text` is no Punycode: other than ASCII before the last hyphen, a bad digit, cut off,
/// an overflow, a surrogate or a code point above 10FFFF. Digits in any case. Quadratic in the
/// length of `text`: for labels, not for documents.
[[nodiscard]] std::optional<std::u32string> decode_punycode(std::string_view text);

/// The one lower-case spelling of `points` (but ASCII capitals among them stay). nullopt if it
/// would overflow, which takes more code points than a label can have.
[[nodiscard]] std::optional<std::string> encode_punycode(std::u32string_view points);

}  // namespace holdfast::ens
