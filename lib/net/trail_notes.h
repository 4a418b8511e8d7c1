// Writes down what an EnsTransport does for one question, where somebody wants to know. Each takes
// a null pointer for "nobody does".
#pragma once

#include <string>

#include "net/chain_client.h"
#include "rpc/inquiry.h"
#include "upstream/chain_trail.h"

namespace holdfast::trail {

void note_block(ChainTrail* trail, const ens::Block& block);
/// Whose resolver is asked.
void note_leg(ChainTrail* trail, const ens::Leg& leg);
void note_call(ChainTrail* trail, const ens::ChainCall& call, const rpc::Chain& chain);
void note_asked(ChainTrail* trail, std::string endpoint, TimePoint now);
void note_said(ChainTrail* trail, const std::string& endpoint, const ChainClient::CallSaid& said,
               TimePoint now);
void note_end(ChainTrail* trail, const rpc::Inquiry& inquiry, const rpc::Chain& chain);
/// Where in the trail the fetch stands.
[[nodiscard]] std::size_t note_fetch(ChainTrail* trail, const std::string& url, TimePoint now);
void note_fetched(ChainTrail* trail, std::size_t fetch, const ens::GatewayReply& reply,
                  TimePoint now);

}  // namespace holdfast::trail
