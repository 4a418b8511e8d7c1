// DNS load over UDP, or with --tcp over TCP (tcp_load.h). Closed loop: a fixed number of questions
// in flight. Open loop: a fixed schedule; latency counts from the scheduled moment, so a server
// that stalls cannot hide it. Each answer's address is checked against the name. Prints one line of
// JSON.

#include <deque>
#include <memory>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "load.h"
#include "tcp_load.h"

namespace {

constexpr std::uint64_t kClosedBurst = 16, kOpenBurst = 8;  // questions per socket before the next

struct Slot {  // one id of one socket; number 0: free
  std::uint64_t scheduled;
  std::uint32_t address, number;
};

struct Deadline {
  std::uint64_t at;
  std::uint16_t socket, id;
  std::uint32_t number;
};

#pragma pack(push, 1)

struct Record {  // of the file --out
  float sent_s, latency_ms;
  std::uint8_t outcome;
};

#pragma pack(pop)

class UdpGenerator {
 public:
  explicit UdpGenerator(const Options& options)
      : options_(options),
        names_(options.names, options.seed, options.zones),
        epoll_(epoll_create1(0)) {
    Numbers ids(options.seed);
    const auto sockets = std::size_t(options.sockets);
    slots_.assign(sockets, std::vector<Slot>(65536));
    for (std::size_t i = 0; i < sockets; ++i) {
      open_socket(std::uint32_t(i));
      next_id_.push_back(std::uint16_t(ids.next()));
    }
    if (!options.out.empty() && options.open) {
      records_.resize(std::size_t(options.rate * options.duration) + 16);
    }
    for (int i = 0; i < kBatch; ++i) {
      in_parts_[i] = {in_[i], sizeof in_[i]};
      in_messages_[i].msg_hdr = {nullptr, 0, &in_parts_[i], 1, nullptr, 0, 0};
      out_messages_[i].msg_hdr = {nullptr, 0, &out_parts_[i], 1, nullptr, 0, 0};
    }
  }

  void run() {
    tally_.begin = wait_for_start(options_);
    const std::uint64_t end = tally_.begin + std::uint64_t(options_.duration * 1e9);
    tally_.stopped = end;
    for (bool sending = true;;) {
      const std::uint64_t now = now_ns();
      if (sending && (now >= end || (options_.count && tally_.sent >= options_.count))) {
        sending = false;
        tally_.stopped = now;
      }
      const std::uint64_t patience = options_.timeout_ns() + kGrace;
      if (!sending && (tally_.in_flight == 0 || now > tally_.stopped + patience)) return;
      if (sending) send_due(now);
      wait_and_receive(sending);
      expire();
    }
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }

  void write_records() const {
    if (records_.empty()) return;
    FILE* const file = fopen(options_.out.c_str(), "wb");
    if (!file) die(options_.out.c_str());
    fwrite(records_.data(), sizeof(Record), std::min<std::size_t>(tally_.sent, records_.size()),
           file);
    fclose(file);
  }

 private:
  void open_socket(std::uint32_t index) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    widen_buffers(fd);
    sockaddr_in server = options_.server;
    if (connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server)) die("connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    fds_.push_back(fd);
  }

  [[nodiscard]] std::uint64_t scheduled(std::uint64_t number) const {
    return tally_.begin + std::uint64_t(double(number) * 1e9 / options_.rate);
  }

  // How many may be in flight now, in the closed loop.
  [[nodiscard]] std::uint64_t window(std::uint64_t now) const {
    const double share = double(now - tally_.begin) / 1e9 / options_.ramp;  // ramp 0: infinite
    const bool whole = options_.ramp <= 0 || share >= 1;
    return whole ? std::uint64_t(options_.window)
                 : std::uint64_t(double(options_.window) * share) + 1;
  }

  // How many questions are due now: of the window, or of the schedule.
  [[nodiscard]] std::uint64_t due(std::uint64_t now) const {
    const std::uint64_t allowed = window(now), sent = tally_.sent, in_flight = tally_.in_flight;
    const std::uint64_t target =
        options_.open ? std::uint64_t(double(now - tally_.begin) * options_.rate / 1e9) + 1
                      : sent + (in_flight < allowed ? allowed - in_flight : 0);
    const std::uint64_t limited = options_.count ? std::min(options_.count, target) : target;
    return limited > sent ? limited - sent : 0;
  }

  void send_due(std::uint64_t now) {
    for (std::uint64_t wanted = due(now); wanted > 0;) {
      const auto burst = int(std::min(wanted, options_.open ? kOpenBurst : kClosedBurst));
      const std::size_t socket = next_socket_;
      next_socket_ = (next_socket_ + 1) % fds_.size();
      for (int i = 0; i < burst; ++i)
        prepare(i, socket, now);
      flush(fds_[socket], burst);
      wanted -= std::uint64_t(burst);
    }
  }

  // Writes question `i` of a burst and books it.
  void prepare(int i, std::size_t socket, std::uint64_t now) {
    for (int tries = 0; slots_[socket][next_id_[socket]].number && tries < 1000; ++tries) {
      ++next_id_[socket];
    }
    const std::uint16_t id = next_id_[socket]++;
    const Question question = write_question(options_, names_, tally_.sent, id, out_[i]);
    out_parts_[i] = {out_[i], question.size};
    book(socket, id, question.address, options_.open ? scheduled(tally_.sent) : now);
  }

