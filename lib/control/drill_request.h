// What `holdfastctl drill` asks for, as JSON and back. Parsing only; whether it is possible and
// safe is plan_drill()'s word.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "drill/plan.h"

namespace holdfast {

struct DrillRequest {
  enum class Action : std::uint8_t { list, start, stop, report };

  Action action = Action::list;
  DrillOrder order;      // start
  bool dry_run = false;  // start: only tell
  unsigned id = 0;       // stop, report; 0: the latest

  [[nodiscard]] bool changes_state() const noexcept {
    return action == Action::stop || (action == Action::start && !dry_run);
  }
};

/// The text says what is wrong; "" if nothing is.
[[nodiscard]] std::string read_drill(const nlohmann::json& object, DrillRequest& request);

/// Adds what read_drill() reads.
void print_drill(const DrillRequest& request, nlohmann::json& object);

}  // namespace holdfast
