#include "tests/scenario/words.h"

#include <charconv>
#include <limits>

#include "base/units.h"

namespace holdfast::scenario {
namespace {

double plain_number(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Mistake("\"" + std::string(text) + "\" is no number");
  }
  return value;
}

}  // namespace

std::string Range::text() const {
  const auto plain = [](double d) {
    std::string s = std::to_string(d);
    s.erase(s.find_last_not_of('0') + 1);
    if (s.ends_with('.')) s.pop_back();
    return s;
  };
  if (least == most) return "= " + plain(least);
  if (least == 0) return "<= " + plain(most);
  if (most == std::numeric_limits<double>::infinity()) return ">= " + plain(least);
  return plain(least) + ".." + plain(most);
}

Duration duration_of(std::string_view text) {
  const auto parsed = parse_duration(text);
  if (!parsed) throw Mistake("\"" + std::string(text) + "\" is no duration");
  return *parsed;
}

TimePoint time_of(std::string_view text) {
  TimePoint time{};
  while (true) {
    const auto plus = text.find('+');
    time += duration_of(text.substr(0, plus));
    if (plus == std::string_view::npos) return time;
    text.remove_prefix(plus + 1);
  }
}

Words::Words(std::string_view line) {
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words_.push_back(std::exchange(word, {}));
  };
  for (const char c : line) {
    if (c == '#') break;
    if (c == '[' || c == ']') {
      flush();
      words_.emplace_back(1, c);
    } else if (c == ' ' || c == '\t' || c == ',') {
      flush();
    } else {
      word.push_back(c);
    }
  }
  flush();
}

std::string_view Words::peek() const noexcept {
  return done() ? std::string_view{} : std::string_view(words_[at_]);
}

bool Words::take(std::string_view word) {
  if (peek() != word) return false;
  ++at_;
  return true;
}

std::string Words::word(const char* what) {
  if (done()) throw Mistake(std::string(what) + " is missing");
  return words_[at_++];
}

Duration Words::duration() {
  return duration_of(word("a duration"));
}

TimePoint Words::time() {
  return time_of(word("a time"));
}

unsigned Words::number() {
  return static_cast<unsigned>(plain_number(word("a number")));
}

dns::Name Words::name() {
  const std::string text = word("a name");
  const auto name = dns::Name::parse(text);
  if (!name) throw Mistake("\"" + text + "\" is no name");
  return *name;
}

dns::RrType Words::type() {
  const std::string text = word("a type");
  const auto type = dns::parse_type(text);
  if (!type) throw Mistake("\"" + text + "\" is no type");
  return *type;
}

IpAddress Words::address() {
  const std::string text = word("an address");
  const auto address = parse_ip(text);
  if (!address) throw Mistake("\"" + text + "\" is no address");
  return *address;
}

bool Words::range_follows() const noexcept {
  return peek() == "=" || peek() == "<=" || peek() == ">=" ||
         peek().find("..") != std::string_view::npos;
}

Range Words::range() {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (take("=")) {
    const double value = plain_number(word("a number"));
    return {value, value};
  }
  if (take("<=")) return {0, plain_number(word("a number"))};
  if (take(">=")) return {plain_number(word("a number")), kInfinite};
  const std::string text = word("a range");
  const auto dots = text.find("..");
  if (dots == std::string::npos) throw Mistake("\"" + text + "\": = N, <= N, >= N or N..M");
  return {plain_number(std::string_view(text).substr(0, dots)),
          plain_number(std::string_view(text).substr(dots + 2))};
}

void Words::expect_done() const {
  if (!done()) throw Mistake("\"" + words_[at_] + "\" is too much, or unknown");
}

}  // namespace holdfast::scenario
