// holdfastctl's command line.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "control/request.h"
#include "daemon/ctl/audit.h"
#include "daemon/ctl/ens_check.h"
#include "daemon/ctl/ens_names.h"
#include "daemon/ctl/ens_publish.h"
#include "daemon/ctl/exit.h"
#include "daemon/ctl/takeover.h"

namespace holdfast::ctl {

inline constexpr const char* kDefaultSocket = "/run/holdfast/control.sock";

struct Arguments {
  Request request;
  std::string socket = kDefaultSocket;
  bool json = false;
  std::string file;                   // check-config FILE: checked here, without the daemon
  std::optional<EnsNames> ens;        // ens normalize, ens namehash: done here, too
  std::optional<EnsPublish> publish;  // ens publish-plan
  std::optional<EnsCheck> compare;    // ens check
  std::optional<Audit> audit;         // done here, with the daemon's help without a file
  std::optional<Takeover> takeover;   // takeover, giveback: done here
  bool wait = false;                  // drill start: and print its report
  bool follow = false;                // timeline: go on telling what happens
  bool from_stdin = false;            // ens: names come there, not as an argument
};

/// The alternative is an exit status: help was shown, or the usage was wrong and it was said.
/// `socket` is the value of HOLDFAST_SOCKET, if it is set.
[[nodiscard]] std::variant<Arguments, Exit> parse_arguments(int argc, const char* const* argv,
                                                            const char* socket);

}  // namespace holdfast::ctl
