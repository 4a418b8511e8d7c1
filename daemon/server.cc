#include "daemon/server.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <malloc.h>
#include <system_error>
#include <thread>

#include <nlohmann/json.hpp>

#include "control/snapshot_marks.h"
#include "control/status.h"
#include "daemon/commands.h"
#include "daemon/control_plane.h"
#include "daemon/ctl/reply_text.h"
#include "daemon/drill_commands.h"
#include "daemon/endpoint_reporter.h"
#include "daemon/fleet_parts.h"
#include "daemon/log.h"
#include "daemon/reload.h"
#include "daemon/reporter.h"
#include "daemon/resources.h"
#include "daemon/rpc_secrets.h"
#include "daemon/service_notify.h"
#include "daemon/timeline_writer.h"
#include "daemon/version.h"
#include "metrics/exposition.h"
#include "net/descriptor_room.h"
#include "net/listen_sockets.h"
#include "net/socket_buffers.h"
#include "net/tls_client.h"
#include "upstream/health.h"

namespace holdfast {
namespace {

constexpr Duration kWorkerLate = 5s;  // a loop that has not turned for so long is stuck

/// Of the store, the fleet and the HTTP port, which start after the workers.
constexpr int kOtherThreads = 8;

// Beats of 50 ms.
constexpr std::uint64_t kQueryLogBeats = 2;
constexpr std::uint64_t kPublishBeats = 5;
constexpr std::uint64_t kSelfQueryBeats = 100;
constexpr std::uint64_t kSecondBeats = 20;

double unix_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::size_t cpu_count() {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::size_t worker_count(const Config& config) {
  return config.workers != 0 ? config.workers : cpu_count();
}

ListenSockets open_sockets(const Config& config) {
  std::vector<OwnedFd> given = take_activation_sockets();
  if (!given.empty()) {
    log_line(LogLevel::info,
             "listens on the sockets that were passed (LISTEN_FDS), not on those of listen");
    return adopt_listen_sockets(std::move(given), worker_count(config));
  }
  return open_listen_sockets(config.listen, worker_count(config));
}

/// All sockets ask for the same, so one tells for all.
void warn_of_buffers(const ListenSockets& sockets) {
  const std::vector<OwnedFd>& udp = sockets.workers.front().udp;
  if (udp.empty()) return;
  const std::string line = buffer_shortage(buffers_of(udp.front().get()));
  if (!line.empty()) log_line(LogLevel::warning, line);
}

std::uint64_t random_seed() {
  SystemRandom random;
  const std::uint64_t high = random.u32();
  return high << 32U | random.u32();
}

}  // namespace

Server::~Server() {
  take_down();
}

Exit Server::run() {
  LoadedConfig loaded = load_config(service_.config_path, TlsContext::fault_of);
  loaded.tree.reset();  // of no use any more, and large
  open_log(loaded.config.log_level, std::getenv("JOURNAL_STREAM"));
  if (!loaded.ok()) {
    for (const auto& error : loaded.errors)
      log_line(LogLevel::error, error.to_string());
    log_line(LogLevel::error, "nothing was started: the configuration has mistakes");
    return Exit::usage;
  }
  try {
    if (const std::string error = start(loaded); !error.empty()) {
      log_line(LogLevel::error, error);
      return Exit::start_failed;
    }
  } catch (const std::system_error& error) {
    const bool descriptors = means_no_descriptors(error.code().value());
    log_line(LogLevel::error,
             fmt::format("cannot start: {}{}{}", error.what(), descriptors ? "; " : "",
                         descriptors ? kRaiseDescriptors : ""));
    return Exit::start_failed;
  } catch (const std::bad_alloc&) {
    log_line(LogLevel::error,
             "cannot start: no memory; raise what limits it (MemoryMax= in the systemd unit, "
             "`ulimit -v`), or lower `workers` and cache.max_bytes");
    return Exit::start_failed;
  }
  service_.plane->run();
  take_down();
  log_line(LogLevel::info, "stopped");
  return Exit::ok;
}

/// The order: what may fail and needs nothing first; answering is the last thing but the HTTP port,
/// whose threads read of the workers there are.
std::string Server::start(const LoadedConfig& loaded) {
  std::signal(SIGPIPE, SIG_IGN);
  service_.config = service_.started_with = loaded.config;
  service_.files = loaded.files;
  query_log_left_ = service_.config.query_log.max_per_second;
  for (const auto& warning : loaded.warnings)
    log_line(LogLevel::warning, warning.to_string());
  if (std::string error = read_rpc_secrets(service_.config); !error.empty()) return error;
  if (std::string error = make_shared_parts(); !error.empty()) return error;
  if (std::string error = make_fleet(); !error.empty()) return error;
  if (std::string error = make_workers(); !error.empty()) return error;
  if (std::string error = open_control(); !error.empty()) return error;
  if (std::string error = start_workers(); !error.empty()) return error;
  start_store();
  if (service_.fleet) service_.fleet->start();
  if (std::string error = open_http(); !error.empty()) return error;
  service_.plane->set_hooks({[this](std::uint64_t number, TimePoint now) { beat(number, now); },
                             [this](Upheaval why) { network_changed(why); },
                             [this](const std::string& host, const auto& addresses) {
                               if (service_.store) service_.store->save_host({host, addresses});
                             },
                             [this](const auto& found) { follow_resolvers(service_, found); },
                             [this](const auto& found) { follow_links(service_, found); },
                             [this] { (void)reload(service_, false); }, [this] { begin_stop(); }});
  publish(service_, service_.plane->loop().now());
  service_.ready = true;
  std::string where;
  for (const auto& listener : service_.listeners)
    where += (where.empty() ? "" : ", ") + listener;
  log_line(LogLevel::info, fmt::format("holdfast {} answers on {} with {} worker(s)", kVersion,
                                       where, service_.workers.size()));
  notify_ready("answering on " + where);
  return {};
}

/// What it finds of former times comes when it comes; nothing waits for it.
void Server::start_store() {
  if (!service_.store) return;
  service_.store->save_zones(marks_of(*service_.snapshot));
  service_.store->start([this](SavedNotes notes) {
    EventLoop& loop = service_.plane->loop();
    loop.post([this, &loop, notes = std::move(notes)] {
      service_.plane->recall(notes, service_.wall.at(loop.now()));
    });
  });
}

/// The reverse order; clients are served as long as possible. Also after a start that failed
/// halfway.
void Server::take_down() {
  for (const auto& worker : service_.workers)
    worker->stop();
  for (const auto& worker : service_.workers)
    worker->join();
  if (service_.fleet) service_.fleet->stop();
  if (service_.store) service_.store->stop();
  write_query_log(service_, query_log_left_);
  if (http_) http_->stop();
  if (control_) control_->close();
  if (service_.self_check) service_.self_check->close();
  if (service_.plane) service_.plane->close();
}

void Server::begin_stop() {
  if (service_.stopping.exchange(true)) return;
  log_line(LogLevel::info, "stopping: answering what is in flight");
  service_.ready = false;
  notify_stopping();
  for (const auto& worker : service_.workers)
    worker->stop();
  service_.plane->stop();
}

void Server::network_changed(Upheaval why) {
  ++service_.history.upheavals[static_cast<std::size_t>(why)];
  record(service_, {TimelineKind::state, "all upstreams", "network_change: nothing is known",
                    to_string(why), ""});
  if (why == Upheaval::resume) resumed_ = service_.plane->loop().now();
  for (const auto& worker : service_.workers)
    worker->network_changed();
  if (service_.fleet) service_.fleet->network_changed();
}

std::string Server::make_shared_parts() {
  const Config& config = service_.config;
  if (std::string error = cache_shortage(config.cache_max_bytes); !error.empty()) return error;
  service_.snapshot = snapshot_of(service_, config);
  const FailoverPolicy& policy = service_.snapshot->policy;
  service_.cache = std::make_unique<Cache>(config.cache_max_bytes, random_seed());
  if (!config.store.path.empty()) {
    service_.store = std::make_unique<StoreThread>(
        *service_.cache, service_.wall, StoreSettings{config.store.path, config.store.max_bytes});
  }
  service_.board = std::make_unique<HealthBoard>(initial_view(policy));
  service_.plane = std::make_unique<ControlPlane>(service_.shared(), service_.snapshot, config);
  History& history = service_.history;
  history.started = history.taken = service_.plane->loop().now();
  history.reloads.last_success = unix_time();
  history.reloads.generation = service_.snapshot->generation;
  return {};
}

std::string Server::make_fleet() {
  if (!service_.config.fleet) return {};
  auto parts = read_fleet_parts(service_.config);
  if (auto* error = std::get_if<std::string>(&parts)) return std::move(*error);
  service_.fleet = std::make_unique<FleetThread>(std::get<FleetParts>(std::move(parts)),
                                                 *service_.cache, service_.wall);
  return {};
}

std::string Server::make_workers() {
  warn_of_descriptors();
  ListenSockets sockets = open_sockets(service_.config);
  for (const auto& warning : sockets.warnings)
    log_line(LogLevel::warning, warning);
  if (!sockets.error.empty()) return sockets.error;
  warn_of_buffers(sockets);
  for (const auto& endpoint : sockets.endpoints) {
    service_.listeners.push_back(endpoint.to_string());
  }
  service_.self_check = std::make_unique<SelfCheck>(service_.plane->loop(), sockets.endpoints,
                                                    2 * sockets.workers.size());
  for (WorkerSockets& mine : sockets.workers) {
    service_.workers.push_back(
        std::make_unique<Worker>(service_.shared(), std::move(mine), service_.snapshot));
  }
  return {};
}

/// As many as the system has threads for beside the others; the sockets of the others close with
/// them.
std::string Server::start_workers() {
  auto& workers = service_.workers;
  // More heaps than CPUs spare no thread a wait, and each takes 64 MiB of the address space, which
  // may be what is short.
  if (workers.size() > cpu_count()) ::mallopt(M_ARENA_MAX, static_cast<int>(cpu_count()));
  auto running =
      std::find_if_not(workers.begin(), workers.end(), [](auto& w) { return w->start(); });
  if (running != workers.end()) {
    for (int i = 0; i < kOtherThreads && running - workers.begin() > 1; ++i) {
      --running;
      (*running)->stop();
      (*running)->join();
    }
  }
  const auto got = static_cast<std::size_t>(running - workers.begin());
  const std::string line = worker_shortage(got, workers.size());
  workers.erase(running, workers.end());
  if (workers.empty()) return "cannot start: " + line;
  if (!line.empty()) log_line(LogLevel::warning, line);
  for (const auto& worker : workers)
    service_.plane->checker().watch(worker->evidence());
  distribute(service_);
  service_.hedges.fill();
  return {};
}

std::string Server::open_control() {
  const Config& config = service_.config;
  if (config.control == "off") return {};
  control_ = std::make_unique<ControlSocket>(
      service_.plane->loop(), [this](const Request& request, const ControlSocket::Answer& answer) {
        execute(service_, request, answer);
      });
  std::string error = control_->open(config.control);
  if (error.empty()) return {};
  // Asked for by name: an error. By default: answering clients matters more than being steered.
  if (config.control != Config().control) return error;
  log_line(LogLevel::warning, error + "; holdfastctl cannot be used until then");
  control_.reset();
  return {};
}

std::string Server::open_http() {
  if (!service_.config.http) return {};
  HttpPages pages;
  pages.metrics = [this] { return metrics_text(metrics_view(service_)); };
  pages.status_json = [this] { return status_json(service_.published.read()->report); };
  pages.status_text = [this] {
    const auto status = nlohmann::json::parse(status_json(service_.published.read()->report));
    return ctl::print_status(status, ctl::Paint(false));
  };
  pages.live = [this] { return is_alive(boot_time()); };
  pages.ready = [this] { return service_.ready.load(); };
  http_ = std::make_unique<HttpServer>(std::move(pages));
  if (std::string error = http_->start(*service_.config.http); !error.empty()) return error;
  log_line(LogLevel::info,
           fmt::format("metrics and status on http://{}/", http_->endpoint().to_string()));
  return {};
}

/// A guess on the safe side: ports of every upstream, clients over TCP, and the files of the
/// process.
void Server::warn_of_descriptors() const {
  constexpr std::uint64_t kPerUpstream = 72;  // 64 source ports, connections
  constexpr std::uint64_t kOthers = 128;
  const std::uint64_t limit = raise_descriptor_limit();
  const std::uint64_t upstreams = service_.config.upstreams.size() * kPerUpstream;
  const std::uint64_t each =
      upstreams + service_.config.limits.tcp_clients + 2 * service_.config.listen.size();
  const std::uint64_t needed = kOthers + upstreams + worker_count(service_.config) * each;
  const std::string line = descriptor_shortage(limit, needed);
  if (!line.empty()) log_line(LogLevel::warning, line);
}

void Server::beat(std::uint64_t number, TimePoint now) {
  take_events(service_);
  follow_drills(service_, now);
  watch_routes(service_, now);
  if (number % kSecondBeats == 0) query_log_left_ = service_.config.query_log.max_per_second;
  if (number % kQueryLogBeats == 0) write_query_log(service_, query_log_left_);
  if (number % kPublishBeats == 0) publish(service_, now);
  if (number % kSelfQueryBeats == 0) service_.self_check->ask();
  if (number % kSecondBeats == 0) each_second(now);
}

void Server::each_second(TimePoint now) {
  notify_status(one_line(service_));
  tell_shortage(service_, now);
  tell_holds(service_, now);
  service_.guard.look(now);
  watch_rest(service_, now);
  count_drills(service_, now);
  tell_faults(service_);
  tell_endpoints(service_, now);
  save_health(service_, now);
  // The machine may have slept for longer than a worker may be late.
  const bool just_resumed = resumed_ != kNever && now - resumed_ < kWorkerLate;
  if (just_resumed || workers_tick(now)) {
    notify_alive();
  } else {
    HOLDFAST_LOG(error, "a worker has not turned for more than 5 s");
  }
}

/// A flood may hide our own questions, and a busy machine hold up a tick: only both are a sign.
bool Server::is_alive(TimePoint now) const {
  return workers_tick(now) || service_.self_check->counts().unanswered_in_row < SelfCheck::kLost;
}

bool Server::workers_tick(TimePoint now) const {
  return std::all_of(service_.workers.begin(), service_.workers.end(), [now](const auto& worker) {
    return now - worker->last_tick() <= kWorkerLate;
  });
}

}  // namespace holdfast
