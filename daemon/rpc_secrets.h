// The secrets of RPC endpoints, read where the configuration says they are.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast {

/// Fills in EndpointSpec::secret, and sees that libcurl is there if there is a chain. "" or a line
/// that says what is wrong, and shows no secret.
[[nodiscard]] std::string read_rpc_secrets(Config& config);

}  // namespace holdfast
