#include "simulate/sim.h"

#include <algorithm>
#include <cstdio>

#include "dns/reply_builder.h"
#include "dns/ttl.h"
#include "simulate/sim_reply.h"

namespace holdfast::sim {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{16} << 20U;
constexpr std::uint64_t kCacheSeed = 7;
constexpr std::uint64_t kTickToken = ~std::uint64_t{0};

/// One line of the log.
struct Line {
  TimePoint at;
  std::string text;
};

std::string packet_text(const Packet& packet, const Snapshot& snapshot) {
  std::string text = packet.probe ? "probe " : "sent  ";
  text += snapshot.upstream(packet.upstream).name + "  " +
          dns::Question{packet.name, packet.type}.to_string();
  if (packet.over_tcp) text += " over tcp";
  if (!packet.edns) text += " without edns";
  return text;
}

/// Over all records but OPT; 0 if there are none.
std::uint32_t least_ttl(const dns::MessageView& reply) {
  std::uint32_t least = UINT32_MAX;
  reply.for_each([&least](const dns::Record& record) {
    if (record.type != dns::RrType::opt) least = std::min(least, dns::sane_ttl(record.ttl));
    return true;
  });
  return least == UINT32_MAX ? 0 : least;
}

std::string reply_text(const ClientRecord& client, const Snapshot& snapshot) {
  std::string text = "reply " + client.question.to_string() + "  " + dns::to_string(client.rcode);
  if (client.server && *client.server < snapshot.upstreams.size()) {
    text += " from " + snapshot.upstreams[*client.server]->name;
  }
  text += std::string(" ") + to_string(client.source) + " ttl " + std::to_string(client.ttl);
  if (client.ede) text += " ede " + std::to_string(static_cast<unsigned>(*client.ede));
  const auto took = std::chrono::duration<double, std::milli>(client.answered - client.asked);
  return text + " after " + std::to_string(took.count()) + " ms";
}

}  // namespace

std::string time_text(TimePoint at) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4fs",
                std::chrono::duration<double>(at.time_since_epoch()).count());
  return text.data();
}

Sim::Sim(SnapshotPtr snapshot, std::uint64_t seed)
    : snapshot_(std::move(snapshot)),
      random_(seed),
      net_(random_),
      worker_transport_(net_, arrivals_, false),
      checker_transport_(net_, arrivals_, true),
      worker_injector_({worker_transport_, timers_, random_, drills_}, snapshot_),
      checker_injector_({checker_transport_, timers_, random_, drills_}, snapshot_),
      cache_(kCacheBytes, kCacheSeed),
      board_(initial_view(snapshot_->policy)),
      hedges_(snapshot_->policy.hedge_ratio, snapshot_->policy.hedge_burst),
      memory_(cache_, wall_, timers_),
      resolver_({worker_injector_,
                 timers_,
                 random_,
                 cache_,
                 board_,
                 traits_,
                 hedges_,
                 counters_,
                 evidence_,
                 wall_,
                 holds_,
                 {&memory_},
                 nullptr,
                 &drills_},
                snapshot_),
      checker_(checker_injector_, timers_, random_, board_, traits_),
      reply_buffer_(kReplyBuffer) {
  checker_.watch(evidence_);
  checker_.adopt(snapshot_, now_);
  resolver_.set_query_log([this](const QueryLogEntry& entry) { last_source_ = entry.source; });
  tick_ = timers_.arm(now_, *this, kTickToken);
}

Sim::~Sim() {
  timers_.cancel(tick_);
}

void Sim::at(TimePoint when, std::function<void()> what) {
  actions_.push_back(std::move(what));
  (void)timers_.arm(when, *this, actions_.size() - 1);
}

TimePoint Sim::next_event() const noexcept {
  return std::min(timers_.next(), arrivals_.next());
}

void Sim::run_until(TimePoint end) {
  for (TimePoint next = next_event(); next <= end; next = next_event()) {
    const bool late = frozen_until_ > next;
    now_ = std::max({now_, next, frozen_until_});
    // After a pause timers are due before anybody has looked at the sockets.
    if (!late) arrivals_.expire(now_);
    timers_.expire(now_);
    if (late) arrivals_.expire(now_);
  }
  now_ = std::max(now_, end);
}

