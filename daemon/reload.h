// Reload: the configuration file taken anew while everything runs. Cache, health and connections
// are kept; a file with mistakes, or one that takes away safety, changes nothing.
#pragma once

#include <functional>

#include "control/reply.h"
#include "daemon/service.h"

namespace holdfast {

/// Takes the file, or says why not. `force` takes it even if it lowers safety. Told to the log, to
/// metrics and to systemd here; to whoever asked by the report.
[[nodiscard]] ReloadReport reload(Service& service, bool force);

/// What the configuration comes to on this host: the url "auto" stands for the resolvers that are
/// found now, or were found last, and the domains of links that are known have routes.
[[nodiscard]] SnapshotPtr snapshot_of(Service& service, const Config& config);

/// The network has these resolvers from now on: the configuration in force is put in force anew, if
/// that changes anything.
void follow_resolvers(Service& service, const std::vector<IpAddress>& found);

/// The same for the domains of this host's links.
void follow_links(Service& service, const std::vector<LinkDomain>& found);

/// Hands the service's snapshot to the workers, the checker and the shared budgets; `adopted` is
/// called, on the control thread, when the last worker has taken it.
void distribute(Service& service, const std::function<void()>& adopted = {});

}  // namespace holdfast
