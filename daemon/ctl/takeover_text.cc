#include "daemon/ctl/takeover_text.h"

#include <ostream>
#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

namespace holdfast::ctl {
namespace {

nlohmann::json lines_of(const std::string& text) {
  nlohmann::json lines = nlohmann::json::array();
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace

void print_plan(const host::Plan& plan, std::ostream& out) {
  for (const auto& manager : plan.managers)
    out << "managed by  " << manager << "\n";
  for (const auto& change : plan.changes)
    out << "writes      " << change.path << ": " << change.why << "\n";
  for (const auto& command : plan.commands) {
    out << "runs       ";
    for (const auto& word : command)
      out << " " << word;
    out << "\n";
  }
  for (const auto& note : plan.notes)
    out << "note        " << note << "\n";
}

std::string takeover_json(bool ok, const host::Plan* plan, const std::string& said,
                          const std::string& error) {
  nlohmann::ordered_json told{{"ok", ok}};
  if (plan != nullptr) {
    told["managed_by"] = plan->managers;
    told["writes"] = nlohmann::json::array();
    for (const auto& change : plan->changes)
      told["writes"].push_back({{"path", change.path}, {"why", change.why}});
    told["runs"] = plan->commands;
    told["notes"] = plan->notes;
  }
  told["said"] = lines_of(said);
  if (!ok) {
    constexpr std::string_view kOurName = "holdfastctl: ";
    std::string why = error.starts_with(kOurName) ? error.substr(kOurName.size()) : error;
    while (why.ends_with('\n'))
      why.pop_back();
    told["error"] = why;
  }
  return told.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace holdfast::ctl
