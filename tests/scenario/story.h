// Story: a scenario file, understood: the configuration, what happens when, and what must come of
// it. README.md beside this file lists the statements.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "simulate/sim.h"

namespace holdfast::scenario {

/// Something that happens at a time: a server changes, the operator speaks, …
struct Event {
  TimePoint at;
  std::function<void(sim::Sim&)> happen;
};

/// A query statement; it may ask many times. A * in the name becomes the number of the query.
struct QueryStatement {
  TimePoint at;
  std::string name;
  sim::ClientQuestion question;  // without its name
  unsigned at_once = 1;
  Duration every{};  // 0: once
  Duration during{};
};

/// When what fails, for figures.
struct Outage {
  TimePoint from, to;
  Duration recovery{};                 // what is looked at after it
  std::vector<std::string> upstreams;  // that fail
};

/// Played to the end.
struct Played {
  sim::Sim& sim;
  const std::vector<QueryStatement>& queries;
};

/// nullopt if it holds, else what was found instead.
using Check = std::function<std::optional<std::string>(const Played&)>;

struct Expectation {
  unsigned line = 0;
  std::string text;  // as it stands in the file
  Check check;
};

struct Story {
  std::string prose;                // the first line
  std::vector<std::string> proves;  // policy fields that it is sensitive to
  Config config;
  std::map<std::string, sim::Behaviour> upstreams;  // how each behaves to begin with
  std::vector<Event> events;
  std::vector<QueryStatement> queries;
  std::vector<Expectation> expectations;
  std::optional<Outage> outage;
  TimePoint end{};  // nothing is said about later
};

/// Upstream by its name in the snapshot. Throws Mistake if there is none.
[[nodiscard]] UpstreamId upstream_id(const Snapshot& snapshot, std::string_view name);

/// Sets a policy value by its name in policy_fields(); "2s", "50ms" or "0.1". Throws Mistake.
void set_policy(FailoverPolicy& policy, std::string_view name, std::string_view value);

}  // namespace holdfast::scenario
