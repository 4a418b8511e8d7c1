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

Tone tone_of_part(const std::string& part) {
  if (part == "believed") return Tone::good;
  return part == "failed" || part == "outvoted" ? Tone::bad : Tone::dim;
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

std::string print_calls(const Json& calls, const Paint& paint) {
  Table table({"CALL", "CONTRACT", ">AGREED", "ENDPOINT", ">SENT AT", ">TOOK", "PART", "SAID"});
  for (const Json& call : calls) {
    bool first = true;
    for (const Json& voice : call.at("endpoints")) {
      const Json& ended = voice.at("ended");
      const double started = voice.at("started").get<double>();
      const std::string part = text(voice, "part");
      const std::string agreed = std::to_string(call.at("agreed").get<unsigned>()) + " of " +
                                 std::to_string(call.at("needed").get<unsigned>());
      table.row({{first ? text(call, "function") : ""},
                 {first ? text(call, "contract") : ""},
                 {first ? agreed : ""},
                 {text(voice, "endpoint"), Tone::bold},
                 {print_rtt(started)},
                 {ended.is_null() ? "-" : print_rtt(ended.get<double>() - started)},
                 {part, tone_of_part(part)},
                 {text(voice, "said")}});
      first = false;
    }
  }
  return table.empty() ? "\n  no endpoint was asked\n" : "\n" + table.print(paint);
}

std::string print_gateways(const Json& gateways, const Paint& paint) {
  Table table({"GATEWAY", ">SENT AT", ">TOOK", "SAID"});
  for (const Json& gateway : gateways) {
    const Json& ended = gateway.at("ended");
    const double started = gateway.at("started").get<double>();
    table.row({{text(gateway, "origin"), Tone::bold},
               {print_rtt(started)},
               {ended.is_null() ? "-" : print_rtt(ended.get<double>() - started)},
               {ended.is_null() ? "still waiting" : text(gateway, "said")}});
  }
  return table.empty() ? "" : "\n" + table.print(paint);
}

/// What an upstream of class ens did, if one was asked.
std::string print_chain(const Json& exchange, const Paint& paint) {
  const Json& chain = exchange.at("chain");
  if (chain.is_null()) return "";
  const Json& block = chain.at("block");
  const Json& resolver = chain.at("resolver");
  std::string out = "\n  chain    " + paint(Tone::bold, text(exchange, "upstream")) + ", ";
  out += block.is_null() ? paint(Tone::bad, "no block is known")
                         : "block " + std::to_string(block.at("number").get<std::uint64_t>()) +
                               " " + text(block, "hash");
  out += "\n  resolver " +
         (resolver.is_null() ? "none found"
                             : text(resolver, "contract") + " of " + text(resolver, "zone")) +
         "\n";
  return out + print_calls(chain.at("calls"), paint) + print_gateways(chain.at("gateways"), paint);
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

std::string print_chains(const Json& exchanges, const Paint& paint) {
  std::string out;
  for (const Json& exchange : exchanges)
    out += print_chain(exchange, paint);
  return out;
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
         print_chains(explanation.at("exchanges"), paint) +
         print_answer(explanation.at("answer"), paint);
}

}  // namespace holdfast::ctl
