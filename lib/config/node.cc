#include "config/node.h"

#include <algorithm>

namespace holdfast {

const Node* Node::find(std::string_view name) const noexcept {
  if (kind != Kind::object) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(),
                                  [name](const Node& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

Node* Node::find(std::string_view name) noexcept {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(name));
}

std::string Node::shown() const {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return boolean ? "true" : "false";
    case Kind::whole:
    case Kind::fraction:
      return text;
    case Kind::string:
      return quoted(text);
    case Kind::array:
      return children.empty() ? "an empty array" : "an array";
    case Kind::object:
      return children.empty() ? "an empty object" : "an object";
  }
  return {};
}

std::string pointer_below(std::string_view pointer, std::string_view token) {
  std::string out(pointer);
  out += '/';
  for (const char c : printable(token)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kDigits[octet >> 4U];
      out += kDigits[octet & 15U];
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const bool cut = text.size() > kLongest;
  return '"' + printable(text.substr(0, kLongest)) + (cut ? "...\"" : "\"");
}

}  // namespace holdfast
