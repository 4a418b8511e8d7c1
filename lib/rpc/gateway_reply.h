// What a gateway says (EIP-3668): a JSON object with the bytes as hex in its "data". Every byte of
// it may come from somebody who means ill.
#pragma once

#include <string_view>

#include "ens/gateway_round.h"

namespace holdfast::rpc {

/// Of a reply with this status. Bodies of errors are not looked at.
[[nodiscard]] ens::GatewayReply read_gateway_reply(unsigned status, std::string_view body);

}  // namespace holdfast::rpc
