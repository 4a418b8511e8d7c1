#include "audit/rehearsal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "simulate/sim.h"

namespace holdfast::audit {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::uint32_t kTtl = 60;

// How long things are as they should be, so that round trips are known …
constexpr Duration kWarmUp = 12s;
constexpr Duration kWarmPace = 500ms;
// … and how long the outage is watched closely, a question of each route a second.
constexpr Duration kOutage = 45s;
constexpr Duration kPace = 1s;
constexpr Duration kHeldPace = 5s;
constexpr std::size_t kForGood = 5;  // questions running, to the end

// Around the moment at which what is held should end.
constexpr Duration kMargin = 30s;
constexpr Duration kSettle = 6s;  // longer than any lookup

/// What they usually take: the network's own, the world's, a chain's.
Duration latency_of(const UpstreamConfig& upstream) {
  if (upstream.chain) return 200ms;
  return upstream.upstream_class == UpstreamClass::cloud ? Duration(2ms) : Duration(20ms);
}

/// A name of the route that nobody asked before; nullopt where the zone has no room for one.
std::optional<dns::Name> name_in(const dns::Name& zone, const std::string& label) {
  const std::string below = zone.is_root() ? "audit-of-holdfast." : zone.to_string();
  const auto name = dns::Name::parse(label + "." + below);
  if (!name) return std::nullopt;
  return *name;
}

class Rehearsal {
 public:
  Rehearsal(const Subject& subject, const SnapshotPtr& snapshot, const Casting& casting,
            const Loss& loss)
      : subject_(subject), casting_(casting), loss_(loss), sim_(snapshot, kSeed) {}

  Rehearsed play();

 private:
  enum class Part : std::uint8_t { fresh, held };

  void begin();
  void lose();
  void ask_all(Part part, bool counts);
  void ask_later(TimePoint at, Part part, bool counts);
  [[nodiscard]] Performance judge(std::size_t role) const;
  void watch_the_held(std::vector<Performance>& all);
  void look_again(std::size_t role, Performance& performance) const;

  [[nodiscard]] const RouteConfig& route(std::size_t role) const {
    return subject_.config().routes[casting_.roles[role].route];
  }

  /// Of a question; which route, which part.
  [[nodiscard]] std::size_t statement(std::size_t role, Part part) const {
    return role * 2 + (part == Part::held ? 1 : 0);
  }

