// The journal of a takeover: what was there before each change, on disk before anything is touched,
// so that it can be undone whatever happens meanwhile. The daemon reads it to notice when somebody
// else writes to the same files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/plan.h"

namespace holdfast::ctl {

inline constexpr const char* kJournal = "/var/lib/holdfast-takeover/journal.json";

struct Journal {
  /// taking, giving: not finished, to be undone. paused: given back until the next start.
  enum class State : unsigned char { taking, taken, giving, paused };

  struct Entry {
    std::string path;
    host::FileState before, after;
    host::Part part = host::Part::whole;
    std::vector<std::string> made_folders;  // for the file, the outermost first
  };

  State state = State::taking;
  bool until_start = false;   // taking, giving: when it is undone, the next start takes over again
  unsigned tries = 0;         // paused: takeovers that had to be undone since
  std::int64_t tried_at = 0;  // the last of them, seconds of CLOCK_BOOTTIME
  std::string container_address;
  std::vector<std::string> container_networks;  // that are admitted
  std::vector<std::string> verify;  // as the operator asked for them; none: well-known names
  std::string config;               // the daemon's
  std::vector<std::string> managers;
  std::vector<Entry> entries;
  std::vector<std::vector<std::string>> commands;
  std::vector<std::vector<std::string>> undo_commands;  // before the others
  std::string resolv_link;        // where /etc/resolv.conf has to point still; "": nowhere
  std::string resolv_nameserver;  // the only one that it has to name; "": it is one of the entries
};

/// nullopt: there is none. `error` is set if there is one that cannot be understood.
[[nodiscard]] std::optional<Journal> read_journal(std::string& error,
                                                  const std::string& path = kJournal);
/// Why not; "" if it is on disk, for root and the group holdfast: files it remembers may be closed
/// to others.
[[nodiscard]] std::string write_journal(const Journal& journal, const std::string& path = kJournal);
/// There is none any more.
[[nodiscard]] std::string remove_journal(const std::string& path = kJournal);

/// Does /etc/resolv.conf point where it has to, if anywhere?
[[nodiscard]] bool has_its_link(const Journal& journal);

/// What is no longer as the takeover left it, a line each.
[[nodiscard]] std::vector<std::string> drift_from(const Journal& journal);

}  // namespace holdfast::ctl
