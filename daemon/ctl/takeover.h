// holdfastctl takeover, giveback: the host's names are resolved by holdfastd, and no longer.
// Decided by lib/host/plan.h, undone by the journal (journal.h).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "daemon/ctl/exit.h"

namespace holdfast::ctl {

struct Takeover {
  bool give_back = false;
  bool dry_run = false;
  bool json = false;
  bool resume = false;       // takeover: only finish what was interrupted or given back until now
  bool until_start = false;  // giveback: `resume` takes over again
  std::string container_address;
  std::vector<std::string> container_networks;  // none: those of bridges
  std::vector<std::string> verify;              // names that must resolve; none: well-known ones
  std::string config = "/etc/holdfast/holdfast.json";
};

/// What was done on `out`, why not on `err`; with `json` all of it as one line on `out`
/// (takeover_text.h). Either all of it is done, and names were seen to
/// resolve through holdfastd at `socket`, or nothing is. One at a time: a second caller
/// waits, up to 90 s.
[[nodiscard]] Exit run_takeover(const Takeover& wanted, const std::string& socket,
                                std::ostream& out, std::ostream& err);

}  // namespace holdfast::ctl
