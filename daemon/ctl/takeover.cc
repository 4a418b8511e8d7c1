#include "daemon/ctl/takeover.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <ostream>
#include <poll.h>
#include <ranges>
#include <sstream>
#include <sys/file.h>
#include <unistd.h>
#include <utility>
#include <variant>

#include "config/load.h"
#include "daemon/ctl/file_state.h"
#include "daemon/ctl/held_signals.h"
#include "daemon/ctl/host_look.h"
#include "daemon/ctl/journal.h"
#include "daemon/ctl/run_command.h"
#include "daemon/ctl/shared_part.h"
#include "daemon/ctl/takeover_text.h"
#include "daemon/ctl/verification.h"
#include "host/resolv_conf.h"
#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

using host::FileState;
using host::Plan;
using State = Journal::State;

constexpr int kPause = 100;  // ms, between tries
constexpr int kLockTries = 900;
constexpr std::int64_t kFirstWait = 30, kLongestWait = 900;  // s

/// Everything that one run does shares these.
struct Run {
  const Takeover& wanted;
  const std::string& socket;
  std::ostream& out;
  std::ostream& err;
  std::optional<Plan>* planned_as_data = nullptr;  // instead of telling it on `out`

  Exit fail(const std::string& why) const {
    err << "holdfastctl: " << why << "\n";
    return Exit::failed;
  }

  Exit take() const;
  Exit give(Journal journal) const;
  Exit resume(std::optional<Journal> journal) const;
  Exit keep(const Journal& journal) const;
  Exit change(Journal journal) const;
  Exit carry_out(const Plan& plan) const;
};

Journal journal_for(const Plan& plan, const Takeover& wanted) {
  Journal journal;
  journal.until_start = wanted.resume;  // if it comes to nothing, it is tried again
  journal.container_address = wanted.container_address;
  journal.verify = wanted.verify;
  journal.config = wanted.config;
  journal.managers = plan.managers;
  journal.commands = plan.commands;
  journal.undo_commands = plan.undo_commands;
  for (const IpPrefix& network : plan.container_networks)
    journal.container_networks.push_back(network.to_string());
  for (const auto& change : plan.changes) {
    Journal::Entry entry{change.path, read_state(change.path), change.after, change.part,
                         missing_folders(change.path)};
    // What is closed to others may hold secrets, but for resolv.conf, which everybody must read.
    if (entry.before.kind == host::FileKind::file && entry.path != host::kResolvConf) {
      entry.after.mode = entry.before.mode;
      entry.after.uid = entry.before.uid;
      entry.after.gid = entry.before.gid;
    }
    journal.entries.push_back(std::move(entry));
  }
  journal.resolv_nameserver = plan.resolv_nameserver;
  const FileState resolv = read_state(host::kResolvConf);
  if (plan.keeps_resolv_conf && resolv.kind == host::FileKind::link) {
    journal.resolv_link = resolv.text;
  }
  return journal;
}

void run_all(const std::vector<std::vector<std::string>>& commands, std::ostream& out) {
  for (const auto& command : commands) {
    if (run_command(command)) continue;
    out << "warning: failed:";
    for (const auto& word : command)
      out << " " << word;
    out << "\n";
  }
}

/// Folders that were made stay if somebody put something there.
void tidy(const Journal& journal) {
  for (const auto& entry : journal.entries | std::views::reverse) {
    remove_leftover(entry.path);
    for (const auto& folder : entry.made_folders | std::views::reverse)
      (void)::rmdir(folder.c_str());
  }
}

