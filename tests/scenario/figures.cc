#include "tests/scenario/figures.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace holdfast::scenario {
namespace {

using sim::ClientRecord;
using Clients = std::vector<const ClientRecord*>;

/// A client notices so much more than it is used to.
constexpr Duration kFelt = 100ms;

bool is_answered(const ClientRecord& client) {
  return client.replies > 0 && client.rcode == dns::Rcode::noerror && client.answers > 0;
}

double milliseconds(Duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

Clients asked_between(const Played& played, TimePoint from, TimePoint to) {
  Clients found;
  for (const ClientRecord& client : played.sim.clients()) {
    if (client.asked >= from && client.asked < to) found.push_back(&client);
  }
  return found;
}

std::optional<double> per_cent(std::size_t part, std::size_t all) {
  if (all == 0) return std::nullopt;
  return 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

/// How long those who were answered waited, but for the slowest; `share` of them waited less.
std::optional<Duration> quantile(const Clients& clients, double share) {
  std::vector<Duration> times;
  for (const ClientRecord* client : clients) {
    if (is_answered(*client)) times.push_back(client->answered - client->asked);
  }
  if (times.empty()) return std::nullopt;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(times.size() - 1));
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(at));
  return times[at];
}

/// When each question had an address first.
std::map<std::string, TimePoint> first_answers(const Played& played) {
  std::map<std::string, TimePoint> first;
  for (const ClientRecord& client : played.sim.clients()) {
    if (!is_answered(client)) continue;
    const auto [known, is_new] = first.emplace(client.question.to_string(), client.answered);
    if (!is_new) known->second = std::min(known->second, client.answered);
  }
  return first;
}

/// Answered, of those whose names had an address before (`used`), or had none.
std::optional<double> answered(const Played& played, const Clients& clients, bool used) {
  const auto first = first_answers(played);
  std::size_t all = 0;
  std::size_t good = 0;
  for (const ClientRecord* client : clients) {
    const auto known = first.find(client->question.to_string());
    if ((known != first.end() && known->second <= client->asked) != used) continue;
    ++all;
    good += is_answered(*client) ? 1U : 0U;
  }
  return per_cent(good, all);
}

std::optional<double> rate(const Played& played, TimePoint from, TimePoint to) {
  if (to <= from) return std::nullopt;
  const auto packets =
      std::ranges::count_if(played.sim.net().packets(), [&](const sim::Packet& packet) {
        return !packet.probe && packet.at >= from && packet.at < to;
      });
  return static_cast<double>(packets) / seconds(to - from);
}

/// Packets a second between two times, in per cent of as long a time before the outage.
std::optional<double> traffic(const Played& played, const Outage& outage, TimePoint from,
                              TimePoint to) {
  const Duration length = std::min(to - from, outage.from.time_since_epoch());
  const auto usual = rate(played, outage.from - length, outage.from);
  const auto now = rate(played, from, to);
  if (!usual || !now || *usual == 0) return std::nullopt;
  return 100 * *now / *usual;
}

bool is_of(const Played& played, const Outage& outage, UpstreamId id) {
  return std::ranges::any_of(outage.upstreams, [&](const std::string& name) {
    return upstream_id(played.sim.snapshot(), name) == id;
  });
}

/// Until one of the outage's upstreams is not trusted any more.
std::optional<double> failed_over(const Played& played, const Outage& outage) {
  for (const sim::HealthRecord& record : played.sim.health()) {
    const bool counts = record.at >= outage.from && record.state != HealthState::up;
    if (counts && is_of(played, outage, record.upstream)) return seconds(record.at - outage.from);
  }
  return std::nullopt;
}

/// Until the last of them is up again.
std::optional<double> came_back(const Played& played, const Outage& outage) {
  std::optional<double> last;
  for (const sim::HealthRecord& record : played.sim.health()) {
    const bool counts = record.at >= outage.to && record.state == HealthState::up;
    if (counts && is_of(played, outage, record.upstream)) last = seconds(record.at - outage.to);
  }
  return last;
}

std::optional<double> noticed(const Played& played, const Outage& outage, const Clients& clients) {
  const auto usual = quantile(asked_between(played, TimePoint{}, outage.from), 0.99);
  const auto notices = [&](const ClientRecord* client) {
    if (!is_answered(*client)) return true;
    return client->answered - client->asked > usual.value_or(Duration{}) + kFelt;
  };
  return per_cent(static_cast<std::size_t>(std::ranges::count_if(clients, notices)),
                  clients.size());
}

}  // namespace

std::vector<Figure> figures_of(const Played& played, const Outage& outage) {
  const TimePoint end = outage.to + outage.recovery;
  const Clients clients = asked_between(played, outage.from, end);
  const auto stale = std::ranges::count_if(
      clients, [](const ClientRecord* client) { return client->source == AnswerSource::stale; });
  const auto waited = [&](double share) -> std::optional<double> {
    const auto found = quantile(clients, share);
    return found ? std::optional(milliseconds(*found)) : std::nullopt;
  };
  return {
      {"queries", static_cast<double>(clients.size())},
      {"used-answered", answered(played, clients, true)},
      {"new-answered", answered(played, clients, false)},
      {"stale", per_cent(static_cast<std::size_t>(stale), clients.size())},
      {"p50", waited(0.5)},
      {"p99", waited(0.99)},
      {"worst", waited(1)},
      {"noticed", noticed(played, outage, clients)},
      {"traffic", traffic(played, outage, outage.from, outage.to)},
      {"recovery", traffic(played, outage, outage.to, end)},
      {"over", failed_over(played, outage)},
      {"back", came_back(played, outage)},
  };
}

Outage read_outage(Words& words, TimePoint& end) {
  Outage outage;
  if (!words.take("from")) throw Mistake("figures from T to T [recovery D] [of U…]");
  outage.from = words.time();
  if (!words.take("to")) throw Mistake("from T to T");
  outage.to = words.time();
  if (words.take("recovery")) outage.recovery = words.duration();
  if (words.take("of")) {
    while (!words.done())
      outage.upstreams.push_back(words.word("an upstream"));
  }
  end = std::max(end, outage.to + outage.recovery);
  return outage;
}

Check read_figure(Words& words, const Outage& outage) {
  const std::string name = words.word("a figure");
  const Range range = words.range();
  return [=](const Played& played) -> std::optional<std::string> {
    for (const Figure& figure : figures_of(played, outage)) {
      if (figure.name != name) continue;
      if (!figure.value) return name + " is none";
      if (range.holds(*figure.value)) return std::nullopt;
      return name + " is " + std::to_string(*figure.value) + ", not " + range.text();
    }
    return "no figure " + name;
  };
}

std::string to_json(const std::vector<Figure>& figures) {
  std::string json;
  for (const Figure& figure : figures) {
    json += json.empty() ? "{\"" : ", \"";
    json += figure.name + "\": " + (figure.value ? std::to_string(*figure.value) : "null");
  }
  return json + "}";
}

}  // namespace holdfast::scenario
