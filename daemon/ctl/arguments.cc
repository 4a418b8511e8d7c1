#include "daemon/ctl/arguments.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "config/suggest.h"
#include "control/reply.h"
#include "daemon/version.h"

namespace holdfast::ctl {
namespace {

/// The words of the command line as they come, checked by parse_request() like everybody's.
struct Words {
  std::string name, type, upstream, duration, level, kind, since;
  bool zone = false, force = false;
  std::map<std::string, std::string> drill;
  bool dry_run = false;
  EnsNames ens;
  EnsPublish publish;
  EnsCheck compare;
  Takeover takeover;
  Audit audit;
};

void add_force(CLI::App& app, Words& words, const char* name, const char* what, bool timed) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("UPSTREAM", words.upstream, "its name in the configuration")->required();
  if (timed) command->add_option("--for", words.duration, "how long, e.g. 10m");
}

void add_publish(CLI::App& ens, EnsPublish& wanted, Arguments& arguments) {
  CLI::App* plan = ens.add_subcommand("publish-plan", "what to send so that a zone is on chain");
  plan->add_option("ZONEFILE", wanted.file)->required();
  plan->add_option("--name", wanted.name, "the ENS name that holds it, e.g. example.eth")
      ->required();
  plan->add_option("--zone", wanted.zone, "the zone, if the file has no SOA or $ORIGIN");
  plan->add_option("--config", wanted.config, "the daemon's configuration, for the endpoints");
  plan->add_option("--upstream", wanted.upstream, "which of its chains");
  plan->add_option("--resolver", wanted.resolver, "a contract other than the registry says");
  plan->add_option("--from", wanted.from, "who will send it; the name's owner if absent");
  plan->add_option("--max-gas", wanted.max_gas, "of one transaction; 8000000 if absent");
  plan->add_flag("--clear", wanted.clear, "have what was published before removed first");
  plan->add_flag("--offline", wanted.offline, "ask no endpoint");
  plan->callback([&wanted, &arguments] {
    wanted.json = arguments.json;
    arguments.publish = wanted;
  });
}

void add_compare(CLI::App& ens, EnsCheck& wanted, Arguments& arguments) {
  CLI::App* check = ens.add_subcommand("check", "is what is on chain what the DNS says now");
  check->add_option("ZONE", wanted.zone)->required();
  check->add_option("NAME", wanted.names, "further names in it");
  check->add_option("--file", wanted.file, "a zone file, whose names and types are compared");
  check->add_option("--config", wanted.config, "the daemon's configuration");
  check->callback([&wanted, &arguments] {
    wanted.json = arguments.json;
    arguments.compare = wanted;
  });
}

/// `ens` and its own commands, which are done here and never become a request.
void add_ens(CLI::App& app, Words& words, Arguments& arguments) {
  CLI::App* ens = app.add_subcommand("ens", "look at names of ENS, without the daemon");
  ens->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, EnsNames::Print print) {
    CLI::App* command = ens->add_subcommand(name, what);
    CLI::Option* given = command->add_option("NAME", words.ens.name);
    CLI::Option* in =
        command->add_flag("--stdin", arguments.from_stdin,
                          "a JSON string a line in, a JSON object a line out: name and node");
    given->excludes(in);
    command->callback([&words, &arguments, given, print] {
      if (given->count() == 0 && !arguments.from_stdin) {
        throw CLI::RequiredError("NAME or --stdin");
      }
      words.ens.print = arguments.json ? EnsNames::Print::both : print;
      arguments.ens = words.ens;
    });
  };
  add("normalize", "the one spelling of a name (ENSIP-15)", EnsNames::Print::name);
  add("namehash", "the node of its normalised form (ENSIP-1)", EnsNames::Print::node);
  add_publish(*ens, words.publish, arguments);
  add_compare(*ens, words.compare, arguments);
}

/// `takeover` and `giveback`, which are done here, with the daemon's help.
void add_takeover(CLI::App& app, Takeover& wanted, Arguments& arguments) {
  CLI::App* take = app.add_subcommand("takeover", "have this host's names resolved by holdfast");
  take->add_flag("--dry-run", wanted.dry_run, "only tell what would be done");
  take->add_flag("--resume", wanted.resume, "only end what was interrupted; for the service");
  take->add_option("--container-address", wanted.container_address,
                   "where containers reach holdfast, e.g. 172.17.0.1");
  take->add_option("--container-network", wanted.container_networks,
                   "where they ask from, e.g. 172.17.0.0/16; may be repeated");
  take->add_option("--verify", wanted.verify, "a name that must resolve; may be repeated");
  take->add_option("--config", wanted.config, "the daemon's configuration");
  CLI::App* give = app.add_subcommand("giveback", "have them resolved as before the takeover");
  give->add_flag("--dry-run", wanted.dry_run, "only tell what would be done");
  give->add_flag("--until-start", wanted.until_start, "until the service starts again");
  take->callback([&wanted, &arguments] {
    wanted.json = arguments.json;
    arguments.takeover = wanted;
  });
  give->callback([&wanted, &arguments] {
    wanted.give_back = true;
    wanted.json = arguments.json;
    arguments.takeover = wanted;
  });
}

