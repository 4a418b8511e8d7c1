// UTF-8 to code points and back, strictly (RFC 3629): two spellings of one name would be two names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::ens {

/// The code points of `text`; nullopt for anything ill-formed: overlong forms, surrogates, code
/// points above 10FFFF, sequences cut off.
[[nodiscard]] std::optional<std::u32string> decode_utf8(std::string_view text);

/// Precondition: every code point is one that decode_utf8() gives.
[[nodiscard]] std::string encode_utf8(std::u32string_view points);

}  // namespace holdfast::ens
