// The audit of the configuration that is in force.
#pragma once

#include <string>

#include "daemon/service.h"

namespace holdfast {

/// The reply to `audit`; with the files and the resolvers of this host if it is to be simulated,
/// which holdfastctl does: the control thread has better things to do. Control thread.
[[nodiscard]] std::string audit_in_force(const Service& service, bool simulate);

}  // namespace holdfast
