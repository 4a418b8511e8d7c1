#include "daemon/fleet_thread.h"

#include <cstdlib>
#include <exception>
#include <utility>

#include "daemon/log.h"

namespace holdfast {
namespace {

constexpr Duration kTellAgain = 1min;

}  // namespace

FleetThread::FleetThread(FleetParts parts, Cache& cache, const WallClock& wall)
    : wall_(wall),
      keys_(std::move(parts.keys)),
      publisher_(keys_, parts.policy, counters_),
      reads_(keys_, parts.policy, cache, counters_,
             [this](const FleetTicket& ticket, FleetRead result) {
               ports_[ticket.port]->answer(ticket.number, result);
             }),
      link_(loop_, random_, std::move(parts.server), counters_,
            {[this](const RedisAnswer& answer) { on_answer(answer); },
             [this](bool up) { on_change(up); }}) {
  loop_.at_turn_end([this] { link_.flush(); });
  // OpenSSL's first HMAC takes longer than all of a read may: it looks for its providers.
  (void)keys_.mac({}, 0);
}

FleetThread::~FleetThread() {
  stop();
}

std::size_t FleetThread::add(FleetPort& port) {
  ports_.push_back(&port);
  return ports_.size() - 1;
}

void FleetThread::start() {
  thread_ = std::thread([this] { run(); });
}

void FleetThread::stop() {
  if (ended_) return;
  loop_.stop();
  if (thread_.joinable()) thread_.join();
  usable_ = false;
  ended_ = true;  // what is still asked of us is not answered
  link_.close();
  loop_.timers().cancel(beat_);
  loop_.drain();
}

void FleetThread::ask(const FleetQuestion& question, const FleetTicket& ticket) {
  loop_.post([this, question, ticket] {
    if (!ended_) reads_.begin(question, ticket, link_.session(), loop_.now());
  });
}

void FleetThread::network_changed() {
  loop_.post([this] {
    if (!ended_) link_.begin_anew(loop_.now());
  });
}

void FleetThread::run() {
  try {
    beat_ = loop_.timers().arm(loop_.now(), *this, 0);
    loop_.run();
  } catch (const std::exception& error) {
    // Names resolve without the fleet, but a daemon whose parts die unnoticed is worse than one
    // that starts again.
    log_line(LogLevel::error, fmt::format("the fleet thread cannot go on: {}", error.what()));
    std::abort();
  }
}

void FleetThread::on_timer(std::uint64_t /*token*/, TimePoint now) noexcept {
  beat_ = loop_.timers().arm(now + kBeat, *this, 0);
  link_.beat(now);
  publish(now);
}

void FleetThread::publish(TimePoint now) {
  for (FleetPort* port : ports_) {
    port->ring().drain([&](dns::Bytes record) {
      publisher_.publish(record, link_.session(), wall_.at(now), now);
    });
  }
}

void FleetThread::on_answer(const RedisAnswer& answer) {
  const TimePoint now = loop_.stamp();
  if (answer.command == RedisCommand::get) {
    return reads_.on_reply(answer.tag, answer.reply, wall_.at(now), now);
  }
  if (answer.reply.kind != RedisReply::Kind::error) return;
  counters_.not_published[NotPublished::refused].add();
  if (refusal_told_ != kNever && now - refusal_told_ < kTellAgain) return;
  refusal_told_ = now;
  HOLDFAST_LOG(warning, "fleet memory: the server does not take answers: {}",
               error_code(answer.reply.text));
}

void FleetThread::on_change(bool up) {
  usable_ = up;
  if (up) {
    publisher_.forget();
  } else {
    reads_.fail_all();
  }
}

}  // namespace holdfast
