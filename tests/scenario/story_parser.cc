#include "tests/scenario/story_parser.h"

#include <algorithm>
#include <sstream>
#include <variant>

#include "drill/plan.h"
#include "tests/scenario/expectations.h"
#include "tests/scenario/figures.h"
#include "tests/scenario/words.h"

namespace holdfast::scenario {
namespace {

using sim::Act;
using sim::Behaviour;
using sim::Sim;

/// What the last moment mentioned is followed by: every lookup's deadline has passed then.
constexpr Duration kAftermath = 6s;

const std::map<std::string_view, Act>& acts() {
  static const std::map<std::string_view, Act> by_word{
      {"answers", Act::answers},
      {"silent", Act::silent},
      {"servfail", Act::servfail},
      {"refused", Act::refused},
      {"nxdomain", Act::nxdomain},
      {"empty", Act::nodata},
      {"notimp", Act::notimp},
      {"formerr", Act::formerr},
      {"yxdomain", Act::yxdomain},
      {"refers", Act::refers},
      {"garbage", Act::garbage},
      {"foreign", Act::foreign},
      {"refuses-connections", Act::refuses_connection},
      {"unreachable", Act::unreachable},
      {"distrusted", Act::distrusted},
      {"closes", Act::closes},
      {"cannot-send", Act::cannot_send},
  };
  return by_word;
}

/// One word of a behaviour, with what it takes.
void read_behaviour_word(Words& words, Behaviour& behaviour) {
  const auto act = acts().find(words.peek());
  if (act != acts().end()) {
    behaviour.act = act->second;
    (void)words.word("");
  } else if (words.take("after")) {
    behaviour.latency = words.duration();
  } else if (words.take("pauses")) {
    behaviour.pause = words.duration();
  } else if (words.take("loses")) {
    behaviour.loss_percent = words.number();
  } else if (words.take("ttl")) {
    behaviour.ttl = words.number();
  } else if (words.take("ede")) {
    behaviour.ede = static_cast<dns::EdeCode>(words.number());
  } else if (words.take("address")) {
    behaviour.address = words.address();
  } else if (words.take("addresses")) {
    behaviour.addresses = words.number();
  } else if (words.take("alias")) {
    behaviour.alias = words.name();
  } else if (words.take("knows-target")) {
    behaviour.knows_target = true;
  } else if (words.take("denies-target")) {
    behaviour.denies_target = true;
  } else if (words.take("formerr-to-edns")) {
    behaviour.formerr_to_edns = true;
  } else if (words.take("silent-to-edns")) {
    behaviour.silent_to_edns = true;
  } else if (words.take("truncates")) {
    behaviour.truncates = true;
  } else if (words.take("bad-cookie")) {
    behaviour.bad_cookie = true;
  } else if (words.take("forgets-cookie")) {
    behaviour.forgets_cookie = true;
  } else if (words.take("strays")) {
    behaviour.strays = words.number();
  } else if (words.take("tcp-silent")) {
    behaviour.tcp_silent = true;
  } else if (words.take("folds-case")) {
    behaviour.folds_case = true;
  } else if (words.take("ad")) {
    behaviour.authentic = true;
  } else if (words.take("signed-until")) {
    behaviour.signed_until = static_cast<std::uint32_t>(words.duration() / 1s);
  } else if (words.take("without-soa")) {
    behaviour.without_soa = true;
  } else {
    words.expect_done();
  }
}

Visibility visibility_of(const std::string& word) {
  if (word == "private") return Visibility::private_view;
  return word == "split-view" ? Visibility::split_view : Visibility::public_view;
}

class Parser {
 public:
  Story parse(std::string_view text);

 private:
  void read_line(std::string_view line);
  void read_statement(Words& words);
  void read_upstream(Words& words);
  void read_route(Words& words);
  void read_host(Words& words);
  void read_limit(Words& words);
  void read_ttl(Words& words);
  void read_query(Words& words);
  void read_force(Words& words);
  void read_saved(Words& words);
  void read_drill(Words& words);
  void read_memory(Words& words);
  void read_behaviour(Words& words);
  [[nodiscard]] bool is_upstream(std::string_view word) const;
  [[nodiscard]] std::vector<std::string> read_upstreams(Words& words);

  void happen(std::function<void(Sim&)> what) { story_.events.push_back({now_, std::move(what)}); }

  void mention(TimePoint at) { story_.end = std::max(story_.end, at); }

