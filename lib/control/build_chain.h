// From an upstream of class ens and the routes that name it to the chain that is asked.
#pragma once

#include <memory>

#include "config/config.h"

namespace holdfast {

/// Null for upstreams of other classes. The bridge answers for the zones of the routes that name
/// the upstream, and for nothing else.
[[nodiscard]] std::shared_ptr<const rpc::Chain> build_chain(const UpstreamConfig& upstream,
                                                            const Config& config);

}  // namespace holdfast
