#include "daemon/ctl/audit.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "audit/audit.h"
#include "audit/simulate_losses.h"
#include "control/expand_auto.h"
#include "control/reply.h"
#include "control/request.h"
#include "daemon/ctl/client.h"
#include "daemon/ctl/reply_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;
using audit::Severity;

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

/// What holds on this host, as far as it is known.
Config config_on(const LoadedConfig& loaded, const std::vector<IpAddress>& resolvers) {
  return resolvers.empty() ? loaded.config : with_resolvers(loaded.config, resolvers);
}

Json failed_json(const audit::Failed& failed) {
  const audit::Performance& p = failed.performance;
  Json json{{"severity", to_string(failed.severity)},
            {"lost", failed.lost},
            {"how", to_string(failed.how)},
            {"route", failed.route},
            {"others", failed.others},
            {"file", failed.file},
            {"pointer", failed.pointer},
            {"somebody_left", failed.somebody_left}};
  json["stops_after"] = nullptr;
  if (p.stops) json["stops_after"] = seconds(*p.stops);
  json["gap"] = seconds(p.gap);
  json["slowest"] = seconds(p.slowest);
  json["held_for"] = nullptr;
  json["held_stops_after"] = nullptr;
  if (p.stops) json["held_for"] = seconds(p.held);
  if (p.stops && p.held_stops) json["held_stops_after"] = seconds(*p.held_stops);
  return json;
}

void add_simulation(Json& reply, const LoadedConfig& loaded,
                    const std::vector<IpAddress>& resolvers) {
  const auto found = audit::simulate_losses(config_on(loaded, resolvers), *loaded.tree);
  Json json{{"routes", found.routes},
            {"played", found.played},
            {"domains", found.domains},
            {"outages", found.losses},
            {"routes_left_out", found.routes_left_out},
            {"pairs_left_out", found.pairs_left_out},
            {"virtual_seconds", seconds(found.virtual_time)},
            {"failed", Json::array()}};
  for (const audit::Failed& failed : found.failed)
    json["failed"].push_back(failed_json(failed));
  reply["simulation"] = std::move(json);
  reply["verdict"] = std::max(reply["verdict"].get<int>(), audit::verdict(found));
}

/// To whoever asked; the exit status.
int tell(const Json& reply, const Audit& wanted, std::ostream& out) {
  if (wanted.json) {
    out << reply.dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  } else {
    out << print_audit(reply, Paint(wanted.colour));
  }
  return reply.at("verdict").get<int>();
}

int audit_file(const Audit& wanted, const CaCheck& check, std::ostream& out, std::ostream& err) {
  const auto loaded = load_config(wanted.file, check);
  if (!loaded.ok()) {
    if (wanted.json) {
      out << check_reply(loaded, wanted.file) << "\n";
    } else {
      err << check_text(loaded, wanted.file);
    }
    return kAuditBadFile;
  }
  Json reply = audit_json(loaded, wanted.file, {});
  if (wanted.simulate) add_simulation(reply, loaded, {});
  return tell(reply, wanted, out);
}

/// Why there is no audit.
int refuse(const Audit& wanted, const std::string& why, std::ostream& out, std::ostream& err) {
  err << "holdfastctl: " << why << "\n";
  if (wanted.json) out << failure_reply(Failure::refused, why) << "\n";
  return kAuditUnreachable;
}

/// What is in force is played here, not in the daemon, which has names to resolve.
void simulate_in_force(Json& reply) {
  std::vector<ConfigFile> files;
  for (const auto& file : reply.at("files"))
    files.emplace_back(file.at("name").get<std::string>(), file.at("text").get<std::string>());
  std::vector<IpAddress> resolvers;
  for (const auto& address : reply.at("resolvers"))
    resolvers.push_back(parse_ip(address.get<std::string>()).value());
  reply.erase("files");
  reply.erase("resolvers");
  const auto loaded = parse_config(std::move(files));
  if (loaded.ok()) add_simulation(reply, loaded, resolvers);
}

int audit_in_force(const Audit& wanted, const std::string& socket, std::ostream& out,
                   std::ostream& err) {
  Request request;
  request.command = Command::audit;
  request.simulate = wanted.simulate;
  const auto line = ask(socket, print_request(request));
  if (!line) return refuse(wanted, explain_error(line.error(), socket), out, err);
  Json reply = Json::parse(*line, nullptr, false);
  if (!reply.is_object()) {
    return refuse(wanted, "what answers at " + socket + " is not holdfastd", out, err);
  }
  if (!reply.value("ok", false)) {
    const bool may_look = wanted.simulate && reply.value("kind", "") == "forbidden";
    return refuse(wanted,
                  reply.value("error", std::string("the daemon refused")) +
                      (may_look ? " what is found without --simulate" : ""),
                  out, err);
  }
  if (wanted.simulate) simulate_in_force(reply);
  return tell(reply, wanted, out);
}

}  // namespace

nlohmann::ordered_json audit_json(const LoadedConfig& loaded, const std::string& path,
                                  const std::vector<IpAddress>& resolvers) {
  const Config config = config_on(loaded, resolvers);
  const auto findings = audit::audit(config, *loaded.tree, loaded.warnings);
  Json counts = Json::object(), list = Json::array();
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note})
    counts[to_string(severity)] = std::ranges::count(findings, severity, &audit::Finding::severity);
  for (const audit::Finding& finding : findings) {
    list.push_back({{"severity", to_string(finding.severity)},
                    {"rule", finding.rule},
                    {"title", audit::title_of(finding.rule)},
                    {"file", finding.file},
                    {"pointer", finding.pointer},
                    {"reason", finding.reason},
                    {"remedy", finding.remedy}});
  }
  return {{"ok", true},
          {"file", path},
          {"verdict", audit::verdict(findings)},
          {"counts", std::move(counts)},
          {"findings", std::move(list)}};
}

int run_audit(const Audit& wanted, const std::string& socket, const CaCheck& check,
              std::ostream& out, std::ostream& err) {
  return wanted.file.empty() ? audit_in_force(wanted, socket, out, err)
                             : audit_file(wanted, check, out, err);
}

}  // namespace holdfast::ctl