  void book(std::size_t socket, std::uint16_t id, std::uint32_t address, std::uint64_t at) {
    const std::uint64_t sent = tally_.sent++;
    const auto number = std::uint32_t(sent + 1);
    slots_[socket][id] = {at, address, number};
    if (sent < records_.size()) {
      records_[sent] = {float(double(at - tally_.begin) / 1e9), -1, kTimeout};
    }
    deadlines_.push_back({at + options_.timeout_ns(), std::uint16_t(socket), id, number});
    ++tally_.in_flight;
  }

  void flush(int fd, int count) {
    int done = 0;
    for (int tries = 0; done < count && tries < 50; ++tries) {
      const int sent = sendmmsg(fd, out_messages_ + done, unsigned(count - done), 0);
      if (sent > 0) {
        done += sent;
      } else {
        ++tally_.socket_errors;
        if (errno != ECONNREFUSED) return;
      }
    }
  }

  void wait_and_receive(bool sending) {
    timespec limit{0, 20000000};
    if (sending && options_.open) {
      const std::int64_t left = std::int64_t(scheduled(tally_.sent)) - std::int64_t(now_ns());
      limit = to_timespec(left < 25000 ? 0 : left);  // closer than 25 µs: no time to sleep
    }
    epoll_event events[64];
    const int count = epoll_pwait2(epoll_, events, 64, &limit, nullptr);
    for (int i = 0; i < count; ++i)
      receive(events[i].data.u32);
  }

  void receive(std::uint32_t socket) {
    const int count = recvmmsg(fds_[socket], in_messages_, kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno != EAGAIN) ++tally_.socket_errors;
    const std::uint64_t now = now_ns();
    for (int i = 0; i < count; ++i) {
      const std::uint8_t* const reply = in_[i];
      const std::size_t size = in_messages_[i].msg_len;
      if (!is_reply(reply, size)) continue;
      Slot& slot = slots_[socket][id_of(reply)];
      if (slot.number == 0) {
        ++tally_.late;
        continue;
      }
      const bool in_time = now <= slot.scheduled + options_.timeout_ns();
      finish(slot, in_time ? judge(options_, reply, size, slot.address) : kTimeout, now);
    }
  }

  void expire() {
    const std::uint64_t now = now_ns();
    for (; !deadlines_.empty(); deadlines_.pop_front()) {
      const Deadline& first = deadlines_.front();
      Slot& slot = slots_[first.socket][first.id];
      if (slot.number != first.number) continue;  // answered long ago
      if (first.at > now) return;
      finish(slot, kTimeout, now);
    }
  }

  void finish(Slot& slot, Outcome outcome, std::uint64_t now) {
    const double us = tally_.finish(slot.scheduled, outcome, now);
    if (slot.number <= records_.size()) {
      records_[slot.number - 1].latency_ms = float(us / 1000);
      records_[slot.number - 1].outcome = std::uint8_t(outcome);
    }
    slot.number = 0;
  }

  Options options_;
  Names names_;
  Tally tally_;
  int epoll_;
  std::vector<int> fds_;
  std::vector<std::uint16_t> next_id_;
  std::size_t next_socket_ = 0;
  std::vector<std::vector<Slot>> slots_;
  std::deque<Deadline> deadlines_;
  std::vector<Record> records_;
  std::uint8_t out_[kBatch][kQuestionRoom], in_[kBatch][1500];
  iovec out_parts_[kBatch], in_parts_[kBatch];
  mmsghdr out_messages_[kBatch], in_messages_[kBatch];
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--no-verify" || key == "--edns") {
      (key == "--edns" ? o.edns : o.verify) = key == "--edns";
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    if (key == "--server")
      o.server = parse_address(value);
    else if (key == "--closed")
      o.window = stoi(value);
    else if (key == "--open")
      o.open = true, o.rate = stod(value);
    else if (key == "--duration")
      o.duration = stod(value);
    else if (key == "--timeout-ms")
      o.timeout_ms = stod(value);
    else if (key == "--names")
      o.names = value;
    else if (key == "--socks")
      o.sockets = stoi(value);
    else if (key == "--cpu")
      o.cpu = stoi(value);
    else if (key == "--count")
      o.count = stoull(value);
    else if (key == "--seed")
      o.seed = stoull(value);
    else if (key == "--tcp")
      o.tcp = stoi(value);
    else if (key == "--zones")
      o.zones = stoull(value);
    else if (key == "--ramp")
      o.ramp = stod(value);
    else if (key == "--out")
      o.out = value;
    else if (key == "--start-at")
      o.start_at = stod(value);
    else {
      fprintf(stderr, "unknown option %s\n", key.c_str());
      exit(2);
    }
  }
  if (o.tcp && (o.open || !o.out.empty() || o.window / o.tcp > 256)) {
    fprintf(stderr, "--tcp knows only the closed loop, with 256 per connection, without --out\n");
    exit(2);
  }
  return o;
}

double cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename Generator>
void run(Generator& generator) {
  const double before = cpu_seconds();
  generator.run();
  generator.tally().print(cpu_seconds() - before);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  pin(options.cpu);
  if (options.tcp) {
    const auto generator = std::make_unique<TcpGenerator>(options);
    run(*generator);
  } else {
    const auto generator = std::make_unique<UdpGenerator>(options);
    run(*generator);
    generator->write_records();
  }
}
