#include "probe/prober.h"

#include <utility>

#include "dns/normalise.h"
#include "upstream/classify.h"

namespace holdfast {

Prober::Prober(Transport& transport, TimerQueue& timers, UpstreamTraits& traits, OnEnd on_end)
    : transport_(transport),
      timers_(timers),
      traits_(traits),
      on_end_(std::move(on_end)),
      flights_(kMaxUpstreams) {}

Prober::~Prober() {
  for (std::size_t i = 0; i < flights_.size(); ++i)
    cancel(static_cast<UpstreamId>(i));
}

bool Prober::in_flight(UpstreamId id) const noexcept {
  return flights_[index(id)].upstream != nullptr;
}

bool Prober::probe(std::shared_ptr<const Upstream> upstream, Duration timeout, TimePoint now) {
  const UpstreamId id = upstream->id;
  if (in_flight(id)) return false;
  Flight& flight = flights_[index(id)];
  flight = Flight{};
  flight.timeout = timeout;
  const bool off = traits_.edns(id) == UpstreamTraits::Edns::off;
  flight.edns = !off || ++probes_without_edns_[index(id)] % kProbesWithoutEdns == 0;
  flight.upstream = std::move(upstream);
  const auto failure = send(id, now);
  if (failure) finish(id, *failure, now);
  return !failure;
}

/// Why nothing could be sent; nullopt if it was.
std::optional<Outcome> Prober::send(UpstreamId id, TimePoint now) {
  Flight& flight = flights_[index(id)];
  ExchangeRequest request;
  request.question = flight.upstream->probe.question;
  request.over_tcp = flight.over_tcp;
  request.edns = flight.edns;
  request.random_case = traits_.keeps_case(id);
  const auto exchange = transport_.start(*flight.upstream, request, *this, index(id), now);
  if (!exchange) return exchange.why_not();
  flight.exchange = *exchange;
  flight.sent_at = now;
  flight.timer = timers_.arm(now + flight.timeout, *this, index(id));
  return std::nullopt;
}

/// It answered without EDNS: was it that, or chance?
bool Prober::ask_again_with_edns(Flight& flight) const noexcept {
  const bool unknown = traits_.edns(flight.upstream->id) == UpstreamTraits::Edns::unknown;
  return unknown && !std::exchange(flight.asked_again, true);
}

void Prober::cancel(UpstreamId id) noexcept {
  Flight& flight = flights_[index(id)];
  if (flight.upstream == nullptr) return;
  transport_.cancel(flight.exchange);
  timers_.cancel(flight.timer);
  flight.upstream.reset();
}

void Prober::finish(UpstreamId id, Outcome outcome, TimePoint now) {
  Flight& flight = flights_[index(id)];
  const ProbeEnd end{id, outcome, now - flight.sent_at, flight.sent_at};
  timers_.cancel(flight.timer);
  flight.upstream.reset();
  on_end_(end, now);
}

void Prober::on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept {
  const auto id = static_cast<UpstreamId>(token);
  Flight& flight = flights_[index(id)];
  if (flight.upstream == nullptr) return;
  timers_.cancel(flight.timer);
  Outcome outcome = end.failure;
  if (!end.message.empty()) {
    const auto reply = dns::MessageView::parse(end.message);
    outcome = classify(reply, flight.edns, end.over_tcp).outcome;
    if (is_answer(outcome) && reply.edns() && flight.edns) {
      traits_.set_edns(id, UpstreamTraits::Edns::works);
    } else if (is_answer(outcome) && !flight.edns) {
      traits_.note_plain_answer(id, now);
      if (ask_again_with_edns(flight)) {
        flight.edns = true;
        if (!send(id, now)) return;
      }
    }
  }
  if (outcome == Outcome::wrong_case) traits_.set_folds_case(id);
  const Disposition next = row(outcome).disposition;
  const bool again_cookie =
      next == Disposition::retry_cookie && !std::exchange(flight.cookie_renewed, true);
  const bool wants_tcp =
      next == Disposition::retry_tcp || (next == Disposition::retry_cookie && !again_cookie);
  const bool again_tcp = wants_tcp && !std::exchange(flight.over_tcp, true);
  const bool again_plain = next == Disposition::retry_plain && std::exchange(flight.edns, false);
  if (again_cookie || again_tcp || again_plain) {
    const auto failure = send(id, now);
    if (!failure) return;
    outcome = *failure;  // the half that was told says nothing
  }
  finish(id, outcome, now);
}

void Prober::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const auto id = static_cast<UpstreamId>(token);
  Flight& flight = flights_[index(id)];
  if (flight.upstream == nullptr) return;
  transport_.cancel(flight.exchange);
  const UpstreamTraits::Edns edns = traits_.edns(id);
  if (flight.edns && edns != UpstreamTraits::Edns::works) {
    flight.edns = false;
    const TimePoint first_sent = flight.sent_at;
    if (!send(id, now)) {
      // Until it is known to do without, the first silence may have been its own.
      if (edns == UpstreamTraits::Edns::unknown) flight.sent_at = first_sent;
      return;
    }
  }
  finish(id, Outcome::timeout, now);
}

}  // namespace holdfast