  Story story_;
  unsigned line_ = 0;
  std::string line_text_;
  TimePoint now_{};
};

Story Parser::parse(std::string_view text) {
  story_.config.acl.push_back(parse_prefix("127.0.0.0/8").value());
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    ++line_;
    line_text_ = line;
    if (line_ == 1) {
      if (!line.starts_with("# ")) throw Mistake("line 1: the story in prose, after \"# \"");
      story_.prose = line.substr(2);
    }
    try {
      read_line(line);
    } catch (const Mistake& mistake) {
      throw Mistake("line " + std::to_string(line_) + ": " + mistake.what());
    }
  }
  story_.end += kAftermath;
  return std::move(story_);
}

void Parser::read_line(std::string_view line) {
  Words words(line);
  if (words.done()) return;
  std::optional<Moment> moment;
  if (words.take("at")) {
    moment = read_moment(words);
    now_ = moment->at;
    mention(now_);
  }
  if (words.done()) return;
  if (words.take("expect")) {
    const ExpectContext context{now_, moment, story_.queries.size(), &story_.end, story_.outage};
    story_.expectations.push_back({line_, line_text_, read_expectation(words, context)});
    words.expect_done();
    return;
  }
  read_statement(words);
  words.expect_done();
}

void Parser::read_statement(Words& words) {
  if (words.take("proves")) {
    while (!words.done())
      story_.proves.push_back(words.word("a field"));
  } else if (words.take("upstream")) {
    read_upstream(words);
  } else if (words.take("route")) {
    read_route(words);
  } else if (words.take("host")) {
    read_host(words);
  } else if (words.take("set")) {
    const std::string name = words.word("a policy field");
    set_policy(story_.config.policy, name, words.word("a value"));
  } else if (words.take("figures")) {
    story_.outage = read_outage(words, story_.end);
  } else if (words.take("limit")) {
    read_limit(words);
  } else if (words.take("ttl")) {
    read_ttl(words);
  } else if (words.take("query")) {
    read_query(words);
  } else if (words.take("force")) {
    read_force(words);
  } else if (words.take("drill")) {
    read_drill(words);
  } else if (words.take("saved")) {
    read_saved(words);
  } else if (words.take("freeze")) {
    happen([time = words.duration()](Sim& sim) { sim.freeze(time); });
  } else if (words.take("beat")) {
    happen([beat = words.duration()](Sim& sim) { sim.set_beat(beat); });
  } else if (words.take("network-changes")) {
    happen([](Sim& sim) { sim.checker().network_changed(sim.now()); });
  } else if (words.take("memory")) {
    read_memory(words);
  } else if (words.take("release")) {
    happen([name = words.name()](Sim& sim) { (void)sim.holds().release(name, sim.now()); });
  } else if (words.take("clock-jumps")) {
    const bool back = words.word("forward or back") == "back";
    const Duration jump = words.duration();
    happen([=](Sim& sim) { sim.set_clock(back ? -jump : jump); });
  } else if (words.take("cache-is-lost")) {
    happen([](Sim& sim) { sim.lose_cache(); });
  } else if (words.take("stop")) {
    happen([](Sim& sim) { sim.resolver().drain(sim.now()); });
  } else {
    read_behaviour(words);
  }
}

void Parser::read_upstream(Words& words) {
  UpstreamConfig upstream;
  upstream.name = words.word("a name");
  const std::string upstream_class = words.word("a class");
  if (upstream_class == "cloud") {
    upstream.upstream_class = UpstreamClass::cloud;
  } else if (upstream_class == "ens") {
    upstream.upstream_class = UpstreamClass::ens;
  } else if (upstream_class != "external") {
    throw Mistake("class is cloud, external or ens");
  }
  upstream.provider = words.word("a provider");
  IpAddress address;
  address.bytes = {198, 51, 100, static_cast<std::uint8_t>(story_.config.upstreams.size() + 1)};
  upstream.endpoints.push_back({address, 53});
  Behaviour behaviour;
  if (!words.done()) behaviour.latency = words.duration();
  while (!words.done()) {
    if (words.take("validates")) {
      upstream.validates = true;
    } else if (words.take("filters")) {
      upstream.filters = true;
    } else if (words.take("trust_ad")) {
      upstream.trust_ad = true;
    } else if (words.take("tcp")) {
      upstream.transport = TransportKind::tcp;
    } else if (words.take("max-pps")) {
      upstream.max_pps = words.number();
    } else if (words.take("probe")) {
      upstream.probe.name = words.name();
      upstream.probe.type = words.type();
    } else if (words.take("probed-every")) {
      upstream.probe.interval = words.duration();
    } else {
      words.expect_done();
    }
  }
  story_.upstreams[upstream.name] = behaviour;
  story_.config.upstreams.push_back(std::move(upstream));
}

void Parser::read_route(Words& words) {
  RouteConfig route;
  route.label = words.peek();
  route.zone = words.name();
  while (words.take("[")) {
    auto& tier = route.tiers.emplace_back();
    while (!words.take("]"))
      tier.push_back(words.word("]"));
  }
  while (!words.done()) {
    if (words.take("hedge")) {
      route.hedge = words.word("tier or route") == "route" ? HedgeReach::route : HedgeReach::tier;
    } else if (words.take("min_usable")) {
      route.min_usable = words.number();
    } else if (words.take("stale")) {
      route.stale = words.duration();
    } else if (words.take("believes-at-once")) {
      route.last_good.guards = false;
    } else if (words.take("holds-despite-agreement")) {
      route.last_good.despite_agreement = true;
    } else if (words.take("holds-for")) {
      route.last_good.hold = words.duration();
    } else if (words.take("allow_public_answers")) {
      route.allow_public_answers = true;
    } else if (words.take("share")) {
      route.share = true;
    } else if (words.take("trust_unvalidated")) {
      route.trust_unvalidated = true;
    } else if (words.take("ordered")) {
      route.policy = Policy::ordered;
    } else if (words.take("fastest")) {
      route.policy = Policy::fastest;
    } else if (words.take("race")) {
      route.policy = Policy::race;
    } else if (words.peek() == "public" || words.peek() == "private" ||
               words.peek() == "split-view") {
      route.visibility = visibility_of(words.word(""));
    } else {
      words.expect_done();
    }
  }
  story_.config.routes.push_back(std::move(route));
}

void Parser::read_host(Words& words) {
  HostConfig host;
  host.name = words.name();
  host.addresses.push_back(words.address());
  story_.config.hosts.push_back(std::move(host));
}

void Parser::read_limit(Words& words) {
  Limits& limits = story_.config.limits;
  if (words.take("lookups")) {
    limits.lookups = words.number();
  } else if (words.take("waiters")) {
    limits.waiters = words.number();
  } else {
    words.expect_done();
  }
}

void Parser::read_ttl(Words& words) {
  TtlBounds& bounds = story_.config.ttl;
  if (words.take("min")) {
    bounds.min = words.duration();
  } else if (words.take("max")) {
    bounds.max = words.duration();
  } else if (words.take("negative-max")) {
    bounds.negative_max = words.duration();
  } else {
    words.expect_done();
  }
}

void Parser::read_query(Words& words) {
  QueryStatement query;
  query.at = now_;
  query.name = words.word("a name");
  query.question.question.type = words.type();
  while (!words.done()) {
    if (words.take("do")) {
      query.question.dnssec_ok = true;
    } else if (words.take("cd")) {
      query.question.checking_disabled = true;
    } else if (words.take("norecurse")) {
      query.question.recursion_desired = false;
    } else if (words.take("x")) {
      query.at_once = words.number();
    } else if (words.take("every")) {
      query.every = words.duration();
      if (!words.take("for")) throw Mistake("every D for D");
      query.during = words.duration();
      mention(now_ + query.during);
    } else {
      words.expect_done();
    }
  }
  story_.queries.push_back(std::move(query));
}

void Parser::read_force(Words& words) {
  const std::string name = words.word("an upstream");
  const std::string how = words.word("up, down or auto");
  Forced forced = Forced::automatic;
  if (how == "up") forced = Forced::up;
  if (how == "down") forced = Forced::down;
  TimePoint until = kForever;
  if (words.take("for")) until = now_ + words.duration();
  happen([=](Sim& sim) {
    sim.checker().force(upstream_id(sim.snapshot(), name), forced, until, sim.now());
  });
}

/// "drill U… timeout [40%] for 1min [on ZONE]"
void Parser::read_drill(Words& words) {
  const std::vector<std::string> names = read_upstreams(words);
  const auto mode = parse_drill_mode(words.word("a mode"));
  if (!mode) throw Mistake("a mode is " + drill_modes());
  Spoiling how{*mode, 100, kDrillDelay};
  if (!words.take("for")) {
    how.percent = static_cast<std::uint8_t>(words.number());
    if (!words.take("for")) throw Mistake("drill U… MODE [N%] for D [on ZONE]");
  }
  const Duration length = words.duration();
  const DrillScope scope = words.take("on") ? drill_scope(words.word("a zone")) : kEveryPublicRoute;
  mention(now_ + length);
  happen([=](Sim& sim) {
    sim.drills().begin(scope, sim.now() + length);
    for (const std::string& name : names)
      sim.drills().spoil(upstream_id(sim.snapshot(), name), how);
  });
}

/// "saved U down 4min": what was saved before a restart, so long ago.
void Parser::read_saved(Words& words) {
  const std::string name = words.word("an upstream");
  const std::string state = words.word("down or up");
  const HealthState saved = state == "down" ? HealthState::down : HealthState::up;
  if (state != "down" && state != "up") throw Mistake("saved U down|up D");
  const Duration age = words.duration();
  happen([=](Sim& sim) { sim.checker().restore(name, saved, age, sim.now()); });
}

/// "memory speaks [after D]", "memory is-silent", "memory is-down", "memory is-a-fleets"
void Parser::read_memory(Words& words) {
  const std::string how = words.word("speaks, is-silent, is-down or is-a-fleets");
  if (how == "is-a-fleets") return happen([](Sim& sim) { sim.memory().be_a_fleets(); });
  if (how != "speaks" && how != "is-silent" && how != "is-down") {
    throw Mistake("memory speaks, is-silent or is-down");
  }
  Duration delay{};
  if (words.take("after")) delay = words.duration();
  happen([=](Sim& sim) {
    sim.memory().set(how == "speaks"    ? sim::SimMemory::State::speaks
                     : how == "is-down" ? sim::SimMemory::State::down
                                        : sim::SimMemory::State::silent,
                     delay);
  });
}

bool Parser::is_upstream(std::string_view word) const {
  return story_.upstreams.contains(std::string(word));
}

std::vector<std::string> Parser::read_upstreams(Words& words) {
  std::vector<std::string> names;
  if (words.take("all")) {
    for (const auto& [name, behaviour] : story_.upstreams)
      names.push_back(name);
    return names;
  }
  while (is_upstream(words.peek()))
    names.push_back(words.word(""));
  if (names.empty()) words.expect_done();
  return names;
}

/// "u0 u1 [for NAME] BEHAVIOUR": all of what they do from now on.
void Parser::read_behaviour(Words& words) {
  const std::vector<std::string> names = read_upstreams(words);
  std::string only_for;
  if (words.take("for")) only_for = words.name().lowered().to_string();
  if (words.done()) throw Mistake("what it does is missing");
  const std::size_t begin = words.position();
  for (const std::string& name : names) {
    words.go_back(begin);
    Behaviour behaviour = story_.upstreams.at(name);
    while (!words.done())
      read_behaviour_word(words, behaviour);
    happen([=](Sim& sim) mutable {
      behaviour.paused_until = sim.now() + behaviour.pause;
      auto& script = sim.net().script(upstream_id(sim.snapshot(), name));
      (only_for.empty() ? script.usual : script.by_name[only_for]) = behaviour;
    });
  }
}

}  // namespace

UpstreamId upstream_id(const Snapshot& snapshot, std::string_view name) {
  const auto found =
      std::ranges::find_if(snapshot.upstreams, [&](const auto& u) { return u && u->name == name; });
  if (found == snapshot.upstreams.end()) {
    throw Mistake("\"" + std::string(name) + "\" is no upstream");
  }
  return (*found)->id;
}

void set_policy(FailoverPolicy& policy, std::string_view name, std::string_view value) {
  const auto& fields = policy_fields();
  const auto found = std::ranges::find(fields, name, &NamedPolicyField::name);
  if (found == fields.end()) throw Mistake("no policy field \"" + std::string(name) + "\"");
  if (const auto* duration = std::get_if<Duration FailoverPolicy::*>(&found->field)) {
    policy.*(*duration) = duration_of(value);
  } else {
    policy.*std::get<double FailoverPolicy::*>(found->field) = std::stod(std::string(value));
  }
}

Story parse_story(std::string_view text) {
  return Parser().parse(text);
}

}  // namespace holdfast::scenario
