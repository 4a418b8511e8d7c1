// ENSIP-15: from a name as people write it to the one spelling that the registry knows, or to the
// reason why it can have none. Unicode 17.0.0, the tables of @adraffy/ens-normalize 1.11.1.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "base/result.h"

namespace holdfast::ens {

/// Why a name is no ENS name.
enum class NameErrc {
  ill_formed = 1,  // no UTF-8
  empty_label,     // or one whose every code point is ignored
  disallowed,      // a code point that no name has
  underscore,      // elsewhere than at the start
  extension,       // "??--": "xn--" and what may come after it
  leading_mark,    // a combining mark with nothing to combine with
  mark_after_emoji,
  leading_fenced,  // fenced: characters that must stand between others, as the apostrophe
  trailing_fenced,
  adjacent_fenced,
  mixture,          // of scripts that do not go together
  confusable,       // wholly of letters that look like another script's
  duplicate_marks,  // the same non-spacing mark twice on a letter
  excessive_marks,  // more than four on one
};

[[nodiscard]] const std::error_category& name_category() noexcept;
[[nodiscard]] std::error_code make_error_code(NameErrc error) noexcept;

/// The normalised form of one label in UTF-8. A label of ASCII costs one pass; the time for others
/// is about linear in their length. Errors are NameErrc. A dot is a disallowed character; an
/// A-label ("xn--…") is an `extension`: decode it before.
[[nodiscard]] Result<std::string> normalise_label(std::string_view label);

/// The same for each label between dots; "" is the root and stays "".
[[nodiscard]] Result<std::string> normalise_name(std::string_view name);

}  // namespace holdfast::ens

template <>
struct std::is_error_code_enum<holdfast::ens::NameErrc> : std::true_type {};
