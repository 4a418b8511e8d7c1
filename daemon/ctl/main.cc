// holdfastctl: one command to the daemon, its reply as text or JSON. Exit status: 0 done, 1 refused
// or failed, 2 wrong usage or bad configuration, 3 the daemon cannot be reached. Those of audit are
// its verdict (ctl/audit.h).
#include <cstdlib>
#include <iostream>
#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "control/reply.h"
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/client.h"
#include "daemon/ctl/reply_text.h"
#include "net/tls_client.h"

namespace {

using holdfast::ctl::Arguments;
using holdfast::ctl::Exit;

constexpr int kFollowPause = 500;  // ms
constexpr int kDrillPause = 1000;

Exit check_file(const Arguments& arguments) {
  const auto loaded = holdfast::load_config(arguments.file, holdfast::TlsContext::fault_of);
  std::ostream& out = loaded.ok() || arguments.json ? std::cout : std::cerr;
  if (arguments.json) {
    out << holdfast::check_reply(loaded, arguments.file) << "\n";
  } else {
    out << holdfast::check_text(loaded, arguments.file);
  }
  return loaded.ok() ? Exit::ok : Exit::usage;
}

Exit exit_of(const nlohmann::json& reply) {
  if (reply.value("ok", false)) return Exit::ok;
  const std::string kind = reply.value("kind", "");
  const bool usage = kind == to_string(holdfast::Failure::usage) ||
                     kind == to_string(holdfast::Failure::bad_config);
  return usage ? Exit::usage : Exit::failed;
}

bool wants_colour() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

/// Prints the daemon's reply.
Exit show(const Arguments& arguments, const holdfast::Result<std::string>& line) {
  if (!line) {
    std::cerr << "holdfastctl: " << holdfast::ctl::explain_error(line.error(), arguments.socket)
              << "\n";
    return Exit::unreachable;
  }
  const auto reply = nlohmann::json::parse(*line, nullptr, false);
  if (!reply.is_object()) {
    std::cerr << "holdfastctl: what answers at " << arguments.socket << " is not holdfastd\n";
    return Exit::failed;
  }
  const Exit status = exit_of(reply);
  if (arguments.json) {
    std::cout << *line << "\n";
  } else if (status == Exit::ok) {
    std::cout << print_reply(arguments.request, reply, holdfast::ctl::Paint(wants_colour()));
  } else {
    const bool list = reply.contains("errors");  // each line names its file
    std::cerr << (list ? "" : "holdfastctl: ") << holdfast::ctl::print_failure(reply);
  }
  return status;
}

Exit ask_daemon(const Arguments& arguments) {
  return show(arguments, holdfast::ctl::ask(arguments.socket, print_request(arguments.request)));
}

/// The timeline so far, and then what is added to it, until the daemon is gone or we are ended.
Exit follow_timeline(Arguments arguments) {
  for (;;) {
    const auto line = holdfast::ctl::ask(arguments.socket, print_request(arguments.request));
    const auto reply = line ? nlohmann::json::parse(*line, nullptr, false) : nlohmann::json();
    if (!reply.is_object() || exit_of(reply) != Exit::ok) return ask_daemon(arguments);
    const auto& records = reply.at("records");
    if (arguments.json) {
      for (auto it = records.rbegin(); it != records.rend(); ++it)
        std::cout << it->dump() << "\n";
    } else {
      std::cout << print_timeline(records, holdfast::ctl::Paint(wants_colour()));
    }
    if (!std::cout.flush()) return Exit::ok;  // nobody reads any more
    if (!records.empty()) {
      arguments.request.timeline.after = records.front().at("seq").get<std::uint64_t>();
    }
    ::poll(nullptr, 0, kFollowPause);
  }
}

/// Starts the drill and prints its report once nothing of it changes any more. Being interrupted
/// does not end the drill: its time does.
Exit wait_for_drill(Arguments arguments) {
  const auto begun = holdfast::ctl::ask(arguments.socket, print_request(arguments.request));
  const auto reply = begun ? nlohmann::json::parse(*begun, nullptr, false) : nlohmann::json();
  if (!reply.is_object() || !reply.contains("id")) return show(arguments, begun);
  if (!arguments.json) (void)show(arguments, begun);
  auto& drill = arguments.request.drill;
  drill.action = holdfast::DrillRequest::Action::report;
  drill.id = reply.at("id").get<unsigned>();
  for (;;) {
    ::poll(nullptr, 0, kDrillPause);
    const auto line = holdfast::ctl::ask(arguments.socket, print_request(arguments.request));
    const auto report = line ? nlohmann::json::parse(*line, nullptr, false) : nlohmann::json();
    const bool running = report.is_object() && !report.value("final", true);
    if (running) continue;
    const Exit status = show(arguments, line);
    const bool aborted = report.is_object() && report.value("state", "") == "aborted";
    return status == Exit::ok && aborted ? Exit::failed : status;
  }
}

Exit run_audit(holdfast::ctl::Audit wanted, const std::string& socket) {
  wanted.colour = wants_colour();
  return static_cast<Exit>(holdfast::ctl::run_audit(wanted, socket, holdfast::TlsContext::fault_of,
                                                    std::cout, std::cerr));
}

Exit run(const Arguments& arguments) {
  if (arguments.from_stdin) return holdfast::ctl::answer_ens_names(std::cin, std::cout);
  if (arguments.ens) return print_ens_name(*arguments.ens, std::cout, std::cerr);
  if (arguments.audit) return run_audit(*arguments.audit, arguments.socket);
  if (arguments.publish) return print_plan(*arguments.publish, std::cout, std::cerr);
  if (arguments.compare) return check_zone(*arguments.compare, std::cout, std::cerr);
  if (arguments.takeover) {
    return run_takeover(*arguments.takeover, arguments.socket, std::cout, std::cerr);
  }
  if (arguments.wait && !arguments.request.drill.dry_run) return wait_for_drill(arguments);
  if (arguments.follow) return follow_timeline(arguments);
  return arguments.file.empty() ? ask_daemon(arguments) : check_file(arguments);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what nobody foresaw ends the program
int main(int argc, char** argv) {
  const auto parsed = holdfast::ctl::parse_arguments(argc, argv, std::getenv("HOLDFAST_SOCKET"));
  if (const auto* status = std::get_if<Exit>(&parsed)) return static_cast<int>(*status);
  const auto& arguments = std::get<Arguments>(parsed);
  try {
    return static_cast<int>(run(arguments));
  } catch (const nlohmann::json::exception& error) {
    std::cerr << "holdfastctl: the daemon's reply is not understood (another version?): "
              << error.what() << "\n";
    return static_cast<int>(Exit::failed);
  }
}
