#include "tests/scenario/play.h"

#include "control/build_snapshot.h"
#include "tests/scenario/expectations.h"
#include "tests/scenario/figures.h"

namespace holdfast::scenario {
namespace {

/// The name of the n-th query of a statement.
dns::Name name_of(const QueryStatement& query, unsigned number) {
  std::string text = query.name;
  if (const auto star = text.find('*'); star != std::string::npos) {
    text.replace(star, 1, "n" + std::to_string(number));
  }
  const auto name = dns::Name::parse(text);
  if (!name) throw Mistake("\"" + text + "\" is no name");
  return *name;
}

/// Asks for a statement, now and again.
class Asker {
 public:
  Asker(sim::Sim& sim, const QueryStatement& query, std::size_t statement)
      : sim_(sim), query_(query), statement_(statement) {}

  void ask() {
    sim::ClientQuestion question = query_.question;
    for (unsigned i = 0; i < query_.at_once; ++i) {
      question.question.name = name_of(query_, asked_);
      sim_.ask(question, statement_);
    }
    ++asked_;
    const TimePoint next = query_.at + query_.every * asked_;
    if (query_.every > Duration::zero() && next < query_.at + query_.during) {
      sim_.at(next, [this] { ask(); });
    }
  }

 private:
  sim::Sim& sim_;
  const QueryStatement& query_;
  std::size_t statement_;
  unsigned asked_ = 0;
};

}  // namespace

Outcomes play(const Story& story, const PlayOptions& options) {
  sim::Sim sim(build_snapshot(story.config, nullptr), options.seed);
  for (const auto& [name, behaviour] : story.upstreams) {
    sim.net().script(upstream_id(sim.snapshot(), name)).usual = behaviour;
  }
  for (const Event& event : story.events) {
    if (event.at == TimePoint{}) {
      event.happen(sim);  // before the first probe
    } else {
      sim.at(event.at, [&] { event.happen(sim); });
    }
  }
  std::vector<std::unique_ptr<Asker>> askers;
  for (std::size_t i = 0; i < story.queries.size(); ++i) {
    askers.push_back(std::make_unique<Asker>(sim, story.queries[i], i));
    sim.at(story.queries[i].at, [&, i] { askers[i]->ask(); });
  }
  sim.run_until(story.end);

  Outcomes outcomes;
  const Played played{sim, story.queries};
  for (const Expectation& expectation : story.expectations) {
    if (const auto found = expectation.check(played)) {
      outcomes.failures.push_back("line " + std::to_string(expectation.line) + ": " +
                                  expectation.text + "\n      found: " + *found);
    }
  }
  for (std::string& wrong : check_order(played))
    outcomes.failures.push_back(std::move(wrong));
  if (story.outage) outcomes.figures = to_json(figures_of(played, *story.outage));
  if (options.log_always || !outcomes.failures.empty()) {
    outcomes.log = sim.log_text(options.log_lines);
  }
  return outcomes;
}

}  // namespace holdfast::scenario
