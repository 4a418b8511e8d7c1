// Reading a small file that holds a secret: only its owner and its group may be able to.
#pragma once

#include <string>

namespace holdfast {

struct SecretFile {
  std::string text;
  std::string error;  // empty: it was read; else a line that says what to do, and shows no text
};

[[nodiscard]] SecretFile read_secret_file(const std::string& path);

/// The first line without its end: a password.
[[nodiscard]] std::string first_line(const std::string& text);

}  // namespace holdfast
