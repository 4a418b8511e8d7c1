// holdfastctl ens publish-plan: what the owner of an ENS name sends, with a wallet of their own, so
// that a zone file stands on chain. No keys are handled, nothing is sent.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "daemon/ctl/exit.h"

namespace holdfast::ctl {

struct EnsPublish {
  std::string file;
  std::string name;  // the ENS name whose resolver holds the records
  std::string zone;  // "": the owner of the file's SOA
  std::string config = "/etc/holdfast/holdfast.json";
  std::string upstream;       // "": the one that the zone's route names, or the only one
  std::string resolver;       // "": as the registry says
  std::string from;           // who will send it; "": the name's owner by the registry
  std::uint64_t max_gas = 0;  // of one transaction; 0: the default of ens/publication.h
  bool clear = false;         // all that was published before is to go first
  bool offline = false;       // ask no endpoint
  bool json = false;
};

/// Prints the plan. Exit::failed with a line on `err` where the zone file or a name is wrong,
/// Exit::usage where an option or the configuration is. Without a configuration, or with endpoints
/// that do not answer, the plan goes without what only a chain knows, and says so.
[[nodiscard]] Exit print_plan(const EnsPublish& wanted, std::ostream& out, std::ostream& err);

}  // namespace holdfast::ctl
