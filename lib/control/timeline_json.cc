#include "control/timeline_json.h"

#include <array>
#include <cstdio>
#include <ctime>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string print_wall_milliseconds(WallTime at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(at - whole);
  const std::time_t when = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 32> seconds{};
  std::strftime(seconds.data(), seconds.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest.count()));
  return std::string(seconds.data()) + fraction.data();
}

std::optional<WallTime> parse_wall_time(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  WallTime at = std::chrono::system_clock::from_time_t(::timegm(&parts));
  if (*rest == '.') {
    std::chrono::milliseconds unit{100};
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10)
      at += unit * (*rest - '0');
  }
  if (std::string_view(rest) != "Z") return std::nullopt;
  return at;
}

Json timeline_json(const TimelineRecord& record, TimelineNames names) {
  const TimelineEvent& event = record.event;
  Json json{{"seq", record.seq},
            {"at", print_wall_milliseconds(record.at)},
            {"kind", to_string(event.kind)},
            {"subject", event.subject},
            {"cause", event.cause},
            {"evidence", event.evidence}};
  if (names == TimelineNames::shown && !event.name.empty()) json["name"] = event.name;
  return json;
}

std::string timeline_line(const TimelineRecord& record) {
  return dump(timeline_json(record, TimelineNames::shown));
}

std::string timeline_reply(const std::vector<TimelineRecord>& records, std::uint64_t dropped) {
  Json reply{{"ok", true}, {"dropped", dropped}, {"records", Json::array()}};
  for (const TimelineRecord& record : records)
    reply["records"].push_back(timeline_json(record, TimelineNames::shown));
  return dump(reply);
}

}  // namespace holdfast
