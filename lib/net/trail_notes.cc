#include "net/trail_notes.h"

#include <algorithm>

#include "ens/contracts.h"
#include "ens/hex.h"

namespace holdfast::trail {
namespace {

using Part = ChainTrail::Voice::Part;

/// As many as a question can cost, and then some.
constexpr std::size_t kMostCalls = 64, kMostFetches = 64;

std::string function_of(ens::Bytes data) {
  const auto selector = ens::selector_of(data);
  if (selector == ens::function::find_resolver) return "findResolver";
  if (selector == ens::function::supports_interface) return "supportsInterface";
  if (selector == ens::function::record_exists) return "recordExists";
  if (selector == ens::function::resolve) return "resolve";
  return "callback";  // with what a gateway said
}

std::string words_of(const rpc::CallEnd& said) {
  constexpr std::size_t kSelector = 4;
  if (!said.reverted) return std::to_string(said.data.size()) + " bytes";
  if (said.data.size() < kSelector) return "revert";
  return "revert " + ens::to_hex(ens::Bytes(said.data).first(kSelector));
}

const char* words_of(ens::GatewayReply::Status status) {
  using Status = ens::GatewayReply::Status;
  switch (status) {
    case Status::data:
      return "data";
    case Status::http_error:
      return "http_status";
    case Status::unreachable:
      return "unreachable";
    case Status::timed_out:
      return "timed_out";
    case Status::too_large:
      return "too_large";
    case Status::malformed:
      return "malformed";
    case Status::refused:
      return "refused: an address or a url that is not fetched";
    case Status::prohibited:
      return "prohibited by the configuration";
  }
  return "?";
}

/// A contract chose it; its path has the whole question in it.
std::string origin_of(const std::string& url) {
  const auto place = rpc::parse_gateway_url(url);
  if (!place) return "no url of a gateway";
  const rpc::Origin& origin = place->origin;
  const bool usual = origin.port == (origin.tls ? 443 : 80);
  return (origin.tls ? "https://" : "http://") + origin.host +
         (usual ? "" : ":" + std::to_string(origin.port));
}

}  // namespace

void note_block(ChainTrail* trail, const ens::Block& block) {
  if (trail == nullptr) return;
  trail->block = block.number;
  trail->block_hash = ens::to_hex(block.hash);
}

void note_leg(ChainTrail* trail, const ens::Leg& leg) {
  if (trail == nullptr || leg.cut.resolver == ens::Address{}) return;
  trail->resolver = ens::to_hex(leg.cut.resolver);
  trail->zone = leg.apex().to_string();
}

void note_call(ChainTrail* trail, const ens::ChainCall& call, const rpc::Chain& chain) {
  if (trail == nullptr || trail->calls.size() == kMostCalls) return;
  const unsigned needed = chain.mode == rpc::Mode::quorum ? chain.quorum : 1;
  trail->calls.push_back({function_of(call.data), ens::to_hex(call.to), needed, {}});
}

void note_asked(ChainTrail* trail, std::string endpoint, TimePoint now) {
  if (trail == nullptr || trail->calls.empty()) return;
  trail->calls.back().voices.push_back(
      {.endpoint = std::move(endpoint), .started = now, .what = {}});
}

void note_said(ChainTrail* trail, const std::string& endpoint, const ChainClient::CallSaid& said,
               TimePoint now) {
  if (trail == nullptr || trail->calls.empty()) return;
  auto& voices = trail->calls.back().voices;
  const auto voice = std::ranges::find(voices, endpoint, &ChainTrail::Voice::endpoint);
  if (voice == voices.end()) return;
  voice->ended = now;
  if (const auto* failure = std::get_if<rpc::Failure>(&said)) {
    voice->part = Part::failed;
    voice->what = std::string(rpc::to_string(failure->fault)) + ": " + failure->why;
  } else {
    voice->part = Part::said;
    voice->what = words_of(std::get<rpc::CallEnd>(said));
  }
}

void note_end(ChainTrail* trail, const rpc::Inquiry& inquiry, const rpc::Chain& chain) {
  if (trail == nullptr || trail->calls.empty()) return;
  const auto mark = [&](const std::vector<std::size_t>& endpoints, Part part) {
    for (auto& voice : trail->calls.back().voices) {
      const auto is_its = [&](std::size_t one) { return chain.name_of(one) == voice.endpoint; };
      if (std::ranges::any_of(endpoints, is_its)) voice.part = part;
    }
  };
  mark(inquiry.winners(), Part::believed);
  mark(inquiry.dissenters(), Part::outvoted);
}

std::size_t note_fetch(ChainTrail* trail, const std::string& url, TimePoint now) {
  if (trail == nullptr || trail->fetches.size() == kMostFetches) return kMostFetches;
  trail->fetches.push_back({.origin = origin_of(url), .started = now, .what = {}});
  return trail->fetches.size() - 1;
}

void note_fetched(ChainTrail* trail, std::size_t fetch, const ens::GatewayReply& reply,
                  TimePoint now) {
  if (trail == nullptr || fetch >= trail->fetches.size()) return;
  ChainTrail::Fetch& noted = trail->fetches[fetch];
  noted.ended = now;
  noted.what = words_of(reply.status);
  if (reply.status == ens::GatewayReply::Status::http_error)
    noted.what += " " + std::to_string(reply.http_status);
}

}  // namespace holdfast::trail
