#include "control/drill_request.h"

#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/units.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;
using Action = DrillRequest::Action;

constexpr std::array<std::pair<const char*, Action>, 4> kActions{{{"list", Action::list},
                                                                  {"start", Action::start},
                                                                  {"stop", Action::stop},
                                                                  {"report", Action::report}}};

/// Numbers may come as text, from a command line.
std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

bool truth(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

template <typename Number>
bool read_number(const std::string& words, Number& number) {
  const char* end = words.data() + words.size();
  const auto [rest, error] = std::from_chars(words.data(), end, number);
  return error == std::errc() && rest == end;
}

std::string read_time(const Json& object, const char* key, Duration& time) {
  const std::string words = text(object, key);
  if (words.empty()) return {};
  const auto parsed = parse_duration(words);
  if (!parsed) return "\"" + words + "\" is no duration; try 5min";
  time = *parsed;
  return {};
}

std::string read_mode(const Json& object, DrillOrder& order) {
  const std::string mode = text(object, "mode");
  if (mode.empty()) return {};
  order.mode = parse_drill_mode(mode);
  return order.mode ? "" : "\"" + mode + "\" is no mode: " + drill_modes();
}

std::string read_order(const Json& object, DrillOrder& order) {
  order.provider = text(object, "provider");
  order.pack = text(object, "pack");
  order.force = truth(object, "force");
  if (std::string route = text(object, "route"); !route.empty()) order.route = std::move(route);
  if (std::string error = read_mode(object, order); !error.empty()) return error;
  const std::string percent = text(object, "percent");
  if (!percent.empty() && !read_number(percent, order.percent)) {
    return "\"" + percent + "\" is no whole percentage";
  }
  const std::string above = text(object, "abort_above");
  if (!above.empty() && !read_number(above, order.abort_above)) {
    return "\"" + above + "\" is no percentage";
  }
  Duration length{};
  if (std::string error = read_time(object, "for", length); !error.empty()) return error;
  if (object.contains("for")) order.length = length;
  return read_time(object, "delay", order.delay);
}

}  // namespace

std::string read_drill(const Json& object, DrillRequest& request) {
  const std::string action = text(object, "action");
  bool known = action.empty();
  for (const auto& [word, meant] : kActions) {
    if (action != word) continue;
    request.action = meant;
    known = true;
  }
  if (!known) return "\"" + action + "\" is none of drill start, list, stop, report";
  request.dry_run = truth(object, "dry_run");
  const std::string id = text(object, "id");
  if (!id.empty() && !read_number(id, request.id)) {
    return "\"" + id + "\" is no drill's number; `drill list` has them";
  }
  return request.action == Action::start ? read_order(object, request.order) : "";
}

void print_drill(const DrillRequest& request, Json& object) {
  for (const auto& [word, meant] : kActions) {
    if (request.action == meant) object["action"] = word;
  }
  if (request.id != 0) object["id"] = request.id;
  if (request.action != Action::start) return;
  const DrillOrder& order = request.order;
  if (!order.provider.empty()) object["provider"] = order.provider;
  if (!order.pack.empty()) object["pack"] = order.pack;
  if (order.mode) object["mode"] = to_string(*order.mode);
  if (order.route) object["route"] = *order.route;
  if (order.length) object["for"] = print_duration(*order.length);
  object["percent"] = order.percent;
  object["abort_above"] = order.abort_above;
  object["delay"] = print_duration(order.delay);
  if (order.force) object["force"] = true;
  if (request.dry_run) object["dry_run"] = true;
}

}  // namespace holdfast
