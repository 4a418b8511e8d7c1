#include "probe/loop_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dns/message_view.h"
#include "upstream/classify.h"

namespace holdfast {
namespace {

/// Is it a reply that only sends us back, with a cookie, for TCP or without EDNS? Then the question
/// has not been where it goes. nullopt: it has.
std::optional<Outcome> sent_back(dns::Bytes message, bool over_tcp) noexcept {
  const auto reply = dns::MessageView::parse(message);
  if (!reply.ok()) return std::nullopt;
  const Outcome outcome = classify(reply, true, over_tcp).outcome;
  switch (outcome) {
    case Outcome::bad_cookie:
    case Outcome::truncated:
    case Outcome::formerr:
    case Outcome::formerr_edns:
    case Outcome::notimp:
      return outcome;
    default:
      return std::nullopt;
  }
}

}  // namespace

LoopCheck::LoopCheck(Transport& transport, const LoopMarks& marks)
    : transport_(transport), marks_(marks), watched_(kMaxUpstreams) {}

LoopCheck::~LoopCheck() {
  for (Watched& watched : watched_)
    forget(watched);
}

void LoopCheck::forget(Watched& watched) {
  if (std::exchange(watched.in_flight, false)) transport_.cancel(watched.exchange);
}

void LoopCheck::adopt(const SnapshotPtr& snapshot, TimePoint now) {
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    auto spec = i < snapshot->upstreams.size() ? snapshot->upstreams[i] : nullptr;
    // A chain does not lead back here, and is told no names but those of its routes.
    if (spec && spec->chain) spec = nullptr;
    const bool same = spec && watched.upstream && spec->same_server(*watched.upstream);
    if (!same) {
      forget(watched);
      // A round is never used twice: what of a former upstream still comes round says nothing.
      watched = Watched{.upstream = spec, .round = watched.round + 1, .due = spec ? now : kForever};
    }
    watched.upstream = spec;
  }
}

void LoopCheck::network_changed(TimePoint now) {
  for (std::size_t i = 0; i < watched_.size(); ++i)
    ask_again(static_cast<UpstreamId>(i), now);
}

void LoopCheck::ask_again(UpstreamId id, TimePoint now) {
  Watched& watched = watched_[index(id)];
  if (!watched.upstream) return;
  forget(watched);
  watched.wait = kRetry;
  watched.due = now;
}

void LoopCheck::tick(TimePoint now) {
  for (Watched& watched : watched_) {
    if (!watched.upstream) continue;
    if (came_round(watched) && !watched.looping) {
      forget(watched);
      watched.looping = true;
      put_off(watched, now);
    }
    if (watched.in_flight && now - watched.asked >= kPatience) {
      forget(watched);
      put_off(watched, now);
    }
    if (!watched.in_flight && now >= watched.due) ask(watched, now);
  }
}

void LoopCheck::ask(Watched& watched, TimePoint now) {
  const Upstream& upstream = *watched.upstream;
  const auto question = marks_.question(upstream.id, ++watched.round, upstream.probe.question.name);
  watched.due = kForever;
  if (!question) return;
  ExchangeRequest request;
  request.question = *question;
  request.random_case = false;
  request.over_tcp = watched.plainly;
  request.edns = !watched.plainly;
  const auto exchange = transport_.start(upstream, request, *this, index(upstream.id), now);
  if (!exchange) {  // its address is not known yet, or the packet budget is used up
    watched.due = now + kUnsent;
    return;
  }
  watched.exchange = *exchange;
  watched.in_flight = true;
  watched.asked = now;
}

void LoopCheck::put_off(Watched& watched, TimePoint now) {
  watched.due = now + (watched.looping ? kWhileLooping : watched.wait);
  watched.wait = std::min(watched.wait * 2, kRetryMost);
}

bool LoopCheck::came_round(const Watched& watched) const noexcept {
  return watched.round != 0 && marks_.came_round(watched.upstream->id) == watched.round;
}

bool LoopCheck::loops(UpstreamId id) const noexcept {
  return watched_[index(id)].looping;
}

/// Any other answer says that the question has been where it goes: back here, or not.
void LoopCheck::on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept {
  Watched& watched = watched_[token];
  watched.in_flight = false;
  if (!watched.upstream) return;
  if (end.message.empty()) return put_off(watched, now);
  const auto back = sent_back(end.message, end.over_tcp);
  if (back && !watched.plainly && !came_round(watched)) {
    const bool only_cookie = back == Outcome::bad_cookie && !watched.has_cookie;
    (only_cookie ? watched.has_cookie : watched.plainly) = true;
    watched.due = now;
    return;
  }
  watched.looping = came_round(watched);
  if (watched.looping) put_off(watched, now);
}

}  // namespace holdfast
