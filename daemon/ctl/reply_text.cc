#include "daemon/ctl/reply_text.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "config/load.h"
#include "control/reply.h"
#include "daemon/ctl/drill_text.h"
#include "daemon/ctl/harmless.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::json;

std::string print_force(const Request& request, const Json& reply) {
  const auto name = reply.at("upstream").get<std::string>();
  if (request.command == Command::force_auto) return name + ": health decides again\n";
  const std::string state = request.command == Command::force_up ? "up" : "down";
  const std::string until = request.duration ? "for " + print_duration(*request.duration)
                                             : "until force-auto or a restart";
  return name + ": forced " + state + " " + until + "\n";
}

std::string print_flush(const Request& request, const Json& reply) {
  const auto dropped = reply.at("dropped").get<std::uint64_t>();
  const std::string what = request.zone ? " at and below " : " for ";
  return print_count(dropped) + (dropped == 1 ? " entry" : " entries") + what +
         request.question.name.to_string() + " dropped\n";
}

std::string lines(const Json& list, const std::string& before) {
  std::string text;
  for (const Json& line : list)
    text += before + line.get<std::string>() + "\n";
  return text;
}

std::string print_reload(const Json& reply) {
  std::string text = "configuration taken: generation " +
                     print_count(reply.at("generation").get<std::uint64_t>()) + "\n";
  text += lines(reply.at("warnings"), "warning: ");
  text += lines(reply.at("restart"), "needs a restart: ");
  return text + lines(reply.at("flushed"), "cached answers dropped: ");
}

std::vector<ConfigError> errors_of(const Json& list) {
  std::vector<ConfigError> errors;
  for (const Json& error : list) {
    errors.push_back({error.at("file").get<std::string>(), error.at("pointer").get<std::string>(),
                      error.at("message").get<std::string>()});
  }
  return errors;
}

std::string print_check(const Json& reply) {
  LoadedConfig loaded;
  loaded.errors = errors_of(reply.at("errors"));
  loaded.warnings = errors_of(reply.at("warnings"));
  return check_text(loaded, reply.at("file").get<std::string>());
}

}  // namespace

std::string print_reply(const Request& request, const Json& raw, const Paint& paint) {
  const Json reply = harmless_json(raw);
  switch (request.command) {
    case Command::status:
      return print_status(reply, paint);
    case Command::why:
      return print_why(reply, paint);
    case Command::force_up:
    case Command::force_down:
    case Command::force_auto:
      return print_force(request, reply);
    case Command::flush:
      return print_flush(request, reply);
    case Command::holds:
      return print_holds(reply.at("holds"), paint);
    case Command::release:
      return request.question.name.to_string() + ": what its providers say next is believed\n";
    case Command::reload:
      return print_reload(reply);
    case Command::check_config:
      return print_check(reply);
    case Command::audit:
      return print_audit(raw, paint);
    case Command::log_level:
      return "log level " + reply.at("level").get<std::string>() + "\n";
    case Command::timeline:
      return print_timeline(reply.at("records"), paint);
    case Command::drill:
      return print_drill_reply(request.drill, reply, paint);
    case Command::sign:
      return reply.at("name").get<std::string>() + "\n";
  }
  return {};
}

std::string print_failure(const Json& raw) {
  const Json reply = harmless_json(raw);
  if (reply.contains("errors")) return print_check(reply);
  std::string text = reply.value("error", "the daemon refused") + "\n";
  if (const auto details = reply.find("details"); details != reply.end()) {
    text += lines(*details, "  ");
  }
  return text;
}

}  // namespace holdfast::ctl