/// Puts back what was there, but for what somebody else wrote since.
std::string undo(Journal& journal, std::ostream& out) {
  journal.state = State::giving;
  if (std::string fault = write_journal(journal); !fault.empty()) return fault;
  for (const auto& entry : journal.entries | std::views::reverse) {
    const FileState now = read_state(entry.path);
    const bool untouched = now.kind == entry.before.kind && now.text == entry.before.text;
    if (untouched) continue;
    const bool deleted = now.kind == host::FileKind::absent && entry.part == host::Part::whole;
    std::optional<FileState> former;
    if (deleted || has_part(host::Part::whole, now, entry.after)) {
      former = entry.before;
    } else if (has_part(entry.part, now, entry.after)) {
      former = with_part(entry.part, now, entry.before);
    }
    if (!former) {
      out << "left as it is: " << entry.path << ", which somebody wrote since\n";
      continue;
    }
    if (std::string fault = put_state(entry.path, *former); !fault.empty()) return fault;
    out << "restored " << entry.path << "\n";
  }
  tidy(journal);
  run_all(journal.undo_commands, out);
  run_all(journal.commands, out);
  return {};
}

bool any_trusts_ad(const std::string& config) {
  const auto loaded = load_config(config);
  return loaded.ok() && std::ranges::any_of(loaded.config.upstreams,
                                            [](const auto& upstream) { return upstream.trust_ad; });
}

/// What the daemon is about to read is without mistakes: it would not start again. "" or the first.
std::string fault_of_config(const std::string& config) {
  const auto loaded = load_config(config);
  return loaded.ok() ? "" : "the daemon's configuration: " + loaded.errors.front().to_string();
}

Exit Run::carry_out(const Plan& plan) const {
  Journal journal = journal_for(plan, wanted);
  if (std::string fault = write_journal(journal); !fault.empty()) {
    return fail(fault + "; nothing was changed");
  }
  std::string fault;
  for (const auto& entry : journal.entries) {
    fault = put_state(entry.path, entry.after);
    if (!fault.empty()) break;
  }
  if (fault.empty() && !wanted.container_address.empty()) fault = fault_of_config(wanted.config);
  if (fault.empty()) {
    run_all(journal.commands, out);
    fault = fault_of_names(wanted.verify, socket);
  }
  if (fault.empty() && !wanted.container_address.empty()) {
    fault = fault_of_listener(wanted.container_address, socket);
  }
  if (fault.empty()) {
    journal.state = State::taken;
    fault = write_journal(journal);
  }
  if (fault.empty()) {
    out << "names are resolved by holdfast\n";
    return Exit::ok;
  }
  std::string again = undo(journal, out);
  if (again.empty()) again = remove_journal();
  return fail(fault + (again.empty() ? "; all is as it was before"
                                     : "; and it could not be undone: " + again +
                                           "; `holdfastctl giveback` tries again"));
}

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "holdfastctl" : path.string();
}

/// Seconds since the boot.
std::int64_t uptime() {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec;
}

/// A takeover that has to be undone each time is tried less and less often. The clock begins anew
/// with each boot, and so do the tries.
bool is_too_soon(const Journal& journal) {
  if (journal.tries == 0) return false;
  const std::int64_t wait = std::min(kFirstWait << std::min(journal.tries, 10U), kLongestWait);
  const std::int64_t past = uptime() - journal.tried_at;
  return past >= 0 && past < wait;
}

/// What would be done now.
std::variant<Plan, host::Refusal> plan_for(const Takeover& wanted, const std::string& socket) {
  const auto picture = look_at_host(listeners_of(socket).value_or(std::vector<std::string>()),
                                    wanted.container_address);
  host::Wishes wishes;
  wishes.trust_ad = any_trusts_ad(wanted.config);
  wishes.container_address = wanted.container_address;
  wishes.config = wanted.config;
  wishes.reload = {own_program(), "--socket", socket, "reload"};
  for (const std::string& network : wanted.container_networks) {
    const auto parsed = parse_prefix(network);
    if (!parsed || parsed->length == 0) {
      return host::Refusal{"--container-network " + network +
                           ": expected a block of addresses such as 172.17.0.0/16, no bits set "
                           "behind the prefix"};
    }
    wishes.container_networks.push_back(*parsed);
  }
  if (!wanted.container_address.empty()) {
    const auto parsed = parse_ip(wanted.container_address);
    if (!parsed || parsed->is_unspecified() || parsed->scope != 0) {
      return host::Refusal{"--container-address " + wanted.container_address +
                           ": expected an address of this host such as 172.17.0.1"};
    }
    wishes.container_address = parsed->to_string();
  }
  return plan_takeover(picture, wishes);
}