  const Subject& subject_;
  const Casting& casting_;
  const Loss& loss_;
  sim::Sim sim_;
  TimePoint lost_at_ = TimePoint{} + kWarmUp;
  TimePoint held_from_{};  // when the answers that are held were given
  std::size_t first_ = 0;  // the first client that counts
  unsigned number_ = 0;
};

void Rehearsal::begin() {
  sim_.keep_no_diary();
  for (const auto& upstream : sim_.snapshot().upstreams) {
    if (upstream == nullptr) continue;
    sim::Behaviour& usual = sim_.net().script(upstream->id).usual;
    usual.latency = latency_of(subject_.upstream(upstream->name));
    usual.ttl = kTtl;
  }
}

/// An upstream of class ens is lost when too few of its endpoints are left.
void Rehearsal::lose() {
  first_ = sim_.clients().size();
  for (const auto& upstream : sim_.snapshot().upstreams) {
    if (upstream == nullptr) continue;
    const UpstreamConfig& config = subject_.upstream(upstream->name);
    if (subject_.domains().answers_without(config, loss_.parties)) continue;
    sim_.net().script(upstream->id).usual.act =
        loss_.how == How::silent ? sim::Act::silent : sim::Act::servfail;
  }
}

void Rehearsal::ask_all(Part part, bool counts) {
  const std::string label = part == Part::held ? "held" : "n" + std::to_string(number_++);
  for (std::size_t role = 0; role < casting_.roles.size(); ++role) {
    const auto name = name_in(route(role).zone, label);
    if (!name) continue;
    sim::ClientQuestion question;
    question.question = {*name, dns::RrType::a};
    sim_.ask(question, counts ? statement(role, part) : SIZE_MAX);
  }
}

void Rehearsal::ask_later(TimePoint at, Part part, bool counts) {
  sim_.at(at, [this, part, counts] { ask_all(part, counts); });
}

Rehearsed Rehearsal::play() {
  begin();
  for (Duration t = 100ms; t < kWarmUp - kPace; t += kWarmPace)
    ask_later(TimePoint{} + t, Part::fresh, false);
  held_from_ = lost_at_ - kPace;
  ask_later(held_from_, Part::held, false);
  sim_.at(lost_at_, [this] { lose(); });
  for (Duration t = 1ms; t < kOutage; t += kPace)
    ask_later(lost_at_ + t, Part::fresh, true);
  for (Duration t = 2ms; t < kOutage; t += kHeldPace)
    ask_later(lost_at_ + t, Part::held, true);
  sim_.run_until(lost_at_ + kOutage + kSettle);

  Rehearsed out;
  for (std::size_t role = 0; role < casting_.roles.size(); ++role)
    out.routes.push_back(judge(role));
  const auto stopped = [](const Performance& p) { return p.stops.has_value(); };
  if (std::ranges::any_of(out.routes, stopped)) watch_the_held(out.routes);
  out.virtual_time = sim_.now() - TimePoint{};
  return out;
}

bool is_answered(const sim::ClientRecord& client) {
  return client.replies > 0 && client.rcode == dns::Rcode::noerror && client.answers > 0;
}

Performance Rehearsal::judge(std::size_t role) const {
  Performance out;
  std::optional<Duration> first, last, streak;
  std::size_t running = 0;
  const auto& clients = sim_.clients();
  for (std::size_t i = first_; i < clients.size(); ++i) {
    if (clients[i].statement != statement(role, Part::fresh)) continue;
    const Duration at = clients[i].asked - lost_at_;
    if (is_answered(clients[i])) {
      out.slowest = std::max(out.slowest, Duration(clients[i].answered - clients[i].asked));
      running = 0;
      streak.reset();
      continue;
    }
    first = first.value_or(at);
    streak = streak.value_or(at);
    last = at;
    ++running;
  }
  if (running >= kForGood) {
    out.stops = streak;
  } else if (first) {
    out.gap = *last - *first + kPace;
  }
  look_again(role, out);
  return out;
}

void Rehearsal::look_again(std::size_t role, Performance& performance) const {
  performance.held = {};
  performance.held_stops.reset();
  for (std::size_t i = first_; i < sim_.clients().size(); ++i) {
    const sim::ClientRecord& client = sim_.clients()[i];
    if (client.statement != statement(role, Part::held)) continue;
    const Duration at = client.asked - lost_at_;
    if (is_answered(client)) {
      performance.held = at;
      performance.held_stops.reset();
    } else if (!performance.held_stops) {
      performance.held_stops = at;
    }
  }
}

/// Time is let pass without anybody looking, to a little before and a little after the moment at
/// which each stopped route's answers are too old.
void Rehearsal::watch_the_held(std::vector<Performance>& all) {
  std::vector<TimePoint> moments;
  for (std::size_t role = 0; role < all.size(); ++role) {
    if (!all[role].stops) continue;
    const Route* played = sim_.snapshot().routes.find(route(role).zone.wire());
    const TimePoint end = held_from_ + std::chrono::seconds(kTtl) + played->stale_max_age;
    moments.push_back(end - kMargin);
    moments.push_back(end + kMargin);
  }
  std::ranges::sort(moments);
  const auto [from, to] = std::ranges::unique(moments);
  moments.erase(from, to);
  for (const TimePoint moment : moments) {
    if (moment > sim_.now() + kSettle) sim_.freeze(moment - kSettle - sim_.now());
    sim_.run_until(std::max(moment, sim_.now()));
    ask_all(Part::held, true);
    sim_.run_until(sim_.now() + kSettle);
  }
  for (std::size_t role = 0; role < all.size(); ++role)
    look_again(role, all[role]);
}

}  // namespace

Rehearsed rehearse(const Subject& subject, const SnapshotPtr& snapshot, const Casting& casting,
                   const Loss& loss) {
  return Rehearsal(subject, snapshot, casting, loss).play();
}

}  // namespace holdfast::audit
