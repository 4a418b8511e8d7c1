// What is posted to an endpoint that speaks JSON-RPC, with its secret.
#pragma once

#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "net/http_client.h"
#include "rpc/chain.h"

namespace holdfast {

/// A POST of `body` to `endpoint`, at one of `places`; a reply of up to 1 MiB is taken.
[[nodiscard]] HttpRequest endpoint_request(const rpc::EndpointSpec& endpoint,
                                           const std::vector<IpAddress>& places, std::string body,
                                           Duration patience);

}  // namespace holdfast