Exit Run::take() const {
  const auto planned = plan_for(wanted, socket);
  if (const auto* refusal = std::get_if<host::Refusal>(&planned)) {
    return fail(refusal->why + "; nothing was changed");
  }
  const auto& plan = std::get<Plan>(planned);
  if (planned_as_data != nullptr) {
    *planned_as_data = plan;
  } else {
    print_plan(plan, out);
  }
  return wanted.dry_run ? Exit::ok : carry_out(plan);
}

/// Taken over already: what somebody else wrote since is written again.
Exit Run::keep(const Journal& journal) const {
  const auto drift = drift_from(journal);
  for (const auto& line : drift)
    out << "since the takeover " << line << "\n";
  if (drift.empty()) {
    out << "names are resolved by holdfast already\n";
    return Exit::ok;
  }
  if (wanted.dry_run || wanted.resume) return Exit::ok;
  const auto picture = look_at_host({}, journal.container_address);
  if (const std::string fault = host::fault_of_resolv_conf(picture); !fault.empty()) {
    return fail(fault);
  }
  for (const auto& entry : journal.entries) {
    const auto state = with_part(entry.part, read_state(entry.path), entry.after);
    if (!state) return fail(entry.path + " cannot be understood any more: it is left as it is");
    if (std::string fault = put_state(entry.path, *state); !fault.empty()) return fail(fault);
  }
  if (!has_its_link(journal)) {
    const FileState link{.kind = host::FileKind::link, .text = journal.resolv_link};
    if (std::string fault = put_state(host::kResolvConf, link); !fault.empty()) return fail(fault);
  }
  run_all(journal.commands, out);
  const std::string fault =
      fault_of_names(wanted.verify.empty() ? journal.verify : wanted.verify, socket);
  if (!fault.empty()) return fail(fault + "; `holdfastctl giveback` puts back what was before");
  out << "written again; names are resolved by holdfast\n";
  return Exit::ok;
}

/// Taken over already, but for another container address: given back and taken over anew. If that
/// is not possible, what was taken over stays so.
Exit Run::change(Journal journal) const {
  const auto planned = plan_for(wanted, socket);
  if (const auto* refusal = std::get_if<host::Refusal>(&planned)) {
    return fail(refusal->why + "; the takeover stays as it was");
  }
  if (wanted.dry_run) {
    out << "given back first, and taken over anew for another container address\n";
    return take();
  }
  const Journal former = journal;
  if (const std::string fault = undo(journal, out); !fault.empty()) return fail(fault);
  const Exit status = take();
  if (status == Exit::ok) return status;
  std::string fault = write_journal(former);
  for (const auto& entry : former.entries) {
    if (fault.empty() && read_state(entry.path) == entry.before) {
      fault = put_state(entry.path, entry.after);
    }
  }
  run_all(former.commands, out);
  return fail(fault.empty() ? "the earlier takeover stands again" : fault);
}

Exit Run::give(Journal journal) const {
  if (wanted.dry_run) {
    for (const auto& entry : journal.entries)
      out << "restores    " << entry.path << "\n";
    return Exit::ok;
  }
  journal.until_start = wanted.until_start;
  std::string fault = undo(journal, out);
  if (fault.empty()) {
    journal.state = State::paused;
    fault = wanted.until_start ? write_journal(journal) : remove_journal();
  }
  if (!fault.empty()) return fail(fault);
  out << "names are resolved as before\n";
  return Exit::ok;
}

