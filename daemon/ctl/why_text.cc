#include <nlohmann/json.hpp>

#include "daemon/ctl/reply_text.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::json;

std::string text(const Json& object, const char* key) {
  return object.at(key).get<std::string>();
}

std::string print_candidates(const Json& candidates, const Paint& paint) {
  if (candidates.empty()) return "";
  Table table({"CANDIDATE", "PROVIDER", ">ORDER", "RANK", ">TIER", "STATE", ">P95", ">SHARE"});
  for (const Json& candidate : candidates) {
    const std::string state = text(candidate, "state");
    const bool forced = text(candidate, "forced") != "auto";
    const Json& score = candidate.at("score");
    const Json& order = score.at("order");
    const bool usable = candidate.at("usable").get<bool>();
    table.row({{text(candidate, "upstream"), Tone::bold},
               {text(candidate, "provider")},
               {order.is_null() ? "-" : std::to_string(order.get<unsigned>())},
               {text(score, "rank")},
               {std::to_string(candidate.at("tier").get<unsigned>() + 1)},
               {state + (forced ? " (forced)" : ""), tone_of_state(state)},
               {candidate.at("measured").get<bool>() ? print_rtt(candidate.at("p95").get<double>())
                                                     : "-"},
               {usable ? print_percent(candidate.at("share").get<double>()) : "-"}});
  }
  return "\n" + table.print(paint);
}

Tone tone_of_outcome(const Json& outcome) {
  if (outcome.is_null()) return Tone::dim;
  const auto word = outcome.get<std::string>();
  return word == "positive" || word == "nodata" || word == "nxdomain" ? Tone::good : Tone::bad;
}

std::string print_exchanges(const Json& exchanges, const Paint& paint) {
  if (exchanges.empty()) return "\n  no exchange: nothing was sent to an upstream\n";
  Table table({"EXCHANGE", "PROVIDER", "WHY", "OVER", ">SENT AT", ">TOOK", "OUTCOME"});
  for (const Json& exchange : exchanges) {
    const Json& ended = exchange.at("ended");
    const Json& outcome = exchange.at("outcome");
    const double started = exchange.at("started").get<double>();
    table.row({{text(exchange, "upstream"), Tone::bold},
               {text(exchange, "provider")},
               {text(exchange, "reason")},
               {text(exchange, "transport")},
               {print_rtt(started)},
               {ended.is_null() ? "-" : print_rtt(ended.get<double>() - started)},
               {outcome.is_null() ? "still waiting" : outcome.get<std::string>(),
                tone_of_outcome(outcome)}});
  }
  return "\n" + table.print(paint);
}

std::string print_answer(const Json& answer, const Paint& paint) {
  const std::string rcode = text(answer, "rcode");
  const bool failed = rcode != "NOERROR" && rcode != "NXDOMAIN";
  std::string out = "\n  answer   " + paint(failed ? Tone::bad : Tone::good, rcode) + ", source " +
                    text(answer, "source") + ", after " +
                    print_rtt(answer.at("took").get<double>()) + "\n";
  const Json& ede = answer.at("ede");
  if (!ede.is_null()) {
    out += "  ede      " + std::to_string(ede.at("code").get<unsigned>()) + ", " +
           text(ede, "text") + "\n";
  }
  const Json& records = answer.at("records");
  if (records.empty()) return out;
  Table table({"RECORD", ">TTL", "TYPE", "RDATA"});
  for (const Json& record : records) {
    table.row({{text(record, "name")},
               {std::to_string(record.at("ttl").get<std::uint32_t>())},
               {text(record, "type")},
               {text(record, "rdata")}});
  }
  return out + "\n" + table.print(paint);
}

}  // namespace

std::string print_why(const Json& explanation, const Paint& paint) {
  std::string traits = text(explanation, "visibility");
  if (!text(explanation, "policy").empty()) traits += ", " + text(explanation, "policy");
  std::string out = paint(Tone::bold, text(explanation, "question")) + "\n";
  out += "  route    " + text(explanation, "route") + (traits.empty() ? "" : "  (" + traits + ")");
  if (explanation.at("panic").get<bool>()) out += "  " + paint(Tone::bad, "PANIC");
  out += "\n  cached   " + text(explanation, "held") + "\n";
  return out + print_candidates(explanation.at("candidates"), paint) +
         print_exchanges(explanation.at("exchanges"), paint) +
         print_answer(explanation.at("answer"), paint);
}

}  // namespace holdfast::ctl
