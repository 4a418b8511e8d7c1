#include "control/request.h"

#include <array>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "control/timeline_json.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;

constexpr std::array kCommands{Command::status,       Command::why,        Command::force_up,
                               Command::force_down,   Command::force_auto, Command::flush,
                               Command::holds,        Command::release,    Command::reload,
                               Command::check_config, Command::audit,      Command::log_level,
                               Command::timeline,     Command::drill,      Command::sign};
constexpr std::array kLevels{LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug};

/// The value of a string key, "" if it is absent or something else.
std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool truth(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// Fills in what `why` and `flush` name; the text says what is wrong.
std::string read_question(const Json& object, Request& request) {
  const std::string name = text(object, "name");
  if (name.empty()) return "a name is needed";
  const auto parsed = dns::Name::parse(name);
  if (!parsed) return "\"" + name + "\" is no domain name";
  request.question.name = *parsed;
  const std::string type = text(object, "type");
  if (type.empty()) return {};
  const auto rr_type = dns::parse_type(type);
  if (!rr_type || dns::is_meta(*rr_type)) return "\"" + type + "\" is no record type";
  request.question.type = *rr_type;
  return {};
}

std::string read_force(const Json& object, Request& request) {
  request.upstream = text(object, "upstream");
  if (request.upstream.empty()) return "an upstream is needed";
  const std::string duration = text(object, "for");
  if (duration.empty()) return {};
  const auto parsed = parse_duration(duration);
  if (!parsed || *parsed <= 0s) return "\"" + duration + "\" is no duration; try 10m";
  request.duration = *parsed;
  return {};
}

std::string read_level(const Json& object, Request& request) {
  const std::string level = text(object, "level");
  if (level.empty()) return {};
  request.log_level = parse_log_level(level);
  if (!request.log_level) return "\"" + level + "\" is no level: error, warning, info or debug";
  return {};
}

std::string read_timeline(const Json& object, TimelineRequest& wanted) {
  if (const std::string kind = text(object, "kind"); !kind.empty()) {
    wanted.kind = parse_timeline_kind(kind);
    if (!wanted.kind) return "\"" + kind + "\" is no kind: " + timeline_kinds();
  }
  if (const std::string since = text(object, "since"); !since.empty()) {
    if (const auto past = parse_duration(since)) {
      wanted.past = *past;
    } else if (wanted.since = parse_wall_time(since); !wanted.since) {
      return "\"" + since + "\" is no time; try 10m, or 2026-05-04T10:20:30Z";
    }
  }
  if (const auto after = object.find("after"); after != object.end()) {
    if (!after->is_number_unsigned()) return "\"after\" is the number of a record";
    wanted.after = after->get<std::uint64_t>();
  }
  return {};
}

std::string read_arguments(const Json& object, Request& request) {
  switch (request.command) {
    case Command::why:
    case Command::flush:
    case Command::release:
      request.zone = truth(object, "zone");
      return read_question(object, request);
    case Command::sign:
      return object.contains("name") ? read_question(object, request) : std::string();
    case Command::force_up:
    case Command::force_down:
    case Command::force_auto:
      return read_force(object, request);
    case Command::reload:
      request.force = truth(object, "force");
      return {};
    case Command::audit:
      request.simulate = truth(object, "simulate");
      return {};
    case Command::log_level:
      return read_level(object, request);
    case Command::timeline:
      return read_timeline(object, request.timeline);
    case Command::drill:
      return read_drill(object, request.drill);
    case Command::status:
    case Command::holds:
    case Command::check_config:
      return {};
  }
  return {};
}

void print_timeline(const TimelineRequest& wanted, Json& object) {
  if (wanted.kind) object["kind"] = to_string(*wanted.kind);
  if (wanted.past) object["since"] = print_duration(*wanted.past);
  if (wanted.since) object["since"] = print_wall_milliseconds(*wanted.since);
  if (wanted.after != 0) object["after"] = wanted.after;
}

}  // namespace

const char* to_string(Command command) noexcept {
  switch (command) {
    case Command::status:
      return "status";
    case Command::why:
      return "why";
    case Command::force_up:
      return "force-up";
    case Command::force_down:
      return "force-down";
    case Command::force_auto:
      return "force-auto";
    case Command::flush:
      return "flush";
    case Command::holds:
      return "holds";
    case Command::release:
      return "release";
    case Command::reload:
      return "reload";
    case Command::check_config:
      return "check-config";
    case Command::audit:
      return "audit";
    case Command::log_level:
      return "log-level";
    case Command::timeline:
      return "timeline";
    case Command::drill:
      return "drill";
    case Command::sign:
      return "sign";
  }
  return "?";
}

std::optional<Command> parse_command(std::string_view name) {
  for (const Command command : kCommands) {
    if (name == to_string(command)) return command;
  }
  return std::nullopt;
}

const char* to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "?";
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (const LogLevel level : kLevels) {
    if (name == to_string(level)) return level;
  }
  return std::nullopt;
}

bool Request::changes_state() const noexcept {
  switch (command) {
    case Command::status:
    case Command::why:
    case Command::holds:
    case Command::check_config:
    case Command::timeline:
      return false;
    case Command::drill:
      return drill.changes_state();
    case Command::audit:
      return simulate;
    case Command::log_level:
      return log_level.has_value();
    case Command::force_up:
    case Command::force_down:
    case Command::force_auto:
    case Command::flush:
    case Command::release:
    case Command::reload:
    case Command::sign:
      return true;
  }
  return true;
}

std::variant<Request, std::string> parse_request(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return "a request is one JSON object on one line";
  const auto command = parse_command(text(object, "command"));
  if (!command) return "unknown command \"" + text(object, "command") + "\"";
  Request request;
  request.command = *command;
  std::string error = read_arguments(object, request);
  if (!error.empty()) return error;
  return request;
}

std::string print_request(const Request& request) {
  Json object{{"command", to_string(request.command)}};
  if (request.command == Command::why || request.command == Command::flush ||
      request.command == Command::release) {
    object["name"] = request.question.name.to_string();
    object["type"] = dns::to_string(request.question.type);
  }
  if (request.command == Command::sign && !request.question.name.is_root()) {
    object["name"] = request.question.name.to_string();
  }
  if (!request.upstream.empty()) object["upstream"] = request.upstream;
  if (request.duration) object["for"] = print_duration(*request.duration);
  if (request.log_level) object["level"] = to_string(*request.log_level);
  if (request.zone) object["zone"] = true;
  if (request.force) object["force"] = true;
  print_timeline(request.timeline, object);
  if (request.command == Command::drill) print_drill(request.drill, object);
  if (request.simulate) object["simulate"] = true;
  return object.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast
