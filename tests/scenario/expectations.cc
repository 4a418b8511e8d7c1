#include "tests/scenario/expectations.h"

#include <algorithm>
#include <set>

#include "tests/scenario/figures.h"

namespace holdfast::scenario {
namespace {

using sim::ClientRecord;
using sim::Packet;
using sim::Sim;
using Found = std::optional<std::string>;

constexpr Duration kPastNow{1};  // a stretch does not hold its end

/// A stretch of time, both ends included.
struct Span {
  TimePoint from{};
  TimePoint to = kForever;

  [[nodiscard]] bool holds(TimePoint at) const noexcept { return at >= from && at <= to; }
};

Span read_span(Words& words, const ExpectContext& context) {
  Span span;
  if (words.take("from")) {
    span.from = words.time();
    if (!words.take("to")) throw Mistake("from T to T");
    span.to = words.time() - kPastNow;
    *context.end = std::max(*context.end, span.to);
  }
  return span;
}

Found outside(const Range& range, double value, const std::string& what) {
  if (range.holds(value)) return std::nullopt;
  return what + " is " + Range{value, value}.text().substr(2) + ", not " + range.text();
}

// --- what a query statement asked and caused

std::size_t last_query(const ExpectContext& context) {
  if (context.queries == 0) throw Mistake("no query stands before this");
  return context.queries - 1;
}

std::vector<const ClientRecord*> clients_of(const Played& played, std::size_t statement) {
  std::vector<const ClientRecord*> found;
  for (const ClientRecord& client : played.sim.clients()) {
    if (client.statement == statement) found.push_back(&client);
  }
  return found;
}

/// Packets that asked for a name of the statement, until another statement asks for it.
std::vector<Packet> packets_of(const Played& played, std::size_t statement) {
  std::set<std::string> names;
  for (const ClientRecord* client : clients_of(played, statement))
    names.insert(client->question.name.lowered().to_string());
  const QueryStatement& query = played.queries[statement];
  TimePoint until = kForever;
  for (const QueryStatement& other : played.queries) {
    if (other.name == query.name && other.at > query.at) until = std::min(until, other.at);
  }
  std::vector<Packet> found;
  for (const Packet& packet : played.sim.net().packets()) {
    if (packet.probe || packet.at < query.at || packet.at >= until) continue;
    if (packet.type != query.question.question.type) continue;
    if (names.contains(packet.name.to_string())) found.push_back(packet);
  }
  return found;
}

// --- packets

/// Which packets an expectation counts.
struct PacketFilter {
  std::string upstream;  // empty: any
  std::optional<bool> over_tcp, edns;

