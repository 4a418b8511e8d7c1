// The messages that simulated upstreams send: real wire format, and each answer says who gave it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dns/message_view.h"
#include "resolver/transport.h"
#include "simulate/sim_behaviour.h"

namespace holdfast::sim {

/// What the upstream number `server` replies to `request`, whose question is in the case it was
/// sent in. Empty where it sends no message.
[[nodiscard]] std::vector<std::uint8_t> write_reply(const Behaviour& behaviour,
                                                    const ExchangeRequest& request,
                                                    std::size_t server);

/// Who gave this answer; nullopt if no upstream did.
[[nodiscard]] std::optional<std::size_t> server_of(dns::Bytes message);

}  // namespace holdfast::sim
