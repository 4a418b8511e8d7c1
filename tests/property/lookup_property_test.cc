// Under any failure of any one provider at any time, and of two in turn, every query gets exactly
// one reply, a good one, before its lookup's deadline, and nothing is left over. Worlds are drawn
// from a seed, which a failing case prints.
#include <array>
#include <map>

#include <gtest/gtest.h>

#include "control/build_snapshot.h"
#include "simulate/sim.h"

namespace holdfast {
namespace {

using sim::Act;
using sim::Behaviour;
using sim::Sim;

constexpr unsigned kWorlds = 120;
constexpr Duration kLength = 12s;

/// One drawn world: providers, routes, load, and a fault of one provider.
struct World {
  Config config;
  Duration latency{};
  std::string faulty;  // the provider
  Behaviour fault;
  std::string second;  // another provider, whose fault begins when the first one's ends
  Behaviour second_fault;
  TimePoint begins, ends;
  Duration every{};
};

std::string provider_name(unsigned number) {
  return std::string(1, static_cast<char>('a' + number));
}

Behaviour draw_fault(Random& random, Duration latency) {
  static constexpr std::array acts{
      Act::silent,   Act::servfail, Act::refused, Act::notimp,  Act::formerr,
      Act::yxdomain, Act::refers,   Act::garbage, Act::foreign, Act::refuses_connection,
      Act::closes,   Act::answers,  Act::answers, Act::answers, Act::unreachable};
  Behaviour fault;
  fault.act = acts[random.below(acts.size())];
  fault.latency = latency;
  if (fault.act != Act::answers) return fault;
  switch (random.below(5)) {
    case 0:
      fault.loss_percent = 10 + random.below(90);
      break;
    case 1:
      fault.latency = std::chrono::milliseconds(100 + random.below(3000));
      break;
    case 2:
      fault.truncates = fault.tcp_silent = true;
      break;
    case 3:
      fault.silent_to_edns = true;
      break;
    default:
      fault.folds_case = fault.tcp_silent = true;
      break;
  }
  return fault;
}

RouteConfig draw_route(Random& random, const std::vector<std::string>& upstreams) {
  static constexpr std::array policies{Policy::ordered, Policy::fastest, Policy::race};
  RouteConfig route;
  route.label = ".";
  route.policy = policies[random.below(policies.size())];
  route.hedge = random.chance(0.3) ? HedgeReach::route : HedgeReach::tier;
  for (const std::string& name : upstreams) {
    if (route.tiers.empty() || random.chance(0.5)) route.tiers.emplace_back();
    route.tiers.back().push_back(name);
  }
  return route;
}

World draw_world(Random& random) {
  World world;
  world.config.acl.push_back(parse_prefix("127.0.0.0/8").value());
  world.latency = std::chrono::milliseconds(5 + random.below(60));
  std::vector<std::string> names;
  const unsigned providers = 2 + random.below(3);
  for (unsigned p = 0; p < providers; ++p) {
    for (unsigned n = 0; n <= random.below(2); ++n) {
      UpstreamConfig upstream;
      upstream.provider = provider_name(p);
      upstream.name = upstream.provider + std::to_string(n);
      IpAddress address;
      address.bytes = {198, 51, 100, static_cast<std::uint8_t>(names.size() + 1)};
      upstream.endpoints.push_back({address, 53});
      names.push_back(upstream.name);
      world.config.upstreams.push_back(std::move(upstream));
    }
  }
  world.config.routes.push_back(draw_route(random, names));
  world.faulty = provider_name(random.below(providers));
  world.fault = draw_fault(random, world.latency);
  world.begins = TimePoint(std::chrono::milliseconds(1 + random.below(6000)));
  world.ends = world.begins + std::chrono::milliseconds(100 + random.below(6000));
  world.second = provider_name((static_cast<unsigned>(world.faulty[0] - 'a') + 1) % providers);
  world.second_fault = draw_fault(random, world.latency);
  world.every = std::chrono::milliseconds(2 + random.below(200));
  return world;
}

enum class Phase { sound, first_fault, second_fault };

/// Sets what all upstreams do.
void behave(Sim& sim, const World& world, Phase phase) {
  for (const auto& upstream : sim.snapshot().upstreams) {
    Behaviour does;
    does.latency = world.latency;
    const std::string& provider = upstream->provider_name;
    if (phase == Phase::first_fault && provider == world.faulty) does = world.fault;
    if (phase == Phase::second_fault && provider == world.second) does = world.second_fault;
    sim.net().script(upstream->id).usual = does;
  }
}

void ask_steadily(Sim& sim, const World& world) {
  unsigned number = 0;
  for (TimePoint at(1s); at < TimePoint(kLength); at += world.every) {
    sim::ClientQuestion question;
    question.question.name = dns::Name::parse("n" + std::to_string(number++) + ".example").value();
    sim.at(at, [&sim, question] { sim.ask(question, 0); });
  }
}

/// Every query has had one reply, a good one, in time, and nothing is left.
void expect_nobody_noticed(Sim& sim) {
  const Duration deadline = sim.snapshot().policy.lookup_deadline;
  unsigned lost = 0, failed = 0, late = 0;
  for (const sim::ClientRecord& client : sim.clients()) {
    lost += client.replies == 1 ? 0U : 1U;
    failed += client.rcode == dns::Rcode::noerror ? 0U : 1U;
    late += client.answered - client.asked <= deadline ? 0U : 1U;
  }
  EXPECT_EQ(lost, 0U) << sim.log_text(80);
  EXPECT_EQ(failed, 0U) << sim.log_text(80);
  EXPECT_EQ(late, 0U) << sim.log_text(80);
  EXPECT_EQ(sim.stray_replies(), 0U);
  EXPECT_EQ(sim.worker_exchanges(), 0U);
  EXPECT_EQ(sim.resolver().lookups_in_flight(), 0U);
}

class Worlds : public testing::TestWithParam<unsigned> {};

/// A first fault, and `then` when it ends.
void expect_unnoticed(unsigned seed, const World& world, Phase then) {
  Sim sim(build_snapshot(world.config, nullptr), seed);
  behave(sim, world, Phase::sound);
  sim.at(world.begins, [&] { behave(sim, world, Phase::first_fault); });
  sim.at(world.ends, [&] { behave(sim, world, then); });
  ask_steadily(sim, world);
  sim.run_until(TimePoint(kLength + 10s));
  expect_nobody_noticed(sim);
}

TEST_P(Worlds, one_providers_failure_reaches_no_client) {
  const unsigned seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  sim::SeededRandom random(seed);
  expect_unnoticed(seed, draw_world(random), Phase::sound);
}

/// The first has just come back, and may still be held for down, when the second fails.
TEST_P(Worlds, two_failures_in_turn_reach_no_client) {
  const unsigned seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  sim::SeededRandom random(seed + 200'000);
  expect_unnoticed(seed, draw_world(random), Phase::second_fault);
}

INSTANTIATE_TEST_SUITE_P(seeds, Worlds, testing::Range(1U, kWorlds + 1));

/// All providers at once: nobody can answer, and still nobody waits longer than the deadline.
TEST_P(Worlds, a_total_failure_ends_every_lookup_in_time) {
  const unsigned seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  sim::SeededRandom random(seed + 100'000);
  World world = draw_world(random);
  Sim sim(build_snapshot(world.config, nullptr), seed);
  behave(sim, world, Phase::sound);
  sim.at(world.begins, [&] {
    for (const auto& upstream : sim.snapshot().upstreams)
      sim.net().script(upstream->id).usual = draw_fault(random, world.latency);
  });
  ask_steadily(sim, world);
  sim.run_until(TimePoint(kLength + 10s));

  const Duration deadline = sim.snapshot().policy.lookup_deadline;
  for (const sim::ClientRecord& client : sim.clients()) {
    ASSERT_EQ(client.replies, 1U) << sim.log_text(80);
    ASSERT_LE(client.answered - client.asked, deadline) << sim.log_text(80);
  }
  EXPECT_EQ(sim.stray_replies(), 0U);
  EXPECT_EQ(sim.worker_exchanges(), 0U);
  EXPECT_EQ(sim.resolver().lookups_in_flight(), 0U);
}

}  // namespace
}  // namespace holdfast
