#include "control/explanation_json.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "control/record_text.h"
#include "route/selector.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

/// The place of each candidate in the order they would be asked in, from 1; 0: never. As
/// select_next() orders them when nobody was asked yet and the policy leaves it at that.
std::vector<unsigned> places_of(const Explanation& explanation) {
  const auto& candidates = explanation.candidates;
  std::vector<std::tuple<Standing, unsigned, std::size_t>> order;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Standing standing = standing_of(candidates[i].view, true);
    if (standing != Standing::never) order.emplace_back(standing, candidates[i].tier, i);
  }
  std::ranges::sort(order);
  std::vector<unsigned> places(candidates.size(), 0);
  for (std::size_t place = 0; place < order.size(); ++place)
    places[std::get<2>(order[place])] = static_cast<unsigned>(place + 1);
  return places;
}

Json candidate_json(const ExplainedCandidate& candidate, unsigned place) {
  const HealthView& view = candidate.view;
  Json score{{"rank", to_string(standing_of(view, true))}, {"order", nullptr}};
  if (place != 0) score["order"] = place;
  return {{"upstream", candidate.upstream},
          {"provider", candidate.provider},
          {"tier", candidate.tier},
          {"score", std::move(score)},
          {"state", to_string(view.effective())},
          {"forced", to_string(view.forced)},
          {"usable", view.usable()},
          {"share", view.share},
          {"measured", view.measured},
          {"p95", seconds(view.p95)}};
}

/// From a moment on the way to another; null if that has not come.
Json span(TimePoint began, TimePoint at) {
  return at == kForever ? Json(nullptr) : Json(seconds(at - began));
}

Json call_json(const ChainTrail::Call& call, TimePoint began) {
  Json voices = Json::array();
  unsigned agreed = 0;
  for (const auto& voice : call.voices) {
    if (voice.part == ChainTrail::Voice::Part::believed) ++agreed;
    voices.push_back({{"endpoint", voice.endpoint},
                      {"started", span(began, voice.started)},
                      {"ended", span(began, voice.ended)},
                      {"part", to_string(voice.part)},
                      {"said", voice.what}});
  }
  return {{"function", call.function},
          {"contract", call.contract},
          {"agreed", agreed},
          {"needed", call.needed},
          {"endpoints", std::move(voices)}};
}

Json trail_json(const ChainTrail* trail, TimePoint began) {
  if (trail == nullptr) return nullptr;
  Json json{{"block", nullptr}, {"resolver", nullptr}};
  if (!trail->block_hash.empty())
    json["block"] = {{"number", trail->block}, {"hash", trail->block_hash}};
  if (!trail->resolver.empty())
    json["resolver"] = {{"contract", trail->resolver}, {"zone", trail->zone}};
  Json& calls = json["calls"] = Json::array();
  for (const auto& call : trail->calls)
    calls.push_back(call_json(call, began));
  Json& gateways = json["gateways"] = Json::array();
  for (const auto& fetch : trail->fetches) {
    gateways.push_back({{"origin", fetch.origin},
                        {"started", span(began, fetch.started)},
                        {"ended", span(began, fetch.ended)},
                        {"said", fetch.what}});
  }
  return json;
}

Json exchange_json(const ExplainedExchange& exchange, TimePoint began) {
  Json ended = nullptr;
  if (exchange.ended) ended = seconds(*exchange.ended);
  Json outcome = nullptr;
  if (exchange.outcome) outcome = to_string(*exchange.outcome);
  return {
      {"upstream", exchange.upstream},        {"provider", exchange.provider},
      {"reason", to_string(exchange.reason)}, {"transport", to_string(exchange.transport)},
      {"started", seconds(exchange.started)}, {"ended", std::move(ended)},
      {"outcome", std::move(outcome)},        {"chain", trail_json(exchange.trail.get(), began)}};
}

Json answer_json(const Explanation& explanation) {
  Json ede = nullptr;
  if (explanation.ede) {
    std::string text(dns::to_string(*explanation.ede));
    if (!explanation.ede_text.empty()) text += ": " + explanation.ede_text;
    ede = {{"code", static_cast<unsigned>(*explanation.ede)}, {"text", std::move(text)}};
  }
  Json records = Json::array();
  for (const auto& record : print_records(explanation.reply)) {
    records.push_back({{"name", record.name},
                       {"ttl", record.ttl},
                       {"type", record.type},
                       {"rdata", record.rdata}});
  }
  return {{"source", to_string(explanation.source)},
          {"rcode", dns::to_string(explanation.rcode)},
          {"ede", std::move(ede)},
          {"took", seconds(explanation.took)},
          {"records", std::move(records)}};
}

}  // namespace

std::string explanation_json(const Explanation& explanation) {
  Json json{{"ok", true},
            {"question", explanation.question},
            {"route", explanation.route},
            {"visibility", explanation.visibility},
            {"policy", explanation.policy},
            {"panic", explanation.panic},
            {"held", explanation.held}};
  Json& candidates = json["candidates"] = Json::array();
  const std::vector<unsigned> places = places_of(explanation);
  for (std::size_t i = 0; i < places.size(); ++i) {
    candidates.push_back(candidate_json(explanation.candidates[i], places[i]));
  }
  Json& exchanges = json["exchanges"] = Json::array();
  for (const auto& exchange : explanation.exchanges)
    exchanges.push_back(exchange_json(exchange, explanation.began));
  json["answer"] = answer_json(explanation);
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast
