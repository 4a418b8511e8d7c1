#include "config/json_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

// No key of ours stands deeper than six; the bounds keep what follows from recursing or growing
// far.
constexpr std::size_t kDeepest = 16;
constexpr std::size_t kLongestKey = 255;

/// Where the last of the `read` characters stands.
std::string line_and_column(std::string_view text, std::size_t read) {
  const auto before = text.substr(0, std::min(read == 0 ? 0 : read - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// What the library says, without its own codes and place.
std::string reason_of(std::string_view what) {
  for (const std::string_view before : {"] ", "parse error", ": "}) {
    const auto at = what.find(before);
    if (at == std::string_view::npos) break;
    what.remove_prefix(at + before.size());
  }
  std::string reason = printable(what.substr(0, 300));
  // The commonest mistake, which the library names by its consequence only.
  const auto says = [&reason](std::string_view text) {
    return reason.find(text) != std::string::npos;
  };
  if (says("value - unexpected ']'") || says("object key - unexpected '}'")) {
    reason += " (no comma stands before a closing bracket)";
  }
  return reason;
}

/// Receives the parser's events and grows the tree. Every handler's false ends the parsing.
class TreeBuilder {
 public:
  using Json = nlohmann::json;

  TreeBuilder(const std::string& file, std::string_view text, Report& report)
      : text_(text), report_(report) {
    root_.file = file;
  }

  bool null() { return add(Node::Kind::null) != nullptr; }

  bool boolean(bool value) {
    Node* node = add(Node::Kind::boolean);
    if (node != nullptr) node->boolean = value;
    return node != nullptr;
  }

  bool number_integer(Json::number_integer_t value) {
    return add_whole(value, std::to_string(value));
  }

  bool number_unsigned(Json::number_unsigned_t value) {
    if (value > static_cast<Json::number_unsigned_t>(INT64_MAX)) {
      return number_float(static_cast<double>(value), std::to_string(value));
    }
    return add_whole(static_cast<std::int64_t>(value), std::to_string(value));
  }

  bool number_float(Json::number_float_t value, const std::string& text) {
    Node* node = add(Node::Kind::fraction);
    if (node == nullptr) return false;
    node->number = value;
    node->text = printable(text);
    return true;
  }

  bool string(std::string& value) {
    Node* node = add(Node::Kind::string);
    if (node != nullptr) node->text = std::move(value);
    return node != nullptr;
  }

  bool binary(Json::binary_t&) { return false; }  // JSON text has none

  bool start_object(std::size_t) { return open(Node::Kind::object); }

  bool end_object() { return close(); }

  bool start_array(std::size_t) { return open(Node::Kind::array); }

  bool end_array() { return close(); }

  bool key(std::string& value) {
    const Node& object = *open_.back();
    if (value.size() > kLongestKey) {
      report_.error(object, value.substr(0, 32) + "...", "no key is this long");
      return false;
    }
    if (object.find(value) != nullptr) {
      report_.error(object, value, "this key stands twice in one object; once is right");
    }
    key_ = std::move(value);
    return true;
  }

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string& /*last_token*/, const Exception& why) {
    Node whole_file;
    whole_file.file = root_.file;
    report_.error(whole_file, line_and_column(text_, position) + ": " + reason_of(why.what()));
    return false;
  }

  Node take() { return std::move(root_); }

 private:
  /// The node the next value goes into; nullptr beyond the depth allowed.
  Node* add(Node::Kind kind) {
    if (open_.empty()) {
      root_.kind = kind;
      return &root_;
    }
    // Only the newest child is ever open, so growing `children` moves nothing that open_ points to.
    Node& parent = *open_.back();
    const bool member = parent.is(Node::Kind::object);
    std::string token = member ? key_ : std::to_string(parent.children.size());
    Node& node = parent.children.emplace_back();
    node.kind = kind;
    node.file = parent.file;
    node.pointer = pointer_below(parent.pointer, token);
    if (member) node.key = std::move(token);
    if (open_.size() < kDeepest) return &node;
    report_.error(node, "nested too deep; no key stands here");
    return nullptr;
  }

  bool add_whole(std::int64_t value, std::string text) {
    Node* node = add(Node::Kind::whole);
    if (node == nullptr) return false;
    node->whole = value;
    node->number = static_cast<double>(value);
    node->text = std::move(text);
    return true;
  }

  bool open(Node::Kind kind) {
    Node* node = add(kind);
    if (node != nullptr) open_.push_back(node);
    return node != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  Report& report_;
  Node root_;
  std::vector<Node*> open_;
  std::string key_;
};

}  // namespace

std::optional<Node> read_json(const std::string& file, const std::string& text, Report& report) {
  TreeBuilder builder(file, text, report);
  constexpr bool kStrict = true;
  constexpr bool kComments = true;
  if (!nlohmann::json::sax_parse(text, &builder, nlohmann::json::input_format_t::json, kStrict,
                                 kComments)) {
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace holdfast
