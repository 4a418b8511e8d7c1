// Explanation: what `why NAME` shows: the route taken, each candidate as the selector saw it, each
// exchange with its time and outcome, and what came out. Plain values, filled by the Resolver.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dns/types.h"
#include "resolver/worker_counters.h"
#include "upstream/chain_trail.h"
#include "upstream/health_board.h"
#include "upstream/outcome.h"

namespace holdfast {

struct ExplainedCandidate {
  std::string upstream, provider;
  unsigned tier = 0;
  HealthView view;
};

struct ExplainedExchange {
  std::string upstream, provider;
  ExchangeReason reason = ExchangeReason::first;
  TransportKind transport = TransportKind::udp;
  Duration started{};                         // since the query came
  std::optional<Duration> ended;              // none: still running when the answer went out
  std::optional<Outcome> outcome;             // timeout stands for "waiting ended"
  std::shared_ptr<const ChainTrail> trail{};  // of an upstream of class ens; null elsewhere
};

struct Explanation {
  std::string question;
  TimePoint began{};
  std::string route;  // zone label; "(local)" for names answered here; "(none)"
  std::string visibility, policy;
  bool panic = false;
  std::string held;  // what the cache had: "nothing", "fresh, 241s left", "stale for 12s"
  std::vector<ExplainedCandidate> candidates;
  std::vector<ExplainedExchange> exchanges;
  AnswerSource source = AnswerSource::failure;
  dns::Rcode rcode = dns::Rcode::servfail;
  std::optional<dns::EdeCode> ede;
  std::string ede_text;  // beside the code's own meaning; may be empty
  Duration took{};
  std::vector<std::uint8_t> reply;  // the message a client would get, without OPT; may be empty
};

}  // namespace holdfast
