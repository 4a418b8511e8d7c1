#include "daemon/ctl/shared_part.h"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "host/resolv_conf.h"

namespace holdfast::ctl {
namespace {

using host::FileKind;
using host::FileState;
using host::Part;
using Json = nlohmann::ordered_json;

constexpr const char* kKey = "dns";

/// No object if it is none.
Json object_of(const FileState& file) {
  return file.kind == FileKind::absent ? Json::object() : Json::parse(file.text, nullptr, false);
}

Json key_of(const FileState& file) {
  const Json object = object_of(file);
  return object.is_object() && object.contains(kKey) ? object[kKey] : Json();
}

/// Where our lines are: from the one that begins them to the one that ends them, or the last one.
struct Lines {
  std::size_t begin = std::string::npos, end = std::string::npos;
};

Lines our_lines(std::string_view text) {
  Lines lines;
  lines.begin = text.find(host::kOurs);
  if (lines.begin == std::string_view::npos) return lines;
  const auto last = text.find(host::kOursEnd, lines.begin);
  lines.end = last == std::string_view::npos ? text.size() : last + host::kOursEnd.size();
  return lines;
}

std::string lines_of(const FileState& file) {
  const Lines ours = our_lines(file.text);
  if (ours.begin == std::string::npos) return {};
  return file.text.substr(ours.begin, ours.end - ours.begin);
}

std::string with_lines(const std::string& text, const std::string& lines, Part part) {
  const Lines former = our_lines(text);
  std::string result = text;
  if (former.begin != std::string::npos) result.erase(former.begin, former.end - former.begin);
  if (part == Part::first_lines) return lines + result;
  if (!lines.empty() && !result.empty() && result.back() != '\n') result += '\n';
  return result + lines;
}

}  // namespace

bool has_part(Part part, const FileState& now, const FileState& after) {
  switch (part) {
    case Part::whole:
      return now.kind == after.kind && now.text == after.text;
    case Part::dns_key:
      return now.kind == after.kind && key_of(now) == key_of(after);
    case Part::marked_lines:
    case Part::first_lines:
      return now.kind == after.kind && lines_of(now) == lines_of(after);
  }
  return false;
}

std::optional<FileState> with_part(Part part, const FileState& now, const FileState& after) {
  if (part == Part::whole || (now.kind == after.kind && now.text == after.text)) return after;
  if (now.kind == FileKind::absent && part != Part::dns_key) return after;
  if (now.kind == FileKind::link || now.kind == FileKind::other) return std::nullopt;
  FileState state = now;
  if (now.kind == FileKind::absent) state = after;
  if (part != Part::dns_key) {
    state.text = with_lines(now.text, lines_of(after), part);
    return state;
  }
  Json object = object_of(now);
  if (!object.is_object()) return std::nullopt;
  if (const Json key = key_of(after); key.is_null()) {
    object.erase(kKey);
  } else {
    object[kKey] = key;
  }
  state.text = object.dump(2) + "\n";
  return state;
}

}  // namespace holdfast::ctl
