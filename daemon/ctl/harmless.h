// Texts that come from configurations, files and other hosts, made fit for a terminal: nothing of
// them may steer it.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace holdfast::ctl {

/// UTF-8 with a "?" for each control character, C0 and C1, and for each character that changes the
/// direction of what follows or ends a line (Unicode UAX #9; U+2028, U+2029).
[[nodiscard]] std::string harmless(std::string_view text);

/// The same for every string in it; keys are the daemon's own.
template <typename Json>
[[nodiscard]] Json harmless_json(Json value) {
  if (value.is_string()) return harmless(value.template get_ref<const std::string&>());
  if (value.is_structured()) {
    for (auto& part : value)
      part = harmless_json(std::move(part));
  }
  return value;
}

}  // namespace holdfast::ctl
