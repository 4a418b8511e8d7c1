#include "ens/normalise.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "ens/composition.h"
#include "ens/normalise_tables.h"
#include "ens/utf8.h"

namespace holdfast::ens {
namespace {

using tables::CodePoint;
using tables::GroupSet;
using tables::Kind;
using tables::look_up;

constexpr char32_t kVariation = 0xfe0f;  // "as an emoji": optional where an emoji has it

/// A label taken apart: text, and emojis without FE0F.
struct Tokens {
  struct Run {
    std::size_t begin;
    std::size_t end;
    bool emoji;
  };

  std::u32string points;
  std::vector<Run> runs;

  [[nodiscard]] std::u32string_view of(const Run& run) const {
    return std::u32string_view(points).substr(run.begin, run.end - run.begin);
  }

  [[nodiscard]] bool has_emoji() const {
    return std::ranges::any_of(runs, [](const Run& run) { return run.emoji; });
  }

  /// All but the emojis.
  [[nodiscard]] std::u32string text() const {
    std::u32string all;
    for (const Run& run : runs) {
      if (!run.emoji) all += of(run);
    }
    return all;
  }
};

/// How many of the points are the longest emoji that they begin with; 0 if they begin with none.
std::size_t emoji_length(std::u32string_view points) noexcept {
  if (!look_up(points.front()).has(tables::flag::emoji)) return 0;
  std::size_t longest = 0;
  const tables::EmojiNode* node = tables::kEmoji.data();
  for (std::size_t at = 0; at < points.size(); ++at) {
    const auto children = tables::kEmoji.subspan(node->first_child, node->child_count);
    const auto point = [](const tables::EmojiNode& child) { return char32_t{child.point}; };
    const auto child = std::ranges::lower_bound(children, points[at], {}, point);
    if (child == children.end() || child->point != points[at]) break;
    node = &*child;
    if (node->ends != 0) longest = at + 1;
  }
  return longest;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::u32string_view input) : input_(input) {}

  NameErrc run(Tokens& tokens) {
    while (!input_.empty()) {
      if (const std::size_t length = emoji_length(input_)) {
        end_text(tokens);
        take_emoji(tokens, length);
      } else if (!take_text()) {
        return NameErrc::disallowed;
      }
    }
    end_text(tokens);
    return tokens.runs.empty() ? NameErrc::empty_label : NameErrc{};
  }

 private:
  void take_emoji(Tokens& tokens, std::size_t length) {
    const std::size_t begin = tokens.points.size();
    for (const char32_t point : input_.substr(0, length)) {
      if (point != kVariation) tokens.points += point;
    }
    tokens.runs.push_back({begin, tokens.points.size(), true});
    input_.remove_prefix(length);
  }

  bool take_text() {
    const CodePoint& traits = look_up(input_.front());
    if (traits.kind == Kind::disallowed) return false;
    if (traits.kind == Kind::valid) {
      put(input_.front(), traits);
    } else if (traits.kind == Kind::mapped) {
      for (const char32_t point : tables::sequence(traits.mapping))
        put(point, look_up(point));
    }
    input_.remove_prefix(1);
    return true;
  }

  void put(char32_t point, const CodePoint& traits) {
    settled_ = settled_ && traits.has(tables::flag::settled);
    text_ += point;
  }

  void end_text(Tokens& tokens) {
    if (text_.empty()) return;
    const std::size_t begin = tokens.points.size();
    tokens.points += settled_ ? text_ : compose(text_);
    tokens.runs.push_back({begin, tokens.points.size(), false});
    text_.clear();
    settled_ = true;
  }

  std::u32string_view input_;
  std::u32string text_;
  bool settled_ = true;
};

bool is_ascii(char32_t point) noexcept {
  return point < 0x80;
}

bool has_flag(char32_t point, std::uint8_t flag) noexcept {
  return look_up(point).has(flag);
}

/// `_` may only lead: "_dmarc", "__x".
template <typename Text>
bool underscores_lead(const Text& text) noexcept {
  const auto other = std::ranges::find_if(text, [](auto c) { return c != '_'; });
  return std::find(other, text.end(), '_') == text.end();
}

/// "xn--" and every other "??--" (RFC 5891 4.2.3.1).
template <typename Text>
bool has_extension(const Text& text) noexcept {
  return text.size() >= 4 && text[2] == '-' && text[3] == '-';
}

NameErrc check_marks(const Tokens& tokens) {
  using tables::flag::mark;
  if (has_flag(tokens.points.front(), mark)) return NameErrc::leading_mark;
  for (std::size_t i = 1; i < tokens.runs.size(); ++i) {
    const auto& run = tokens.runs[i];
    if (!run.emoji && has_flag(tokens.points[run.begin], mark)) return NameErrc::mark_after_emoji;
  }
  return {};
}

NameErrc check_fenced(std::u32string_view points) {
  using tables::flag::fenced;
  if (has_flag(points.front(), fenced)) return NameErrc::leading_fenced;
  if (has_flag(points.back(), fenced)) return NameErrc::trailing_fenced;
  const auto both = [](char32_t a, char32_t b) {
    return has_flag(a, fenced) && has_flag(b, fenced);
  };
  const auto pair = std::ranges::adjacent_find(points, both);
  return pair == points.end() ? NameErrc{} : NameErrc::adjacent_fenced;
}

GroupSet groups_of(std::u32string_view text) {
  GroupSet groups = tables::kAllGroups;
  for (const char32_t point : text)
    groups &= tables::kGroupSets[look_up(point).groups];
  return groups;
}

/// Could all of the text be read as another script's? ENSIP-15, "Wholes": not if a character has no
/// look-alike; else if the groups of all look-alikes have one in common that holds the rest, too.
bool is_confusable(std::u32string_view text) {
  GroupSet suspects = tables::kAllGroups;
  GroupSet shared = tables::kAllGroups;
  bool looks_alike = false;
  for (const char32_t point : text) {
    const CodePoint& traits = look_up(point);
    if (traits.has(tables::flag::unique)) return false;
    if (traits.complement != 0) {
      looks_alike = true;
      suspects &= tables::kComplements[traits.complement];
    } else {
      shared &= tables::kGroupSets[traits.groups];
    }
  }
  suspects &= shared;
  return looks_alike && !suspects.empty();
}

NameErrc check_non_spacing(std::u32string_view text) {
  using tables::flag::non_spacing;
  const auto holds = [](char32_t p) { return has_flag(p, tables::flag::holds_non_spacing); };
  if (std::ranges::none_of(text, holds)) return {};
  const std::u32string parts = decompose(text);
  for (std::size_t begin = 1; begin < parts.size(); ++begin) {
    // Runs of distinct marks end by themselves: there are about a thousand.
    std::size_t end = begin;
    for (; end < parts.size() && has_flag(parts[end], non_spacing); ++end) {
      const auto run = std::u32string_view(parts).substr(begin, end - begin);
      if (run.find(parts[end]) != run.npos) return NameErrc::duplicate_marks;
    }
    if (end - begin > tables::kMostNonSpacing) return NameErrc::excessive_marks;
    begin = end;
  }
  return {};
}

/// The rules of ENSIP-15, "Validate", in its order.
NameErrc check(const Tokens& tokens) {
  const std::u32string_view points = tokens.points;
  if (!underscores_lead(points)) return NameErrc::underscore;
  if (!tokens.has_emoji() && std::ranges::all_of(points, is_ascii)) {
    return has_extension(points) ? NameErrc::extension : NameErrc{};
  }
  const std::u32string text = tokens.text();
  if (text.empty()) return {};
  if (const NameErrc error = check_marks(tokens); error != NameErrc{}) return error;
  if (const NameErrc error = check_fenced(points); error != NameErrc{}) return error;
  GroupSet group = groups_of(text).first();
  if (group.empty()) {
    // Some that compose out of valid ones are in no group themselves.
    return look_up(text.front()).groups == 0 ? NameErrc::disallowed : NameErrc::mixture;
  }
  group &= tables::kMarksAreLetters;
  if (group.empty()) {
    if (const NameErrc error = check_non_spacing(text); error != NameErrc{}) return error;
  }
  return is_confusable(text) ? NameErrc::confusable : NameErrc{};
}

/// What each ASCII character becomes alone; 0 where that is no ASCII or it is disallowed.
constexpr std::array<char, 128> ascii_map() {
  std::array<char, 128> map{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-_$"))
    map[static_cast<unsigned char>(c)] = c;
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz"))
    map[static_cast<unsigned char>(c) - 0x20U] = c;  // capitals
  return map;
}

/// The short way for labels of the usual characters: no emoji is of ASCII alone, and ASCII marks
/// and mixes nothing. nullopt where the long way must tell.
std::optional<std::string> normalise_ascii(std::string_view label) {
  static constexpr auto kMap = ascii_map();
  std::string out(label.size(), '\0');
  bool plain = !label.empty();
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto c = static_cast<unsigned char>(label[i]);
    out[i] = c < 0x80 ? kMap[c] : '\0';
    plain = plain && out[i] != '\0';
  }
  if (!plain || has_extension(out) || !underscores_lead(out)) return std::nullopt;
  return out;
}

class NameCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "ens-name"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<NameErrc>(value)) {
      case NameErrc::ill_formed:
        return "ill-formed UTF-8";
      case NameErrc::empty_label:
        return "empty label";
      case NameErrc::disallowed:
        return "disallowed character";
      case NameErrc::underscore:
        return "underscore allowed only at start";
      case NameErrc::extension:
        return "invalid label extension";
      case NameErrc::leading_mark:
        return "leading combining mark";
      case NameErrc::mark_after_emoji:
        return "emoji + combining mark";
      case NameErrc::leading_fenced:
        return "leading fenced";
      case NameErrc::trailing_fenced:
        return "trailing fenced";
      case NameErrc::adjacent_fenced:
        return "adjacent fenced";
      case NameErrc::mixture:
        return "illegal mixture";
      case NameErrc::confusable:
        return "whole-script confusable";
      case NameErrc::duplicate_marks:
        return "duplicate non-spacing marks";
      case NameErrc::excessive_marks:
        return "excessive non-spacing marks";
    }
    return "error " + std::to_string(value);
  }
};

}  // namespace

const std::error_category& name_category() noexcept {
  static const NameCategory category;
  return category;
}

std::error_code make_error_code(NameErrc error) noexcept {
  return {static_cast<int>(error), name_category()};
}

Result<std::string> normalise_label(std::string_view label) {
  if (auto plain = normalise_ascii(label)) return *std::move(plain);
  const auto points = decode_utf8(label);
  if (!points) return make_error_code(NameErrc::ill_formed);
  Tokens tokens;
  NameErrc error = Tokenizer(*points).run(tokens);
  if (error == NameErrc{}) error = check(tokens);
  if (error != NameErrc{}) return make_error_code(error);
  return encode_utf8(tokens.points);
}

Result<std::string> normalise_name(std::string_view name) {
  std::string out;
  if (name.empty()) return out;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    const auto label = normalise_label(name.substr(at, end - at));
    if (!label) return label.error();
    if (at > 0) out += '.';
    out += *label;
    at = end + 1;
  }
  return out;
}

}  // namespace holdfast::ens
