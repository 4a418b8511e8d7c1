#include "control/explanation_json.h"

#include <nlohmann/json.hpp>

#include "control/record_text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

Json candidate_json(const ExplainedCandidate& candidate) {
  const HealthView& view = candidate.view;
  return {{"upstream", candidate.upstream},
          {"provider", candidate.provider},
          {"tier", candidate.tier},
          {"state", to_string(view.effective())},
          {"forced", to_string(view.forced)},
          {"usable", view.usable()},
          {"share", view.share},
          {"measured", view.measured},
          {"p95", seconds(view.p95)}};
}

Json exchange_json(const ExplainedExchange& exchange) {
  Json ended = nullptr;
  if (exchange.ended) ended = seconds(*exchange.ended);
  Json outcome = nullptr;
  if (exchange.outcome) outcome = to_string(*exchange.outcome);
  return {{"upstream", exchange.upstream},        {"provider", exchange.provider},
          {"reason", to_string(exchange.reason)}, {"transport", exchange.over_tcp ? "tcp" : "udp"},
          {"started", seconds(exchange.started)}, {"ended", std::move(ended)},
          {"outcome", std::move(outcome)}};
}

Json answer_json(const Explanation& explanation) {
  Json ede = nullptr;
  if (explanation.ede) {
    ede = {{"code", static_cast<unsigned>(*explanation.ede)},
           {"text", dns::to_string(*explanation.ede)}};
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
  for (const auto& candidate : explanation.candidates) {
    candidates.push_back(candidate_json(candidate));
  }
  Json& exchanges = json["exchanges"] = Json::array();
  for (const auto& exchange : explanation.exchanges)
    exchanges.push_back(exchange_json(exchange));
  json["answer"] = answer_json(explanation);
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast
