#include "config/read.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/units.h"
#include "config/suggest.h"

namespace holdfast {
namespace {

std::string print_number(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string from_to(const std::string& least, const std::string& most) {
  return " from " + least + " to " + most;
}

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

bool expect_object(const Node& node, Report& report) {
  if (!node.is(Node::Kind::object)) report.wrong_value(node, "an object {…}");
  return node.is(Node::Kind::object);
}

bool expect_array(const Node& node, std::string_view what, Report& report) {
  if (node.is(Node::Kind::array)) return true;
  report.wrong_value(node, "an array, each item " + std::string(what));
  return false;
}

bool expect_string(const Node& node, std::string_view what, Report& report) {
  if (node.is(Node::Kind::string)) return true;
  report.wrong_value(node, what);
  return false;
}

void read_bool(const Node& node, Report& report, bool& out) {
  if (node.is(Node::Kind::boolean)) {
    out = node.boolean;
  } else {
    report.wrong_value(node, "true or false");
  }
}

void read_duration(const Node& node, Range<Duration> range, Report& report, Duration& out) {
  const auto allowed = from_to(print_duration(range.least), print_duration(range.most));
  if (node.is(Node::Kind::string)) {
    const auto value = parse_duration(node.text);
    if (value && range.holds(*value)) {
      out = *value;
      return;
    }
    if (value) return report.wrong_value(node, "a time" + allowed);
  }
  report.wrong_value(node, "a time with its unit (ms, s, min, h, d) such as \"" +
                               print_duration(range.least) + "\"," + allowed);
}

void read_size(const Node& node, Range<std::uint64_t> range, Report& report, std::size_t& out) {
  const auto allowed = from_to(print_size(range.least), print_size(range.most));
  if (node.is(Node::Kind::string)) {
    const auto value = parse_size(node.text);
    if (value && range.holds(*value)) {
      out = static_cast<std::size_t>(*value);
      return;
    }
    if (value) return report.wrong_value(node, "a size" + allowed);
  }
  report.wrong_value(node, "a size with its unit (KiB, MiB, GiB) such as \"64MiB\"," + allowed);
}

void read_number(const Node& node, Range<double> range, Report& report, double& out) {
  if (node.is_number() && std::isfinite(node.number) && range.holds(node.number)) {
    out = node.number;
    return;
  }
  report.wrong_value(node,
                     "a number" + from_to(print_number(range.least), print_number(range.most)));
}

bool read_whole(const Node& node, Range<std::int64_t> range, Report& report, std::int64_t& out) {
  if (node.is(Node::Kind::whole) && range.holds(node.whole)) {
    out = node.whole;
    return true;
  }
  report.wrong_value(
      node, "a whole number" + from_to(std::to_string(range.least), std::to_string(range.most)));
  return false;
}

bool is_label(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 &&
         std::all_of(text.begin(), text.end(), is_label_character);
}

bool read_label(const Node& node, std::string_view what, Report& report, std::string& out) {
  if (node.is(Node::Kind::string) && is_label(node.text)) {
    out = node.text;
    return true;
  }
  report.wrong_value(
      node, std::string(what) + ": letters, digits, \"-\", \"_\" and \".\", at most 63 characters");
  return false;
}

bool read_domain_name(const Node& node, Report& report, dns::Name& out) {
  constexpr std::string_view kExpected = "a domain name such as \"corp.internal\"";
  if (!expect_string(node, kExpected, report)) return false;
  // "" is the root too, but in a configuration it is an empty field.
  if (const auto name = dns::Name::parse(node.text); name && !node.text.empty()) {
    out = *name;
    return true;
  }
  report.wrong_value(node, kExpected);
  return false;
}

bool read_ip(const Node& node, Report& report, IpAddress& out) {
  constexpr std::string_view kExpected = "an IP address such as \"192.0.2.1\" or \"2001:db8::1\"";
  if (!expect_string(node, kExpected, report)) return false;
  if (const auto address = parse_ip(node.text)) {
    out = *address;
    return true;
  }
  report.wrong_value(node, kExpected);
  return false;
}

std::size_t read_word(const Node& node, const std::vector<std::string_view>& words,
                      Report& report) {
  std::string expected;
  for (const auto word : words) {
    expected += (expected.empty() ? "\"" : ", \"") + std::string(word) + '"';
  }
  if (!expect_string(node, expected, report)) return words.size();
  const auto found = std::find(words.begin(), words.end(), node.text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const auto near = nearest(node.text, words);
  if (!near.empty()) expected += "; did you mean \"" + std::string(near) + "\"?";
  report.wrong_value(node, expected);
  return words.size();
}

void read_path(const Node& node, std::string_view what, Report& report, std::string& out) {
  const bool good = node.is(Node::Kind::string) &&
                    (node.text.empty() || node.text.starts_with('/')) &&
                    node.text.find('\0') == std::string::npos;
  if (good) {
    out = node.text;
  } else {
    report.wrong_value(node, what);
  }
}

}  // namespace holdfast