Exit Run::resume(std::optional<Journal> journal) const {
  if (!journal) {
    remove_leftover(kJournal);  // of one that was killed before it changed anything
    return Exit::ok;
  }
  if (journal->state == State::taken) return keep(*journal);
  if (journal->state != State::paused) {
    const bool goes_on = journal->until_start;
    out << (journal->state == State::taking ? "a takeover was interrupted: it is undone\n"
                                            : "a giveback was interrupted: it is finished\n");
    if (!goes_on) return give(*journal);
    if (std::string fault = undo(*journal, out); !fault.empty()) return fail(fault);
    journal->state = State::paused;
  }
  if (is_too_soon(*journal)) return fail("the last takeover had to be undone: tried again later");
  const Takeover again{.resume = true,
                       .container_address = journal->container_address,
                       .container_networks = journal->container_networks,
                       .verify = wanted.verify.empty() ? journal->verify : wanted.verify,
                       .config = journal->config.empty() ? wanted.config : journal->config};
  // The next try may do better: a network may only be coming. Until then no file is touched.
  if (const std::string fault = fault_of_daemon(again.verify, host::search_of(resolv_conf_in_use()),
                                                host::Wishes().nameserver);
      !fault.empty()) {
    return fail(fault + "; nothing was changed");
  }
  const Run run{again, socket, out, err, planned_as_data};
  const Exit status = run.take();
  if (status == Exit::ok || wanted.dry_run) return status;
  std::string ignored;
  if (read_journal(ignored) || !ignored.empty()) return status;  // it got nowhere
  ++journal->tries;
  journal->tried_at = uptime();
  (void)write_journal(*journal);
  return status;
}

/// Another one, of the service's perhaps, is waited for.
OwnedFd lock_journal() {
  const auto folder = std::filesystem::path(kJournal).parent_path();
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  OwnedFd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int tries = 0; lock && tries < kLockTries; ++tries) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    (void)::poll(nullptr, 0, kPause);
  }
  return OwnedFd();
}

Exit run_alone(const Run& run) {
  const Takeover& wanted = run.wanted;
  if (::geteuid() != 0) return run.fail("only root may change how this host resolves names");
  const OwnedFd lock = lock_journal();
  if (!lock) {
    return run.fail(std::string("the folder of ") + kJournal +
                    " cannot be made, or another takeover or giveback has not ended for 90 s");
  }
  const HeldSignals held;
  std::string unreadable;
  auto journal = read_journal(unreadable);
  if (!unreadable.empty()) {
    return run.fail(unreadable + "; put the files of the takeover right by hand, with `" +
                    host::kResolvConf + "` the last, and remove `" + kJournal + "`");
  }
  if (wanted.resume) return run.resume(std::move(journal));
  if (wanted.give_back) {
    if (journal && journal->state != State::paused) return run.give(*journal);
    const std::string fault = wanted.until_start ? std::string() : remove_journal();
    run.out << "there is nothing to give back\n";
    return fault.empty() ? Exit::ok : run.fail(fault);
  }
  if (journal && journal->state == State::taken) {
    const bool elsewhere =
        !wanted.container_address.empty() && wanted.container_address != journal->container_address;
    const bool others = !wanted.container_networks.empty() &&
                        wanted.container_networks != journal->container_networks;
    return elsewhere || others ? run.change(*journal) : run.keep(*journal);
  }
  if (journal && journal->state != State::paused && !wanted.dry_run) {
    run.out << "an earlier takeover was interrupted: it is undone first\n";
    std::string fault = undo(*journal, run.out);
    if (fault.empty()) fault = remove_journal();
    if (!fault.empty()) return run.fail(fault);
  }
  return run.take();
}

}  // namespace

Exit run_takeover(const Takeover& wanted, const std::string& socket, std::ostream& out,
                  std::ostream& err) {
  if (!wanted.json) return run_alone({wanted, socket, out, err});
  std::ostringstream said;
  std::ostringstream error;
  std::optional<Plan> plan;
  const Exit status = run_alone({wanted, socket, said, error, &plan});
  out << takeover_json(status == Exit::ok, plan ? &*plan : nullptr, said.str(), error.str())
      << "\n";
  return status;
}

}  // namespace holdfast::ctl
