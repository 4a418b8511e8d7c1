// Node: one value of a configuration file, with the file and the JSON pointer where it stands, so
// that every mistake can be named with its place, also after several files were merged. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct Node {
  enum class Kind : std::uint8_t { null, boolean, whole, fraction, string, array, object };

  Kind kind = Kind::null;
  std::string file;
  std::string pointer;  // RFC 6901, inside its own file
  std::string key;      // of a member of an object, else empty
  bool boolean = false;
  std::int64_t whole = 0;      // a number without fraction or exponent
  double number = 0;           // any number
  std::string text;            // a string, or a number as it was written
  std::vector<Node> children;  // items of an array, members of an object in the order of the file

  [[nodiscard]] bool is(Kind other) const noexcept { return kind == other; }

  [[nodiscard]] bool is_number() const noexcept { return is(Kind::whole) || is(Kind::fraction); }

  /// The member `name` of an object; nullptr if there is none, or this is no object.
  [[nodiscard]] const Node* find(std::string_view name) const noexcept;
  [[nodiscard]] Node* find(std::string_view name) noexcept;

  /// The value for a message, on one line of printable ASCII, shortened if it is long: "\"abc\"",
  /// "12", "true", "an object", "an array".
  [[nodiscard]] std::string shown() const;
};

/// `pointer` with one more reference token, escaped (RFC 6901 3).
[[nodiscard]] std::string pointer_below(std::string_view pointer, std::string_view token);

/// Control characters and octets beyond ASCII as \xNN, so that a message stays on its line.
[[nodiscard]] std::string printable(std::string_view text);

/// "\"text\"", printable and shortened to some sixty characters.
[[nodiscard]] std::string quoted(std::string_view text);

/// The same. Where <iomanip> is seen, which newer <chrono> brings, std::quoted is found for a
/// string, too, and would fit better.
[[nodiscard]] inline std::string quoted(const std::string& text) {
  return quoted(std::string_view(text));
}

}  // namespace holdfast
