#include <nlohmann/json.hpp>

#include "daemon/ctl/reply_text.h"
#include "daemon/ctl/units_text.h"

namespace holdfast::ctl {

std::string print_holds(const nlohmann::json& holds, const Paint& paint) {
  Table table({"NAME", "TYPE", "ROUTE", "DENIED BY", "WHY", ">SINCE", ">LEFT"});
  for (const auto& hold : holds) {
    table.row({{hold.at("name").get<std::string>(), Tone::bold},
               {hold.at("type").get<std::string>()},
               {hold.at("route").get<std::string>()},
               {hold.at("denied_by").get<std::string>()},
               {hold.at("why").get<std::string>()},
               {print_age(hold.at("age").get<double>())},
               {print_age(hold.at("left").get<double>())}});
  }
  return table.empty() ? "nothing is held\n" : table.print(paint);
}

}  // namespace holdfast::ctl
