#include "control/holds_json.h"

#include <chrono>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

std::string holds_json(const std::vector<Hold>& holds, TimePoint now) {
  using Json = nlohmann::ordered_json;
  Json reply{{"ok", true}, {"holds", Json::array()}};
  for (const Hold& hold : holds) {
    reply["holds"].push_back({{"name", hold.question.name.to_string()},
                              {"type", dns::to_string(hold.question.type)},
                              {"route", hold.route},
                              {"denied_by", hold.says},
                              {"why", why_held(hold.why)},
                              {"age", seconds(now - hold.since)},
                              {"left", seconds(hold.until - now)}});
  }
  return reply.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast
