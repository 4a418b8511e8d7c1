#include "daemon/ctl/arguments.h"

#include <iostream>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "daemon/version.h"

namespace holdfast::ctl {
namespace {

/// The words of the command line as they come, checked by parse_request() like everybody's.
struct Words {
  std::string name, type, upstream, duration, level;
  bool zone = false, force = false;
};

void add_force(CLI::App& app, Words& words, const char* name, const char* what, bool timed) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("UPSTREAM", words.upstream, "its name in the configuration")->required();
  if (timed) command->add_option("--for", words.duration, "how long, e.g. 10m");
}

void add_commands(CLI::App& app, Words& words, Arguments& arguments) {
  app.add_subcommand("status", "what the daemon does and how each upstream fares");
  CLI::App* why = app.add_subcommand("why", "look a name up afresh and tell how it went");
  why->add_option("NAME", words.name)->required();
  why->add_option("TYPE", words.type, "A if absent");
  add_force(app, words, "force-up", "use an upstream whatever its health", true);
  add_force(app, words, "force-down", "do not use an upstream", true);
  add_force(app, words, "force-auto", "let health decide again", false);
  CLI::App* flush = app.add_subcommand("flush", "drop what the cache holds of a name");
  flush->add_option("NAME", words.name)->required();
  flush->add_flag("--zone", words.zone, "and of every name below it");
  CLI::App* reload = app.add_subcommand("reload", "take the configuration file anew");
  reload->add_flag("--force", words.force, "also if it takes away safety");
  CLI::App* check = app.add_subcommand("check-config", "tell every mistake of a configuration");
  check->add_option("FILE", arguments.file, "the daemon's own if absent");
  CLI::App* level = app.add_subcommand("log-level", "show or set the level of the log");
  level->add_option("LEVEL", words.level, "error, warning, info or debug");
}

std::string request_line(const std::string& command, const Words& words) {
  nlohmann::json line{{"command", command}, {"zone", words.zone}, {"force", words.force}};
  const std::vector<std::pair<const char*, const std::string*>> texts{{"name", &words.name},
                                                                      {"type", &words.type},
                                                                      {"upstream", &words.upstream},
                                                                      {"for", &words.duration},
                                                                      {"level", &words.level}};
  for (const auto& [key, text] : texts) {
    if (!text->empty()) line[key] = *text;
  }
  return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::variant<Arguments, Exit> parse_arguments(int argc, const char* const* argv,
                                              const char* socket) {
  CLI::App app("Asks and steers holdfastd.", "holdfastctl");
  Arguments arguments;
  Words words;
  if (socket != nullptr && *socket != '\0') arguments.socket = socket;
  app.set_version_flag("--version", std::string("holdfastctl ") + kVersion);
  app.add_flag("--json", arguments.json, "print the daemon's reply as JSON");
  app.add_option("--socket", arguments.socket, "the daemon's control socket (or HOLDFAST_SOCKET)");
  app.fallthrough();
  app.require_subcommand(1);
  add_commands(app, words, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::ok : Exit::usage;
  }
  auto request = parse_request(request_line(app.get_subcommands().front()->get_name(), words));
  if (const auto* error = std::get_if<std::string>(&request)) {
    std::cerr << "holdfastctl: " << *error << "\n";
    return Exit::usage;
  }
  arguments.request = std::get<Request>(std::move(request));
  return arguments;
}

}  // namespace holdfast::ctl
