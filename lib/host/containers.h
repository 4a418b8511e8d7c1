// Containers and virtual machines that inherit this host's name servers cannot ask its loopback
// address: what has to change so that they ask us on an address which they reach. A part of
// plan_takeover().
#pragma once

#include <string>

#include "host/plan.h"

namespace holdfast::host {

/// Is port 53 of this address one of these listeners, "ADDRESS:PORT" each?
[[nodiscard]] bool listens(const std::vector<std::string>& listeners, const std::string& address);

/// Why containers could not ask us, and what to do about it, in one line; "" if they can, or there
/// are none.
[[nodiscard]] std::string fault_of_containers(const HostPicture& host, const Wishes& wishes);

/// Adds a listener on wishes.container_address, if holdfastd has none there and is systemd's to
/// give one; whom it admits; and what the runtimes tell containers. Precondition:
/// fault_of_containers() is "".
void plan_containers(Plan& plan, const HostPicture& host, const Wishes& wishes);

}  // namespace holdfast::host