void Sim::on_timer(std::uint64_t token, TimePoint now) noexcept {
  if (token != kTickToken) {
    const auto action = std::move(actions_[token]);
    action();
    return;
  }
  tick(now);
  tick_ = timers_.arm(now + beat_, *this, kTickToken);
}

void Sim::tick(TimePoint now) {
  checker_.tick(now);
  if (keeps_diary_) note_health(now);
}

void Sim::note_health(TimePoint now) {
  const auto status = checker_.status(now);
  for (const UpstreamStatus& s : status) {
    HealthState& known = published_[index(s.id)];
    const HealthState state = board_.read(s.id).effective();
    if (state == known) continue;
    known = state;
    health_.push_back({now, s.id, state, s.cause});
  }
}

HealthState Sim::health_at(UpstreamId id, TimePoint when) const {
  HealthState state = HealthState::up;
  for (const HealthRecord& record : health_) {
    if (record.at > when) break;
    if (record.upstream == id) state = record.state;
  }
  return state;
}

void Sim::ask(const ClientQuestion& question, std::size_t statement) {
  std::array<std::uint8_t, 512> buffer;
  dns::QueryShape shape;
  shape.id = static_cast<std::uint16_t>(clients_.size());
  shape.recursion_desired = question.recursion_desired;
  shape.checking_disabled = question.checking_disabled;
  shape.authentic_data = true;
  shape.dnssec_ok = question.dnssec_ok;
  ClientQuery query;
  query.message = dns::write_query(question.question, shape, buffer);
  query.client.bytes = {127, 0, 0, 1};
  query.sink = this;
  query.ticket = clients_.size();
  clients_.push_back({});
  clients_.back().asked = now_;
  clients_.back().question = question.question;
  clients_.back().statement = statement;
  const HandledQuery handled = resolver_.resolve(query, now_, reply_buffer_);
  if (handled.what == Handled::replied) send_reply(query.ticket, handled.reply);
}

void Sim::adopt(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  resolver_.adopt(snapshot_);
  worker_injector_.adopt(snapshot_);
  checker_injector_.adopt(snapshot_);
  checker_.adopt(snapshot_, now_);
}

void Sim::send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept {
  const auto view = dns::MessageView::parse(reply);
  if (ticket >= clients_.size() || !view.ok()) {
    ++stray_replies_;
    return;
  }
  ClientRecord& client = clients_[ticket];
  if (client.replies++ > 0 || view.header().id != static_cast<std::uint16_t>(ticket)) {
    ++stray_replies_;
  }
  client.answered = now_;
  client.rcode = view.rcode();
  if (view.edns()) client.ede = view.edns()->ede;
  client.server = server_of(reply);
  client.ttl = least_ttl(view);
  client.authentic = view.header().has(dns::flag::ad);
  client.answers = view.header().ancount;
  client.source = last_source_;
}

std::string Sim::log_text(std::size_t most_lines) const {
  std::vector<Line> lines;
  for (const Packet& packet : net_.packets())
    lines.push_back({packet.at, packet_text(packet, *snapshot_)});
  for (const ClientRecord& client : clients_) {
    lines.push_back({client.asked, "query " + client.question.to_string()});
    if (client.replies > 0) lines.push_back({client.answered, reply_text(client, *snapshot_)});
  }
  for (const HealthRecord& record : health_) {
    lines.push_back({record.at, "state " + snapshot_->upstream(record.upstream).name + "  " +
                                    to_string(record.state) + " (" + to_string(record.cause) +
                                    ")"});
  }
  std::ranges::stable_sort(lines, {}, &Line::at);
  const auto same = [](const Line& a, const Line& b) { return a.at == b.at && a.text == b.text; };
  lines.erase(std::ranges::unique(lines, same).begin(), lines.end());
  std::string text;
  const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
  if (first > 0) text += "  … " + std::to_string(first) + " earlier lines\n";
  for (std::size_t i = first; i < lines.size(); ++i)
    text += "  " + time_text(lines[i].at) + "  " + lines[i].text + "\n";
  return text;
}

}  // namespace holdfast::sim
