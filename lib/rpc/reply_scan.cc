#include "rpc/reply_scan.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace holdfast::rpc {
namespace {

// A block's header is three deep; errors of proxies five.
constexpr std::size_t kDeepest = 16;

/// Receives the parser's events. Every handler's false ends the parsing.
class Scanner {
 public:
  using Json = nlohmann::json;

  bool null() {
    if (at_member() && member_ == Member::error) reply_.has_error = false;
    return value(ScannedReply::Result::other);
  }

  bool boolean(bool so) {
    if (at_member() && member_ == Member::result) reply_.says_false = !so;
    return value(ScannedReply::Result::other);
  }

  bool number_integer(Json::number_integer_t number) {
    if (in(Member::error) && field_ == Field::code) reply_.code = number;
    return value(ScannedReply::Result::other);
  }

  bool number_unsigned(Json::number_unsigned_t number) {
    if (at_member() && member_ == Member::id) reply_.id = number;
    if (in(Member::error) && field_ == Field::code && number <= INT64_MAX) {
      reply_.code = static_cast<std::int64_t>(number);
    }
    return value(ScannedReply::Result::other);
  }

  bool number_float(Json::number_float_t, const std::string&) {
    return value(ScannedReply::Result::other);
  }

  bool string(std::string& text) {
    if (depth_ == 0) return false;
    if (at_member()) take_member(text);
    if (in(Member::result)) take_block_field(text);
    if (in(Member::error) && field_ == Field::message) reply_.message = std::move(text);
    const bool data = depth_ >= 2 && member_ == Member::error && field_ == Field::data;
    if (data && reply_.data.empty() && text.find("0x") != std::string::npos) {
      reply_.data = std::move(text);
    }
    return value(ScannedReply::Result::text);
  }

  bool binary(Json::binary_t&) { return false; }  // JSON text has none

  bool start_object(std::size_t) {
    if (at_member() && member_ == Member::result) reply_.result = ScannedReply::Result::object;
    return open();
  }

  bool end_object() { return close(); }

  bool start_array(std::size_t) {
    if (depth_ == 0) return false;  // a batch: nobody asked for one
    if (at_member() && member_ == Member::result) reply_.result = ScannedReply::Result::other;
    return open();
  }

  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (depth_ == 1) {
      member_ = member_of(name);
      if (member_ == Member::error) reply_.has_error = true;
      return member_ == Member::other || once(members_, static_cast<unsigned>(member_));
    }
    if (depth_ != 2 || (member_ != Member::result && member_ != Member::error)) return true;
    field_ = field_of(name);
    return field_ == Field::other || once(fields_, static_cast<unsigned>(field_));
  }

  template <typename Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return false;
  }

  ScannedReply take() { return std::move(reply_); }

 private:
  enum class Member : std::uint8_t { other, version, id, result, error };
  enum class Field : std::uint8_t { other, number, hash, parent, time, code, message, data };

  static Member member_of(std::string_view name) {
    if (name == "jsonrpc") return Member::version;
    if (name == "id") return Member::id;
    if (name == "result") return Member::result;
    return name == "error" ? Member::error : Member::other;
  }

  static Field field_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Field>, 7> kFields{
        {{"number", Field::number},
         {"hash", Field::hash},
         {"parentHash", Field::parent},
         {"timestamp", Field::time},
         {"code", Field::code},
         {"message", Field::message},
         {"data", Field::data}}};
    for (const auto& [word, field] : kFields) {
      if (name == word) return field;
    }
    return Field::other;
  }

  static bool once(unsigned& seen, unsigned which) {
    const unsigned bit = 1U << which;
    const bool first = (seen & bit) == 0;
    seen |= bit;
    return first;
  }

  /// A value that is a member of the reply itself.
  [[nodiscard]] bool at_member() const { return depth_ == 1; }

  /// A value that is a member of this member.
  [[nodiscard]] bool in(Member member) const { return depth_ == 2 && member_ == member; }

  void take_member(std::string& text) {
    if (member_ == Member::version) reply_.versioned = text == "2.0";
    if (member_ == Member::result) reply_.text = std::move(text);
  }

  void take_block_field(std::string& text) {
    std::string* const to = field_ == Field::number   ? &reply_.number
                            : field_ == Field::hash   ? &reply_.hash
                            : field_ == Field::parent ? &reply_.parent
                            : field_ == Field::time   ? &reply_.time
                                                      : nullptr;
    if (to != nullptr) *to = std::move(text);
  }

  bool value(ScannedReply::Result kind) {
    if (at_member() && member_ == Member::result) reply_.result = kind;
    return depth_ > 0;
  }

  bool open() {
    if (depth_ == 1) {
      field_ = Field::other;
      fields_ = 0;
    }
    return ++depth_ <= kDeepest;
  }

  bool close() {
    --depth_;
    return true;
  }

  ScannedReply reply_;
  std::size_t depth_ = 0;
  Member member_ = Member::other;
  Field field_ = Field::other;  // of the object that member_ is
  unsigned members_ = 0;        // those seen, as bits
  unsigned fields_ = 0;
};

/// Likewise; keeps one member of an object.
class DataScanner {
 public:
  using Json = nlohmann::json;

  bool null() { return depth_ > 0; }

  bool boolean(bool) { return depth_ > 0; }

  bool number_integer(Json::number_integer_t) { return depth_ > 0; }

  bool number_unsigned(Json::number_unsigned_t) { return depth_ > 0; }

  bool number_float(Json::number_float_t, const std::string&) { return depth_ > 0; }

  bool binary(Json::binary_t&) { return false; }

  bool string(std::string& text) {
    if (depth_ == 1 && here_) data_ = std::move(text);
    return depth_ > 0;
  }

  bool start_object(std::size_t) { return ++depth_ <= kDeepest; }

  bool start_array(std::size_t) { return depth_ > 0 && ++depth_ <= kDeepest; }

  bool end_object() { return close(); }

  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (depth_ != 1) return true;
    here_ = name == "data";
    return !here_ || !std::exchange(seen_, true);
  }

  template <typename Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return false;
  }

  std::optional<std::string> take() { return std::move(data_); }

 private:
  bool close() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool here_ = false;  // the value of "data" comes
  bool seen_ = false;
  std::optional<std::string> data_;
};

}  // namespace

std::optional<ScannedReply> scan_reply(std::string_view body) {
  Scanner scanner;
  if (!nlohmann::json::sax_parse(body, &scanner)) return std::nullopt;
  return scanner.take();
}

std::optional<std::string> scan_data_member(std::string_view body) {
  DataScanner scanner;
  if (!nlohmann::json::sax_parse(body, &scanner)) return std::nullopt;
  return scanner.take();
}

}  // namespace holdfast::rpc
