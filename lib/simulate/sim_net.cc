#include "simulate/sim_net.h"

#include "dns/reply_check.h"
#include "simulate/sim_reply.h"

namespace holdfast::sim {
namespace {

/// Ends without a message: which outcome the sockets would report.
std::optional<Outcome> failure_of(const Behaviour& behaviour) noexcept {
  switch (behaviour.act) {
    case Act::refuses_connection:
      return Outcome::connection_refused;
    case Act::unreachable:
      return Outcome::unreachable;
    case Act::distrusted:
      return Outcome::certificate;
    case Act::closes:
      return Outcome::closed;
    default:
      return std::nullopt;
  }
}

}  // namespace

SimTransport::~SimTransport() {
  flights_.for_each([this](SlabHandle, Flight& flight) { timers_.cancel(flight.timer); });
}

ExchangeStart SimTransport::start(const Upstream& upstream, const ExchangeRequest& request,
                                  ExchangeSink& sink, std::uint64_t token, TimePoint now) noexcept {
  Flight flight;
  flight.upstream = upstream.id;
  flight.request = request;
  flight.request.over_tcp = request.over_tcp || is_stream(upstream.transport);
  flight.sink = &sink;
  flight.token = token;
  flight.behaviour = net_.script(upstream.id).towards(request.question.name);
  if (flight.behaviour.act == Act::cannot_send) return Outcome::no_socket;
  const bool tcp = flight.request.over_tcp;
  if (!gate_.take(upstream, packets_to(upstream, tcp), now)) return Outcome::throttled;
  if (tcp) connected_.set(index(upstream.id));
  if (request.random_case && !flight.request.over_tcp) {
    flight.request.question.name.randomise_case(net_.random());
  }
  net_.log({now, upstream.id, request.question.name.lowered(), request.question.type,
            flight.request.over_tcp, request.edns, probes_});
  flight.strays = strays_[index(upstream.id)].begin();
  const bool lost = is_lost(flight);
  const Duration latency =
      std::max(flight.behaviour.paused_until - now, Duration::zero()) + flight.behaviour.latency;
  const SlabHandle handle = flights_.emplace(flight);
  if (!lost) flights_.find(handle)->timer = timers_.arm(now + latency, *this, handle.token());
  return ExchangeId{handle.token()};
}

unsigned SimTransport::packets_to(const Upstream& upstream, bool tcp) const noexcept {
  return packets_of_exchange(tcp, connected_.test(index(upstream.id)));
}

bool SimTransport::spares(const Upstream& upstream, TimePoint now) noexcept {
  return gate_.spare(upstream, packets_to(upstream, is_stream(upstream.transport)), now);
}

bool SimTransport::is_lost(const Flight& flight) noexcept {
  const Behaviour& behaviour = flight.behaviour;
  if (behaviour.act == Act::silent) return true;
  if (behaviour.silent_to_edns && flight.request.edns) return true;
  if (behaviour.tcp_silent && flight.request.over_tcp) return true;
  return behaviour.loss_percent > 0 && net_.random().below(100) < behaviour.loss_percent;
}

void SimTransport::cancel(ExchangeId id) noexcept {
  const SlabHandle handle = SlabHandle::from_token(static_cast<std::uint64_t>(id));
  Flight* flight = flights_.find(handle);
  if (flight == nullptr) return;
  timers_.cancel(flight->timer);
  flights_.erase(handle);
}

void SimTransport::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = SlabHandle::from_token(token);
  const Flight flight = *flights_.find(handle);
  flights_.erase(handle);
  deliver(flight, now);
}

/// Why the transport gives a question over UDP up though its reply is there.
std::optional<Outcome> SimTransport::leaves_udp(const Flight& flight) noexcept {
  if (flight.request.over_tcp) return std::nullopt;
  StrayWatch& strays = strays_[index(flight.upstream)];
  for (unsigned i = 0; i < flight.behaviour.strays; ++i) {
    if (strays.stray()) strays.look();
  }
  if (strays.too_many(flight.strays)) return Outcome::spoofed;
  const bool misses_cookie = flight.behaviour.forgets_cookie && flight.request.edns;
  return misses_cookie ? std::optional(Outcome::no_cookie) : std::nullopt;
}

void SimTransport::deliver(const Flight& flight, TimePoint now) noexcept {
  ExchangeEnd end;
  end.over_tcp = flight.request.over_tcp;
  const auto over_udp = leaves_udp(flight);
  if (const auto failure = over_udp ? over_udp : failure_of(flight.behaviour)) {
    end.failure = *failure;
    flight.sink->on_exchange(flight.token, end, now);
    return;
  }
  const auto message = write_reply(flight.behaviour, flight.request, index(flight.upstream));
  // The id is 0 on both sides here; the question and its case are checked as on a socket.
  const auto match = dns::check_reply(message, 0, flight.request.question);
  const bool exact_case = flight.request.random_case && !flight.request.over_tcp;
  if (match == dns::ReplyMatch::wrong_case && exact_case) {
    end.failure = Outcome::wrong_case;
  } else {
    end.message = message;
  }
  flight.sink->on_exchange(flight.token, end, now);
}

}  // namespace holdfast::sim
