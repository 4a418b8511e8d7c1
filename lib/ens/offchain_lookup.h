// CCIP-Read (EIP-3668): a contract that says "ask these gateways, and call me back with what they
// said"; and the batch of such questions (ENSIP-21) that the Universal Resolver makes of several.
// Values only: who fetches, and from where nothing may be fetched, is decided elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ens/contracts.h"

namespace holdfast::ens {

/// What a gateway is asked.
struct GatewayQuestion {
  Address sender{};
  std::vector<std::string> urls;  // templates, in the order to try
  Blob data;

  /// The sender wants a batch done; ours is done here, whatever else it lists (ENSIP-21).
  [[nodiscard]] bool is_batch() const noexcept;
};

/// The revert that asks for it.
struct OffchainLookup {
  GatewayQuestion question;
  Selector callback{};
  Blob extra;
};

/// nullopt if it is no OffchainLookup, malformed, has more than 16 URLs, or one above 2 KiB.
[[nodiscard]] std::optional<OffchainLookup> read_offchain_lookup(Bytes revert_data);

/// The call that gives the contract what the gateway said.
[[nodiscard]] Blob callback_call(const OffchainLookup& lookup, Bytes response);

/// The questions of a batch, query((address,string[],bytes)[]). nullopt if malformed or more than
/// `most`, each with the limits above.
[[nodiscard]] std::optional<std::vector<GatewayQuestion>> read_batch(Bytes call, std::size_t most);
/// What a batch gateway returns when none of its questions failed.
[[nodiscard]] Blob batch_response(const std::vector<Blob>& responses);

/// One request over HTTP.
struct GatewayRequest {
  std::string url;
  std::string json;  // to be posted as application/json; empty: GET
};

/// The request for one of the question's templates (EIP-3668, "Client Lookup Protocol"). nullopt:
/// its URL would be longer than 64 KiB; a template may name the data more than once.
[[nodiscard]] std::optional<GatewayRequest> gateway_request(const GatewayQuestion& question,
                                                            std::string_view url_template);

}  // namespace holdfast::ens