/// `drill` and its own commands; what the words mean is read_drill()'s.
void add_drill(CLI::App& app, Words& words, Arguments& arguments) {
  CLI::App* drill = app.add_subcommand("drill", "outages on purpose, to see that nobody notices");
  drill->require_subcommand(1);
  auto& said = words.drill;
  const auto add = [&](const char* name, const char* what) {
    CLI::App* command = drill->add_subcommand(name, what);
    command->callback([&said, name] { said["action"] = name; });
    return command;
  };
  CLI::App* start = add("start", "spoil exchanges with a provider for a time");
  start->add_option("--provider", said["provider"], "whose; several: separated by commas");
  start->add_option("--mode", said["mode"], drill_modes());
  start->add_option("--percent", said["percent"], "of the exchanges; 100 if absent");
  start->add_option("--for", said["for"], "how long, up to 1h");
  start->add_option("--route", said["route"], "only this one; private ones must be named");
  start->add_option("--abort-above", said["abort_above"], "percent of SERVFAIL; 5 if absent");
  start->add_option("--delay", said["delay"], "of slow; 500ms if absent");
  start->add_option("--pack", said["pack"], "an outage that happened; drill list has them");
  start->add_flag("--dry-run", words.dry_run, "only tell what would happen");
  start->add_flag("--force", words.force, "also if a route has nobody left");
  start->add_flag("--wait", arguments.wait, "and print the report when it is over");
  add("list", "drills since the start, and the packs there are");
  add("stop", "end the drill that runs")->add_option("ID", said["id"]);
  add("report", "what came of a drill; of the latest if none is named")
      ->add_option("ID", said["id"]);
}

/// `audit`, which is done here, of what is in force with the daemon's help.
void add_audit(CLI::App& app, Audit& wanted, Arguments& arguments) {
  CLI::App* audit = app.add_subcommand("audit", "tell what is weak in a configuration");
  audit->add_option("FILE", wanted.file, "what is in force if absent");
  audit->add_flag("--simulate", wanted.simulate, "and play the loss of each provider and pair");
  audit->callback([&wanted, &arguments] { arguments.audit = wanted; });
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
  app.add_subcommand("holds", "answers that are held although a provider says they are gone");
  CLI::App* release = app.add_subcommand("release", "believe that a held name is gone");
  release->add_option("NAME", words.name)->required();
  CLI::App* reload = app.add_subcommand("reload", "take the configuration file anew");
  reload->add_flag("--force", words.force, "also if it takes away safety");
  CLI::App* check = app.add_subcommand("check-config", "tell every mistake of a configuration");
  check->add_option("FILE", arguments.file, "the daemon's own if absent");
  CLI::App* level = app.add_subcommand("log-level", "show or set the level of the log");
  level->add_option("LEVEL", words.level, "error, warning, info or debug");
  CLI::App* timeline = app.add_subcommand("timeline", "failovers and what else happened");
  timeline->add_option("--since", words.since, "a time, or how long ago: 10m");
  timeline->add_option("--kind", words.kind, "only these: " + timeline_kinds());
  timeline->add_flag("--follow", arguments.follow, "and go on telling what happens");
  add_drill(app, words, arguments);
  add_audit(app, words.audit, arguments);
  add_takeover(app, words.takeover, arguments);
  add_ens(app, words, arguments);
}

/// A mistake is a reply like any other to who asked for JSON, one line to people.
Exit wrong_usage(const std::string& error, bool json) {
  std::cerr << "holdfastctl: " << error << "\n";
  if (json) std::cout << failure_reply(Failure::usage, error) << "\n";
  return Exit::usage;
}

/// The first word that is no option, if it is no command either.
std::string unknown_command(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string_view> commands;
  for (const CLI::App* command : app.get_subcommands({}))
    commands.emplace_back(command->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--socket") ++i;
    if (word.starts_with('-')) continue;
    if (std::ranges::find(commands, word) != commands.end()) return {};
    return "no command \"" + std::string(word) + "\"" + suggestion(word, commands);
  }
  return {};
}

bool wants_json(int argc, const char* const* argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  return std::ranges::any_of(words,
                             [](const char* word) { return std::string_view(word) == "--json"; });
}

std::string request_line(const std::string& command, const Words& words) {
  nlohmann::json line{{"command", command}, {"zone", words.zone}, {"force", words.force}};
  const std::vector<std::pair<const char*, const std::string*>> texts{
      {"name", &words.name},    {"type", &words.type},   {"upstream", &words.upstream},
      {"for", &words.duration}, {"level", &words.level}, {"kind", &words.kind},
      {"since", &words.since}};
  for (const auto& [key, text] : texts) {
    if (!text->empty()) line[key] = *text;
  }
  for (const auto& [key, text] : words.drill) {
    if (!text.empty()) line[key] = text;
  }
  if (words.dry_run) line["dry_run"] = true;
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
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? Exit::ok : Exit::usage;
    const std::string unknown = unknown_command(app, argc, argv);
    return wrong_usage(
        unknown.empty() ? std::string(error.what()) + "; see holdfastctl --help" : unknown,
        wants_json(argc, argv));
  }
  if (arguments.audit) arguments.audit->json = arguments.json;
  if (arguments.ens || arguments.publish || arguments.compare || arguments.takeover ||
      arguments.audit) {
    return arguments;
  }
  auto request = parse_request(request_line(app.get_subcommands().front()->get_name(), words));
  if (const auto* error = std::get_if<std::string>(&request)) {
    return wrong_usage(*error, arguments.json);
  }
  arguments.request = std::get<Request>(std::move(request));
  return arguments;
}

}  // namespace holdfast::ctl
