#include <algorithm>

#include <nlohmann/json.hpp>

#include "daemon/ctl/harmless.h"
#include "daemon/ctl/reply_text.h"

namespace holdfast::ctl {
namespace {

Tone tone_of_kind(const std::string& kind) {
  if (kind == "failover" || kind == "panic" || kind == "hold") return Tone::warn;
  if (kind == "store" || kind == "resolv_conf") return Tone::bad;
  return kind == "failback" ? Tone::good : Tone::plain;
}

std::string shown(const nlohmann::json& record, const char* key) {
  return harmless(record.at(key).get<std::string>());
}

/// As wide as the longest kind.
std::string padded(std::string kind) {
  kind.resize(std::max(kind.size(), sizeof "resolv_conf" - 1), ' ');
  return kind;
}

}  // namespace

std::string print_timeline(const nlohmann::json& records, const Paint& paint) {
  std::string text;
  for (auto it = records.rbegin(); it != records.rend(); ++it) {
    const std::string kind = shown(*it, "kind");
    text += paint(Tone::dim, shown(*it, "at")) + "  " + paint(tone_of_kind(kind), padded(kind)) +
            "  " + paint(Tone::bold, shown(*it, "subject")) + ": " + shown(*it, "cause");
    if (it->contains("name")) text += ", " + shown(*it, "name");
    if (const std::string evidence = shown(*it, "evidence"); !evidence.empty()) {
      text += " " + paint(Tone::dim, "(" + evidence + ")");
    }
    text += "\n";
  }
  return text;
}

}  // namespace holdfast::ctl
