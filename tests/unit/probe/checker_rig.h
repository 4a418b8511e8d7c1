// A Checker with everything around it, on virtual time: one worker's evidence, and probes that the
// test answers.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "probe/checker.h"
#include "tests/unit/dns/message_builder.h"
#include "tests/unit/resolver/scripted_transport.h"

namespace holdfast::test {

class CheckerRig {
 public:
  /// Upstreams 0 … count - 1, each of its own provider; one route over all with this min_usable.
  explicit CheckerRig(std::size_t count, unsigned min_usable = 1) {
    auto made = std::make_shared<Snapshot>();
    Route route;
    route.tiers.emplace_back();
    route.min_usable = min_usable;
    for (std::size_t i = 0; i < count; ++i) {
      made->upstreams.push_back(upstream(i));
      route.tiers[0].push_back(static_cast<UpstreamId>(i));
    }
    made->routes = RouteTable({route});
    snapshot = made;
    checker.watch(evidence);
    checker.adopt(snapshot, now);
  }

  static std::shared_ptr<const Upstream> upstream(std::size_t number, std::uint16_t port = 53) {
    Upstream made;
    made.id = static_cast<UpstreamId>(number);
    made.provider = static_cast<ProviderId>(number);
    made.name = "u" + std::to_string(number);
    made.endpoints = {parse_endpoint("192.0.2.1", port).value()};
    made.probe = {{dns::Name(), dns::RrType::ns}, 30s};
    return std::make_shared<const Upstream>(made);
  }

  /// Ticks until `end`; probes of the silent ones stay unanswered, others are answered at once.
  void run_until(TimePoint end) {
    for (; now <= end; now += Checker::kTick) {
      timers.expire(now);
      checker.tick(now);
      answer_probes();
    }
    now = end;
  }

  void answer_probes() {
    for (; answered < transport.started.size(); ++answered) {
      const auto& asked = transport.started[answered];
      if (silent.contains(index(asked.upstream))) continue;
      const auto message = dns::test::MessageBuilder(1, dns::flag::qr | dns::flag::ra | rcode)
                               .question("", dns::RrType::ns)
                               .build();
      asked.sink->on_exchange(asked.token, {dns::test::as_bytes(message), {}, false}, now);
    }
  }

  /// What a worker saw of the upstream just now.
  void saw(std::size_t number, unsigned good, unsigned failed) {
    Evidence& sheet = evidence.of(static_cast<UpstreamId>(number));
    sheet.good.add(good);
    sheet.answers.add(good);
    sheet.bad.add(failed);
    sheet.failed.add(failed);
    if (good > 0) Evidence::store(sheet.last_answer, now);
  }

  /// Enough failures for suspicion and for going down on soft evidence.
  void saw_failing(std::size_t number) {
    saw(number, 0, 20);
    evidence.of(static_cast<UpstreamId>(number)).failure_runs.add();
  }

  [[nodiscard]] HealthState state(std::size_t number) const {
    return board.read(static_cast<UpstreamId>(number)).state;
  }

  /// "u0 up>suspect overdue", oldest first.
  std::vector<std::string> take_events() {
    std::vector<std::string> lines;
    for (const HealthEvent& event : checker.take_events()) {
      lines.push_back(event.upstream + " " + to_string(event.from) + ">" + to_string(event.to) +
                      " " + to_string(event.cause));
    }
    return lines;
  }

  [[nodiscard]] std::size_t probes_of(std::size_t number) const {
    return static_cast<std::size_t>(std::ranges::count(
        transport.started, static_cast<UpstreamId>(number), &ScriptedTransport::Started::upstream));
  }

  TimePoint now{};
  std::set<std::size_t> silent;
  unsigned rcode = 0;
  std::size_t answered = 0;
  SnapshotPtr snapshot;
  ScriptedTransport transport;
  TimerQueue timers;
  dns::test::SeededRandom random{5};
  HealthBoard board{HealthView{}};
  UpstreamTraits traits;
  EvidenceBook evidence;
  Checker checker{transport, timers, random, board, traits};
};

}  // namespace holdfast::test
