#include "daemon/reload.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "config/load.h"
#include "control/build_snapshot.h"
#include "control/expand_auto.h"
#include "control/expand_links.h"
#include "control/snapshot_marks.h"
#include "daemon/control_plane.h"
#include "daemon/drill_commands.h"
#include "daemon/log.h"
#include "daemon/rpc_secrets.h"
#include "daemon/service_notify.h"
#include "daemon/timeline_writer.h"
#include "net/host_resolvers.h"
#include "net/tls_client.h"

namespace holdfast {
namespace {

double unix_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::vector<std::string> lines(const std::vector<ConfigError>& errors) {
  std::vector<std::string> text;
  text.reserve(errors.size());
  for (const auto& error : errors)
    text.push_back(error.to_string());
  return text;
}

ReloadReport refuse(const Service& service, Failure kind, std::string error,
                    std::vector<std::string> details) {
  ReloadReport report;
  report.generation = service.snapshot->generation;
  report.kind = kind;
  report.error = std::move(error);
  report.details = std::move(details);
  return report;
}

/// What was learned of the zones under another configuration.
void drop(Service& service, const std::vector<dns::Name>& zones) {
  for (const dns::Name& zone : zones) {
    service.cache->flush_zone(zone);
    if (service.store) service.store->forget(zone, true);
  }
  if (!zones.empty()) service.board->advance_epoch();
}

ReloadReport take(Service& service, Config config, SnapshotPtr next) {
  ReloadReport report;
  report.taken = true;
  end_drills(service);
  report.restart = restart_keys(service.started_with, config);
  ZoneMarks marks = marks_of(*next);
  const auto zones = changed_zones(marks_of(*service.snapshot), marks);
  service.config = std::move(config);
  service.snapshot = std::move(next);
  report.generation = service.snapshot->generation;
  for (const dns::Name& zone : zones)
    report.flushed.push_back(zone.to_string());
  drop(service, zones);
  // A worker answers, and keeps, as the old configuration said until it has taken the new one.
  distribute(service, [&service, zones, marks = std::move(marks)] {
    drop(service, zones);
    if (service.store) service.store->save_zones(marks);
  });
  return report;
}

ReloadReport decide(Service& service, bool force) {
  LoadedConfig loaded = load_config(service.config_path, TlsContext::fault_of);
  if (!loaded.ok()) {
    return refuse(service, Failure::bad_config, "the new configuration has mistakes",
                  lines(loaded.errors));
  }
  if (std::string error = read_rpc_secrets(loaded.config); !error.empty()) {
    return refuse(service, Failure::bad_config, "the new configuration cannot be used",
                  {std::move(error)});
  }
  SnapshotPtr next = snapshot_of(service, loaded.config);
  auto unsafe = unsafe_changes(*service.snapshot, *next);
  if (!unsafe.empty() && !force) {
    return refuse(service, Failure::refused,
                  "the new configuration takes away safety (--force takes it all the same)",
                  std::move(unsafe));
  }
  ReloadReport report = take(service, std::move(loaded.config), std::move(next));
  service.files = std::move(loaded.files);
  report.warnings = lines(loaded.warnings);
  if (force) {
    for (const auto& change : unsafe)
      report.warnings.push_back("taken by force: " + change);
  }
  return report;
}

void tell(Service& service, const ReloadReport& report) {
  auto& reloads = service.history.reloads;
  reloads.last_succeeded = report.taken;
  reloads.generation = report.generation;
  service.history.last_reload_error = report.error;
  if (!report.taken) {
    ++reloads.failed;
    record(service, {TimelineKind::reload, service.config_path, "refused: " + report.error,
                     report.details.empty() ? "" : report.details.front(), ""});
    log_line(LogLevel::error, fmt::format("reload refused, generation {} stays in force: {}",
                                          report.generation, report.error));
    for (const auto& detail : report.details)
      log_line(LogLevel::error, detail);
    return;
  }
  ++reloads.succeeded;
  record(service, {TimelineKind::reload, service.config_path, "taken",
                   fmt::format("generation {} is in force", report.generation), ""});
  reloads.last_success = unix_time();
  service.history.taken = boot_time();
  log_line(LogLevel::info, fmt::format("reloaded {}: generation {} is in force",
                                       service.config_path, report.generation));
  for (const auto& warning : report.warnings)
    log_line(LogLevel::warning, warning);
  for (const auto& key : report.restart) {
    log_line(LogLevel::warning, key);
  }
  for (const auto& zone : report.flushed) {
    log_line(LogLevel::info,
             fmt::format("cached answers of zone {} dropped: its route changed", zone));
  }
}

std::string list(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const IpAddress& address : addresses)
    text += (text.empty() ? "" : ", ") + address.to_string();
  return text;
}

/// "corp.example (tun0: 10.8.0.1, 10.8.0.2), …".
std::string list(const std::vector<LinkDomain>& domains) {
  std::string text;
  for (const LinkDomain& domain : domains) {
    text += (text.empty() ? "" : ", ") + domain.zone.to_string() + " (" + domain.interface + ": " +
            list(domain.servers) + ")";
  }
  return text.empty() ? "none" : text;
}

/// With what is found on this host.
Config on_this_host(const Service& service, const Config& config) {
  return with_link_domains(with_resolvers(config, service.resolvers), service.links);
}

void take_anew(Service& service) {
  SnapshotPtr next = build_snapshot(on_this_host(service, service.config), service.snapshot);
  (void)take(service, service.config, std::move(next));
}

}  // namespace

SnapshotPtr snapshot_of(Service& service, const Config& config) {
  if (std::ranges::any_of(config.upstreams, &UpstreamConfig::automatic)) {
    if (auto found = find_host_resolvers(); !found.empty()) service.resolvers = std::move(found);
  }
  return build_snapshot(on_this_host(service, config), service.snapshot);
}

void follow_resolvers(Service& service, const std::vector<IpAddress>& found) {
  if (found == service.resolvers) return;
  service.resolvers = found;
  log_line(LogLevel::info, "this host's network has the resolvers " + list(found));
  record(service, {TimelineKind::reload, service.config_path, "other resolvers of the network",
                   list(found), ""});
  take_anew(service);
}

void follow_links(Service& service, const std::vector<LinkDomain>& found) {
  if (found == service.links) return;
  service.links = found;
  const std::string told = list(found);
  log_line(LogLevel::info, "links of this host have the domains: " + told);
  record(service, {TimelineKind::reload, service.config_path, "other domains of links", told, ""});
  take_anew(service);
}

ReloadReport reload(Service& service, bool force) {
  notify_reloading();
  ReloadReport report = decide(service, force);
  tell(service, report);
  notify_ready(report.taken ? "reloaded" : "reload refused: " + report.error);
  return report;
}

void distribute(Service& service, const std::function<void()>& adopted) {
  const auto& policy = service.snapshot->policy;
  service.hedges.configure(policy.hedge_ratio, policy.hedge_burst);
  set_log_level(service.config.log_level);
  service.plane->adopt(service.snapshot, service.config);
  // Called by the last worker, and then on the control thread.
  auto left = std::make_shared<std::atomic<std::size_t>>(service.workers.size());
  const auto one_adopted = [left, &loop = service.plane->loop(), adopted] {
    if (left->fetch_sub(1) == 1 && adopted) loop.post(adopted);
  };
  for (const auto& worker : service.workers) {
    worker->adopt(service.snapshot, one_adopted);
    worker->log_queries(service.config.query_log.enabled);
  }
}

}  // namespace holdfast
