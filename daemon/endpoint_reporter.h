// What status, metrics and the log say of the endpoints of chains: what all threads count and see
// of them. They are called by their names, never by their urls, many of which have a key in them.
#pragma once

#include <string>
#include <vector>

#include "control/status.h"
#include "daemon/service.h"

namespace holdfast {

/// Of an upstream of class ens; none of others. Control thread.
[[nodiscard]] std::vector<EndpointReport> endpoint_reports(const Service& service,
                                                           const Upstream& upstream);

/// A line for each endpoint whose state has changed, that fails in another way than before, or
/// that has lost a vote. Control thread.
void tell_endpoints(Service& service, TimePoint now);

/// What is wrong with an endpoint: `words` are the control thread's, who may have seen something
/// else than whoever heard of it last.
[[nodiscard]] std::string endpoint_fault(const EndpointView& view, const std::string& words);

}  // namespace holdfast
