#include "daemon/commands.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "control/explanation_json.h"
#include "control/holds_json.h"
#include "control/reply.h"
#include "control/timeline_json.h"
#include "daemon/audit_in_force.h"
#include "daemon/control_plane.h"
#include "daemon/drill_commands.h"
#include "daemon/log.h"
#include "daemon/reload.h"
#include "daemon/reporter.h"
#include "net/tls_client.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

const Upstream* find_upstream(const Snapshot& snapshot, const std::string& name) {
  for (const auto& upstream : snapshot.upstreams) {
    if (upstream && upstream->name == name) return upstream.get();
  }
  return nullptr;
}

std::string names_of_upstreams(const Snapshot& snapshot) {
  std::string names;
  for (const auto& upstream : snapshot.upstreams) {
    if (upstream) names += (names.empty() ? "" : ", ") + upstream->name;
  }
  return names;
}

Forced forced_by(Command command) {
  if (command == Command::force_up) return Forced::up;
  return command == Command::force_down ? Forced::down : Forced::automatic;
}

std::string force(Service& service, const Request& request) {
  const Upstream* upstream = find_upstream(*service.snapshot, request.upstream);
  if (upstream == nullptr) {
    return failure_reply(Failure::refused, "no upstream \"" + request.upstream + "\"; there are " +
                                               names_of_upstreams(*service.snapshot));
  }
  const TimePoint now = service.plane->loop().now();
  // A time beyond the end of time is none.
  const bool timed = request.duration && *request.duration < kForever - now;
  const TimePoint until = timed ? now + *request.duration : kForever;
  const Forced forced = forced_by(request.command);
  service.plane->checker().force(upstream->id, forced, until, now);
  log_line(LogLevel::warning,
           fmt::format("upstream {}: {} by the operator", upstream->name, to_string(forced)));
  Json reply{{"ok", true}, {"upstream", upstream->name}, {"forced", to_string(forced)}};
  reply["for"] = nullptr;
  if (timed) reply["for"] = std::chrono::duration<double>(*request.duration).count();
  return reply.dump();
}

std::string flush(Service& service, const Request& request) {
  const dns::Name& name = request.question.name;
  const std::size_t dropped =
      request.zone ? service.cache->flush_zone(name) : service.cache->flush_name(name);
  if (service.store) service.store->forget(name, request.zone);
  service.holds.end_name(name, request.zone);
  service.board->advance_epoch();  // remembered failures go too, of all names: they are cheap
  log_line(LogLevel::info, fmt::format("flushed {}{}: {} entries", name.to_string(),
                                       request.zone ? " and below" : "", dropped));
  return Json{{"ok", true}, {"dropped", dropped}}.dump();
}

std::string holds(Service& service) {
  const TimePoint now = service.plane->loop().now();
  return holds_json(service.holds.list(now), now);
}

std::string release(Service& service, const Request& request) {
  const dns::Name& name = request.question.name;
  const std::size_t released = service.holds.release(name, service.plane->loop().now());
  if (released == 0) {
    return failure_reply(Failure::refused, "nothing is held for " + name.to_string() +
                                               "; holdfastctl holds lists what is");
  }
  log_line(LogLevel::warning,
           fmt::format("{} released by the operator: what its providers say next "
                       "is believed",
                       name.to_string()));
  return Json{{"ok", true}, {"released", released}}.dump();
}

std::string change_log_level(const Request& request) {
  if (request.log_level) {
    log_line(LogLevel::info, fmt::format("log level {}", to_string(*request.log_level)));
    set_log_level(*request.log_level);
  }
  return Json{{"ok", true}, {"level", to_string(log_level())}}.dump();
}

std::string timeline(const Service& service, const TimelineRequest& request) {
  Timeline::Wanted wanted{request.kind, request.since, request.after};
  if (request.past) {
    const auto past = std::chrono::duration_cast<WallTime::duration>(*request.past);
    wanted.since = std::chrono::system_clock::now() - past;
  }
  return timeline_reply(service.timeline.select(wanted), service.timeline.dropped());
}

/// Without a name a new sign is made.
std::string sign(Service& service, const Request& request) {
  const bool asked_about = !request.question.name.is_root();
  const dns::Name name = asked_about ? request.question.name : service.loops.new_sign();
  return Json{
      {"ok", true}, {"name", name.to_string()}, {"arrived", service.loops.has_arrived(name)}}
      .dump();
}

void why(Service& service, const Request& request, const ControlSocket::Answer& answer) {
  EventLoop& loop = service.plane->loop();
  const auto done = [&loop, answer](const Explanation& explanation) {
    loop.post([answer, reply = explanation_json(explanation)] { answer(reply); });
  };
  service.workers.front()->explain(request.question, done);
}

}  // namespace

void execute(Service& service, const Request& request, const ControlSocket::Answer& answer) {
  switch (request.command) {
    case Command::status:
      return answer(status_json(collect_status(service, service.plane->loop().now())));
    case Command::why:
      return why(service, request, answer);
    case Command::force_up:
    case Command::force_down:
    case Command::force_auto:
      return answer(force(service, request));
    case Command::flush:
      return answer(flush(service, request));
    case Command::holds:
      return answer(holds(service));
    case Command::release:
      return answer(release(service, request));
    case Command::reload:
      return answer(reload_reply(reload(service, request.force)));
    case Command::check_config:
      return answer(
          check_reply(load_config(service.config_path, TlsContext::fault_of), service.config_path));
    case Command::audit:
      return answer(audit_in_force(service, request.simulate));
    case Command::log_level:
      return answer(change_log_level(request));
    case Command::timeline:
      return answer(timeline(service, request.timeline));
    case Command::drill:
      return answer(drill(service, request.drill));
    case Command::sign:
      return answer(sign(service, request));
  }
}

}  // namespace holdfast
