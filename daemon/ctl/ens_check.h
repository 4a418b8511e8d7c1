// holdfastctl ens check: is the copy of a zone that is on chain what the DNS says now?
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "daemon/ctl/exit.h"

namespace holdfast::ctl {

struct EnsCheck {
  std::string zone;
  std::string file;                // a zone file whose names and types are compared; "": usual ones
  std::vector<std::string> names;  // besides, with the usual types
  std::string config = "/etc/holdfast/holdfast.json";
  bool json = false;
};

/// Compares record by record. Exit::ok: the same; Exit::failed: they differ, or the zone is not on
/// chain; Exit::usage: wrong usage, zone file or configuration; Exit::unreachable: the chain's
/// endpoints or the DNS did not answer, so that nothing can be said.
[[nodiscard]] Exit check_zone(const EnsCheck& wanted, std::ostream& out, std::ostream& err);

}  // namespace holdfast::ctl
