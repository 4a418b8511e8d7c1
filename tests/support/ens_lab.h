// The files of tests/ens-lab, for tests of the ENS bridge.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace holdfast::ens_lab {

/// A member of the JSON object in a file of tests/ens-lab; aborts the test program if the file is
/// not there. A lone surrogate, which stands for ill-formed UTF-8, comes as the code point
/// kIllFormed.
[[nodiscard]] nlohmann::json load(const std::string& name, const std::string& member);

inline constexpr const char* kIllFormed = "\xef\xb7\x90";  // U+FDD0, which is no character

/// A name of the vectors, with bytes that are no UTF-8 in the place of kIllFormed.
[[nodiscard]] std::string restore_ill_formed(std::string name);

}  // namespace holdfast::ens_lab