  [[nodiscard]] bool holds(const Packet& packet, const Snapshot& snapshot) const {
    if (!upstream.empty() && packet.upstream != upstream_id(snapshot, upstream)) return false;
    if (over_tcp && packet.over_tcp != *over_tcp) return false;
    return !edns || packet.edns == *edns;
  }
};

void read_packet_words(Words& words, PacketFilter& filter) {
  while (!words.done()) {
    if (words.take("over")) {
      filter.over_tcp = words.word("tcp or udp") == "tcp";
    } else if (words.take("without-edns")) {
      filter.edns = false;
    } else if (words.take("with-edns")) {
      filter.edns = true;
    } else {
      return;
    }
  }
}

/// sent U [over tcp|udp] [with-edns|without-edns] [RANGE]
Check read_sent(Words& words, const ExpectContext& context) {
  PacketFilter filter;
  if (!words.take("any")) filter.upstream = words.word("an upstream");
  read_packet_words(words, filter);
  Range times{1, 1e9};
  if (!words.done() && words.range_follows()) times = words.range();
  return [=, statement = last_query(context), moment = context.moment](const Played& played) {
    unsigned count = 0;
    std::string when;
    for (const Packet& packet : packets_of(played, statement)) {
      if (!filter.holds(packet, played.sim.snapshot())) continue;
      when += " " + sim::time_text(packet.at);
      if (!moment || moment->holds(packet.at)) ++count;
    }
    return outside(times, count, "packets" + (when.empty() ? when : " (at" + when + ")"));
  };
}

/// not sent U [at all]
Check read_not_sent(Words& words, const ExpectContext& context) {
  const std::string upstream = words.word("an upstream");
  if (words.take("ever")) {
    return [=](const Played& played) -> Found {
      for (const Packet& packet : played.sim.net().packets()) {
        if (packet.upstream == upstream_id(played.sim.snapshot(), upstream) && !packet.probe)
          return "sent at " + sim::time_text(packet.at) + " " + packet.name.to_string();
      }
      return std::nullopt;
    };
  }
  return [=, statement = last_query(context)](const Played& played) -> Found {
    for (const Packet& packet : packets_of(played, statement)) {
      if (packet.upstream == upstream_id(played.sim.snapshot(), upstream))
        return "sent at " + sim::time_text(packet.at);
    }
    return std::nullopt;
  };
}

unsigned count_packets(const Played& played, const PacketFilter& filter, const Span& span,
                       bool probes) {
  return static_cast<unsigned>(
      std::ranges::count_if(played.sim.net().packets(), [&](const Packet& packet) {
        return packet.probe == probes && span.holds(packet.at) &&
               filter.holds(packet, played.sim.snapshot());
      }));
}

/// packets|probes U|all RANGE [from T to T]
Check read_packets(Words& words, const ExpectContext& context, bool probes) {
  PacketFilter filter;
  if (!words.take("all")) filter.upstream = words.word("an upstream");
  read_packet_words(words, filter);
  const Range range = words.range();
  const Span span = read_span(words, context);
  return [=](const Played& played) {
    return outside(range, count_packets(played, filter, span, probes),
                   probes ? "probes" : "packets");
  };
}

/// probe U: one left at the line's moment.
Check read_probe(Words& words, const ExpectContext& context) {
  const std::string upstream = words.word("an upstream");
  if (!context.moment) throw Mistake("at T expect probe U");
  return [=, moment = *context.moment](const Played& played) -> Found {
    std::string when;
    for (const Packet& packet : played.sim.net().packets()) {
      if (!packet.probe || packet.upstream != upstream_id(played.sim.snapshot(), upstream))
        continue;
      if (moment.holds(packet.at)) return std::nullopt;
      when += " " + sim::time_text(packet.at);
    }
    return "probes at" + when;
  };
}

/// probe-gap U shortest|longest D D [from T to T]: the extreme of the times between its probes.
Check read_probe_gap(Words& words, const ExpectContext& context) {
  const std::string upstream = words.word("an upstream");
  const bool shortest = words.word("shortest or longest") == "shortest";
  const Duration least = words.duration();
  const Duration most = words.duration();
  const Span span = read_span(words, context);
  return [=](const Played& played) -> Found {
    std::optional<TimePoint> last;
    std::optional<Duration> extreme;
    for (const Packet& packet : played.sim.net().packets()) {
      if (!packet.probe || !span.holds(packet.at)) continue;
      if (packet.upstream != upstream_id(played.sim.snapshot(), upstream)) continue;
      if (last) {
        const Duration gap = packet.at - *last;
        if (!extreme || (shortest ? gap < *extreme : gap > *extreme)) extreme = gap;
      }
      last = packet.at;
    }
    if (extreme && *extreme >= least && *extreme <= most) return std::nullopt;
    return "gap " + (extreme ? sim::time_text(TimePoint(*extreme)) : "none");
  };
}

/// share U RANGE [from T to T]: per cent of the packets.
Check read_share(Words& words, const ExpectContext& context) {
  PacketFilter filter;
  filter.upstream = words.word("an upstream");
  const Range range = words.range();
  const Span span = read_span(words, context);
  return [=](const Played& played) {
    const double mine = count_packets(played, filter, span, false);
    const double all = count_packets(played, {}, span, false);
    return outside(range, all == 0 ? 0 : 100 * mine / all, "share");
  };
}

/// traffic RANGE [from T to T]: packets in per cent of client queries.
Check read_traffic(Words& words, const ExpectContext& context) {
  const Range range = words.range();
  const Span span = read_span(words, context);
  return [=](const Played& played) {
    const double packets = count_packets(played, {}, span, false);
    const auto queries = std::ranges::count_if(
        played.sim.clients(), [&](const ClientRecord& client) { return span.holds(client.asked); });
    return outside(range, 100 * packets / std::max(1.0, static_cast<double>(queries)), "traffic");
  };
}

// --- replies

struct AnswerWish {
  std::optional<std::string> rcode, from;
  std::optional<AnswerSource> source;
  std::optional<unsigned> ede;
  bool no_ede = false;
  std::optional<Range> ttl, records;
  std::optional<Duration> within;
  std::optional<bool> authentic;
};

std::optional<AnswerSource> source_of(std::string_view word) {
  constexpr std::array sources{AnswerSource::cache, AnswerSource::fresh, AnswerSource::stale,
                               AnswerSource::local, AnswerSource::failure};
  const auto* found =
      std::ranges::find_if(sources, [&](AnswerSource s) { return word == to_string(s); });
  if (found == sources.end()) return std::nullopt;
  return *found;
}

AnswerWish read_wish(Words& words) {
  AnswerWish wish;
  if (!words.done() && std::isupper(words.peek().front()) != 0) wish.rcode = words.word("");
  while (!words.done()) {
    if (words.take("from")) {
      wish.from = words.word("an upstream");
    } else if (words.take("ede")) {
      wish.ede = words.number();
    } else if (words.take("no-ede")) {
      wish.no_ede = true;
    } else if (words.take("ttl")) {
      wish.ttl = words.range();
    } else if (words.take("records")) {
      wish.records = words.range();
    } else if (words.take("within")) {
      wish.within = words.duration();
    } else if (words.take("ad")) {
      wish.authentic = true;
    } else if (words.take("no-ad")) {
      wish.authentic = false;
    } else if (const auto source = source_of(words.peek())) {
      wish.source = source;
      (void)words.word("");
    } else {
      words.expect_done();
    }
  }
  return wish;
}

std::string ede_text(const ClientRecord& client) {
  return client.ede ? std::to_string(static_cast<unsigned>(*client.ede)) : "none";
}

std::string server_text(const ClientRecord& client, const Snapshot& snapshot) {
  if (!client.server || *client.server >= snapshot.upstreams.size()) return "nobody";
  return snapshot.upstreams[*client.server]->name;
}

Found disappoints(const ClientRecord& client, const AnswerWish& wish, const Snapshot& snapshot) {
  if (client.replies == 0) return "no reply";
  const std::string rcode = dns::to_string(client.rcode);
  if (wish.rcode && *wish.rcode != rcode) return "answer " + rcode;
  if (wish.from && *wish.from != server_text(client, snapshot))
    return "answer from " + server_text(client, snapshot);
  if (wish.source && *wish.source != client.source)
    return std::string("answer ") + to_string(client.source);
  const bool right_ede = client.ede && static_cast<unsigned>(*client.ede) == wish.ede;
  if ((wish.ede && !right_ede) || (wish.no_ede && client.ede)) return "ede " + ede_text(client);
  if (wish.ttl && !wish.ttl->holds(client.ttl)) return "ttl " + std::to_string(client.ttl);
  if (wish.records && !wish.records->holds(client.answers))
    return "records " + std::to_string(client.answers);
  if (wish.authentic && *wish.authentic != client.authentic)
    return client.authentic ? "ad" : "no ad";
  if (wish.within && client.answered - client.asked > *wish.within)
    return "answered at " + sim::time_text(client.answered);
  return std::nullopt;
}

/// answer [RCODE] [from U] [ede N|no-ede] [ttl RANGE] [records RANGE] [within D] [ad|no-ad]
/// [fresh|cache|stale|local|failure]; holds for every query of the last statement.
Check read_answer(Words& words, const ExpectContext& context) {
  const AnswerWish wish = read_wish(words);
  return [=, statement = last_query(context), moment = context.moment](const Played& played) {
    for (const ClientRecord* client : clients_of(played, statement)) {
      Found found = disappoints(*client, wish, played.sim.snapshot());
      if (!found && moment && !moment->holds(client->answered))
        found = "answered at " + sim::time_text(client->answered);
      if (found) return Found(client->question.to_string() + ": " + *found);
    }
    return Found();
  };
}

bool failed(const ClientRecord& client) {
  return client.replies == 0 || client.rcode == dns::Rcode::servfail ||
         client.rcode == dns::Rcode::refused;
}

/// failed RANGE [from T to T] · slower D RANGE [from T to T] · stale RANGE [from T to T]
Check read_clients(Words& words, const ExpectContext& context,
                   std::function<bool(const ClientRecord&)> counts) {
  const Range range = words.range();
  const Span span = read_span(words, context);
  return [=](const Played& played) {
    const auto count = std::ranges::count_if(played.sim.clients(), [&](const ClientRecord& client) {
      return span.holds(client.asked) && counts(client);
    });
    return outside(range, static_cast<double>(count), "queries");
  };
}

Check read_slower(Words& words, const ExpectContext& context) {
  const Duration limit = words.duration();
  return read_clients(words, context, [limit](const ClientRecord& client) {
    return client.replies == 0 || client.answered - client.asked > limit;
  });
}

// --- health

std::optional<HealthState> state_of(std::string_view word) {
  for (const auto state :
       {HealthState::up, HealthState::suspect, HealthState::down, HealthState::recovering}) {
    if (word == to_string(state)) return state;
  }
  return std::nullopt;
}

HealthState read_state(Words& words) {
  const std::string word = words.word("a state");
  const auto state = state_of(word);
  if (!state) throw Mistake("\"" + word + "\" is no state");
  return *state;
}

std::string history(const Played& played, UpstreamId id) {
  std::string text = "states:";
  for (const sim::HealthRecord& record : played.sim.health()) {
    if (record.upstream != id) continue;
    text += " " + std::string(to_string(record.state)) + " at " + sim::time_text(record.at);
  }
  return text;
}

/// health U STATE by T · health U never STATE [until T] · health U STATE (with `at T`)
Check read_health(Words& words, const ExpectContext& context) {
  const std::string upstream = words.word("an upstream");
  const bool never = words.take("never");
  const HealthState state = read_state(words);
  Span span{context.now, kForever};
  const bool by = words.take("by");
  if (by || words.take("until")) {
    span.to = words.time();
    *context.end = std::max(*context.end, span.to);
  }
  if (by || never) {
    return [=](const Played& played) -> Found {
      const UpstreamId id = upstream_id(played.sim.snapshot(), upstream);
      const bool entered = std::ranges::any_of(played.sim.health(), [&](const auto& record) {
        return record.upstream == id && record.state == state && span.holds(record.at);
      });
      if (entered != never) return std::nullopt;
      return history(played, id);
    };
  }
  if (!context.moment) throw Mistake("at T expect health U STATE, or … by T");
  return [=, at = context.moment->at](const Played& played) -> Found {
    const UpstreamId id = upstream_id(played.sim.snapshot(), upstream);
    if (played.sim.health_at(id, at) == state) return std::nullopt;
    return history(played, id);
  };
}

/// transitions U RANGE [from T to T]
Check read_transitions(Words& words, const ExpectContext& context) {
  const std::string upstream = words.word("an upstream");
  const Range range = words.range();
  const Span span = read_span(words, context);
  return [=](const Played& played) -> Found {
    const UpstreamId id = upstream_id(played.sim.snapshot(), upstream);
    const auto count = std::ranges::count_if(played.sim.health(), [&](const auto& record) {
      return record.upstream == id && span.holds(record.at);
    });
    const auto found = outside(range, static_cast<double>(count), "transitions");
    if (!found) return found;
    return *found + "; " + history(played, id);
  };
}

// --- counters

std::uint64_t started(const Sim& sim, ExchangeReason reason) {
  std::uint64_t sum = 0;
  for (const auto& upstream : sim.snapshot().upstreams) {
    const UpstreamCounters* counters = upstream ? sim.counters().find(upstream->id) : nullptr;
    if (counters != nullptr) sum += counters->started[static_cast<std::size_t>(reason)].get();
  }
  return sum;
}

std::uint64_t throttled(const Sim& sim) {
  std::uint64_t sum = 0;
  for (const auto& upstream : sim.snapshot().upstreams) {
    const UpstreamCounters* counters = upstream ? sim.counters().find(upstream->id) : nullptr;
    if (counters == nullptr) continue;
    sum += counters->outcomes[static_cast<std::size_t>(Outcome::throttled)].get();
  }
  return sum;
}

std::uint64_t late(const Sim& sim) {
  std::uint64_t sum = 0;
  for (const auto& upstream : sim.snapshot().upstreams) {
    const UpstreamCounters* counters = upstream ? sim.counters().find(upstream->id) : nullptr;
    if (counters != nullptr) sum += counters->late.get();
  }
  return sum;
}

std::uint64_t turns(const Sim& sim, TurnEnd end) {
  return sim.counters().turns[static_cast<std::size_t>(end)].get();
}

using ReadCounter = std::uint64_t (*)(const Sim&);

const std::map<std::string_view, ReadCounter>& counter_readers() {
  static const std::map<std::string_view, ReadCounter> readers{
      {"hedges", [](const Sim& s) { return started(s, ExchangeReason::hedge); }},
      {"races", [](const Sim& s) { return started(s, ExchangeReason::race); }},
      {"retries", [](const Sim& s) { return started(s, ExchangeReason::retry); }},
      {"escapes", [](const Sim& s) { return started(s, ExchangeReason::suspect); }},
      {"late", late},
      {"throttled", throttled},
      {"hedges_refused", [](const Sim& s) { return s.counters().hedges_refused.get(); }},
      {"retries_refused", [](const Sim& s) { return s.counters().retries_refused.get(); }},
      {"panics", [](const Sim& s) { return s.counters().panics.get(); }},
      {"lookups", [](const Sim& s) { return s.counters().lookups.get(); }},
      {"joined", [](const Sim& s) { return s.counters().joined.get(); }},
      {"cache_hits", [](const Sim& s) { return s.counters().cache_hits.get(); }},
      {"contradicted", [](const Sim& s) { return turns(s, TurnEnd::contradicted); }},
      {"believed", [](const Sim& s) { return turns(s, TurnEnd::believed); }},
      {"held", [](const Sim& s) { return turns(s, TurnEnd::held); }},
      {"shrunk", [](const Sim& s) { return s.counters().answers_shrunk.get(); }},
      {"prefetches", [](const Sim& s) { return s.counters().prefetches.get(); }},
      {"cache_misses", [](const Sim& s) { return s.counters().cache_misses.get(); }},
      {"recalls", [](const Sim& s) { return std::uint64_t{s.memory().asked()}; }},
      {"chain_copies", [](const Sim& s) { return s.counters().chain_copies.get(); }},
      {"failovers", [](const Sim& s) { return s.counters().failovers.get(); }},
  };
  return readers;
}

/// COUNTER RANGE, over the whole story
Check read_counter(Words& words) {
  const std::string name = words.word("a counter");
  const auto found = counter_readers().find(name);
  if (found == counter_readers().end()) throw Mistake("\"" + name + "\" cannot be expected");
  const Range range = words.range();
  return [=, read = found->second](const Played& played) {
    return outside(range, static_cast<double>(read(played.sim)), name);
  };
}

}  // namespace

Moment read_moment(Words& words) {
  const std::string word = words.word("a time");
  constexpr std::string_view kPlusMinus = "±";
  const auto sign = word.find(kPlusMinus);
  Moment moment;
  moment.at = time_of(std::string_view(word).substr(0, sign));
  if (sign != std::string::npos) {
    moment.tolerance = duration_of(std::string_view(word).substr(sign + kPlusMinus.size()));
  }
  return moment;
}

Check read_expectation(Words& words, const ExpectContext& context) {
  if (words.take("sent")) return read_sent(words, context);
  if (words.take("not")) {
    if (!words.take("sent")) throw Mistake("not sent U");
    return read_not_sent(words, context);
  }
  if (words.take("packets")) return read_packets(words, context, false);
  if (words.take("probes")) return read_packets(words, context, true);
  if (words.take("probe")) return read_probe(words, context);
  if (words.take("probe-gap")) return read_probe_gap(words, context);
  if (words.take("share")) return read_share(words, context);
  if (words.take("traffic")) return read_traffic(words, context);
  if (words.take("answer")) return read_answer(words, context);
  if (words.take("failed")) return read_clients(words, context, failed);
  if (words.take("stale")) {
    return read_clients(words, context, [](const ClientRecord& client) {
      return client.source == AnswerSource::stale;
    });
  }
  if (words.take("slower")) return read_slower(words, context);
  if (words.take("health")) return read_health(words, context);
  if (words.take("figure")) {
    if (!context.outage) throw Mistake("a figures statement has to stand before this");
    return read_figure(words, *context.outage);
  }
  if (words.take("transitions")) return read_transitions(words, context);
  return read_counter(words);
}

std::vector<std::string> check_order(const Played& played) {
  std::vector<std::string> wrong;
  const Duration deadline = played.sim.snapshot().policy.lookup_deadline;
  for (const ClientRecord& client : played.sim.clients()) {
    const std::string who =
        client.question.to_string() + " asked at " + sim::time_text(client.asked);
    if (client.replies != 1)
      wrong.push_back(who + ": " + std::to_string(client.replies) + " replies");
    if (client.replies > 0 && client.answered - client.asked > deadline + 1s)
      wrong.push_back(who + ": answered only at " + sim::time_text(client.answered));
    if (wrong.size() > 10) break;
  }
  const Sim& sim = played.sim;
  if (sim.stray_replies() > 0) wrong.emplace_back("replies nobody waited for");
  if (played.sim.resolver().lookups_in_flight() > 0) wrong.emplace_back("lookups are left over");
  if (sim.worker_exchanges() > 0) wrong.emplace_back("exchanges are left over");
  return wrong;
}

}  // namespace holdfast::scenario
