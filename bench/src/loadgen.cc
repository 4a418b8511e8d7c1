// DNS load over UDP. Closed loop: a fixed number of questions in flight. Open loop: a fixed
// schedule; latency counts from the scheduled moment, so a server that stalls cannot hide it. Each
// answer's address is checked against the name. Prints one line of JSON.

#include <array>
#include <deque>
#include <memory>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "histogram.h"
#include "names.h"

namespace {

enum Outcome { kOk, kServfail, kRefused, kNxdomain, kTimeout, kWrong, kEmpty, kOther, kOutcomes };

constexpr std::array<const char*, kOutcomes> kOutcomeNames = {
    "ok", "servfail", "refused", "nxdomain", "timeout", "wrong", "empty", "other"};
constexpr std::uint64_t kGrace = 50000000;                  // ns after the last timeout
constexpr std::uint64_t kClosedBurst = 16, kOpenBurst = 8;  // questions per socket before the next

struct Options {
  sockaddr_in server = parse_address("127.0.0.1:5300");
  bool open = false, verify = true, edns = false;
  double rate = 1000, duration = 5, timeout_ms = 1000;
  double start_at = 0;  // CLOCK_MONOTONIC seconds; 0: at once
  int window = 200, sockets = 16, cpu = -1;
  std::uint64_t count = 0, seed = 1;  // count 0: no limit
  std::string names = "seq:10000:h", out;
};

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

// Reads the first record behind the question: is it an A record with this address?
bool holds_address(const std::uint8_t* reply, std::size_t size, std::uint32_t address) {
  const auto skip_name = [&](std::size_t at) {
    while (at < size && reply[at] && (reply[at] & 0xc0) != 0xc0)
      at += reply[at] + 1u;
    return at + (at < size && (reply[at] & 0xc0) == 0xc0 ? 2 : 1);
  };
  const std::size_t record = skip_name(skip_name(kHeader) + 4);
  return record + 14 <= size && reply[record + 1] == 1 && !memcmp(reply + record + 10, &address, 4);
}

class Generator {
 public:
  explicit Generator(const Options& options)
      : options_(options), names_(options.names, options.seed), epoll_(epoll_create1(0)) {
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
    begin_ = now_ns();
    if (options_.start_at > 0) begin_ = std::uint64_t(options_.start_at * 1e9);
    while (now_ns() < begin_)
      usleep(200);
    const std::uint64_t end = begin_ + std::uint64_t(options_.duration * 1e9);
    stopped_ = end;
    for (bool sending = true;;) {
      const std::uint64_t now = now_ns();
      if (sending && (now >= end || (options_.count && sent_ >= options_.count))) {
        sending = false;
        stopped_ = now;
      }
      if (!sending && (in_flight_ == 0 || now > stopped_ + timeout() + kGrace)) return;
      if (sending) send_due(now);
      wait_and_receive(sending);
      expire();
    }
  }

  void print(double cpu_seconds) const {
    const double sending = double(stopped_ - begin_) / 1e9;
    const std::uint64_t answered = all_.count() - outcomes_[kTimeout];
    printf(
        "{\"sent\":%llu,\"send_s\":%.4f,\"qps\":%.1f,\"sent_qps\":%.1f,\"client_cpu_s\":%.3f,"
        "\"sockerr\":%llu,\"late\":%llu,",
        static_cast<unsigned long long>(sent_), sending, double(answered) / sending,
        double(sent_) / sending, cpu_seconds, static_cast<unsigned long long>(socket_errors_),
        static_cast<unsigned long long>(late_));
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      printf("\"%s\":%llu,", kOutcomeNames[i], static_cast<unsigned long long>(outcomes_[i]));
    }
    printf(
        "\"lat_us\":{\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
        "\"max\":%.1f}}\n",
        ok_.mean(), ok_.percentile(.5), ok_.percentile(.9), ok_.percentile(.99),
        ok_.percentile(.999), ok_.max());
  }

  void write_records() const {
    if (records_.empty()) return;
    FILE* const file = fopen(options_.out.c_str(), "wb");
    if (!file) die(options_.out.c_str());
    fwrite(records_.data(), sizeof(Record), std::min<std::size_t>(sent_, records_.size()), file);
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

  [[nodiscard]] std::uint64_t timeout() const { return std::uint64_t(options_.timeout_ms * 1e6); }

  [[nodiscard]] std::uint64_t scheduled(std::uint64_t number) const {
    return begin_ + std::uint64_t(double(number) * 1e9 / options_.rate);
  }

  // How many questions are due now: of the window, or of the schedule.
  [[nodiscard]] std::uint64_t due(std::uint64_t now) const {
    const auto window = std::uint64_t(options_.window);
    const std::uint64_t target = options_.open
                                     ? std::uint64_t(double(now - begin_) * options_.rate / 1e9) + 1
                                     : sent_ + (in_flight_ < window ? window - in_flight_ : 0);
    const std::uint64_t limited = options_.count ? std::min(options_.count, target) : target;
    return limited > sent_ ? limited - sent_ : 0;
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
    static const std::uint8_t opt[11] = {0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0};
    for (int tries = 0; slots_[socket][next_id_[socket]].number && tries < 1000; ++tries) {
      ++next_id_[socket];
    }
    const std::uint16_t id = next_id_[socket]++;
    std::uint8_t* const out = out_[i];
    const std::uint8_t header[kHeader] = {std::uint8_t(id >> 8),
                                          std::uint8_t(id),
                                          1,
                                          0,
                                          0,
                                          1,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          std::uint8_t(options_.edns ? 1 : 0)};
    memcpy(out, header, kHeader);
    const std::size_t name = names_.write(out + kHeader, sent_);
    std::size_t size = kHeader + name;
    const std::uint8_t type_and_class[4] = {0, 1, 0, 1};
    memcpy(out + size, type_and_class, 4);
    size += 4;
    if (options_.edns) {
      memcpy(out + size, opt, sizeof opt);
      size += sizeof opt;
    }
    out_parts_[i] = {out, size};
    std::uint32_t address = 0;
    if (options_.verify) {
      std::uint8_t bytes[4];
      address_of(name_hash(out + kHeader, name - 1), bytes);
      memcpy(&address, bytes, 4);
    }
    book(socket, id, address, options_.open ? scheduled(sent_) : now);
  }

  void book(std::size_t socket, std::uint16_t id, std::uint32_t address, std::uint64_t at) {
    const auto number = std::uint32_t(sent_ + 1);
    slots_[socket][id] = {at, address, number};
    if (sent_ < records_.size()) records_[sent_] = {float(double(at - begin_) / 1e9), -1, kTimeout};
    deadlines_.push_back({at + timeout(), std::uint16_t(socket), id, number});
    ++sent_;
    ++in_flight_;
  }

  void flush(int fd, int count) {
    int done = 0;
    for (int tries = 0; done < count && tries < 50; ++tries) {
      const int sent = sendmmsg(fd, out_messages_ + done, unsigned(count - done), 0);
      if (sent > 0) {
        done += sent;
      } else {
        ++socket_errors_;
        if (errno != ECONNREFUSED) return;
      }
    }
  }

  void wait_and_receive(bool sending) {
    timespec limit{0, 20000000};
    if (sending && options_.open) {
      const std::int64_t left = std::int64_t(scheduled(sent_)) - std::int64_t(now_ns());
      limit = to_timespec(left < 25000 ? 0 : left);  // closer than 25 µs: no time to sleep
    }
    epoll_event events[64];
    const int count = epoll_pwait2(epoll_, events, 64, &limit, nullptr);
    for (int i = 0; i < count; ++i)
      receive(events[i].data.u32);
  }

  void receive(std::uint32_t socket) {
    const int count = recvmmsg(fds_[socket], in_messages_, kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno != EAGAIN) ++socket_errors_;
    const std::uint64_t now = now_ns();
    for (int i = 0; i < count; ++i) {
      const std::uint8_t* const reply = in_[i];
      const std::size_t size = in_messages_[i].msg_len;
      if (size < kHeader || !(reply[2] & 0x80)) continue;
      Slot& slot = slots_[socket][std::size_t(reply[0] << 8 | reply[1])];
      if (slot.number == 0) {
        ++late_;
        continue;
      }
      finish(slot, judge(reply, size, slot.address), now);
    }
  }

  [[nodiscard]] Outcome judge(const std::uint8_t* reply, std::size_t size, std::uint32_t a) const {
    switch (reply[3] & 15) {
      case 0:
        if (!options_.verify) return kOk;
        if (!(reply[6] | reply[7])) return kEmpty;
        return holds_address(reply, size, a) ? kOk : kWrong;
      case 2:
        return kServfail;
      case 3:
        return kNxdomain;
      case 5:
        return kRefused;
      default:
        return kOther;
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
    const double us = now > slot.scheduled ? double(now - slot.scheduled) / 1000 : 0;
    ++outcomes_[outcome];
    all_.add(us);
    if (outcome == kOk) ok_.add(us);
    if (slot.number <= records_.size()) {
      records_[slot.number - 1].latency_ms = float(us / 1000);
      records_[slot.number - 1].outcome = std::uint8_t(outcome);
    }
    slot.number = 0;
    --in_flight_;
  }

  Options options_;
  Names names_;
  int epoll_;
  std::vector<int> fds_;
  std::vector<std::uint16_t> next_id_;
  std::size_t next_socket_ = 0;
  std::vector<std::vector<Slot>> slots_;
  std::deque<Deadline> deadlines_;
  std::vector<Record> records_;
  std::uint64_t begin_ = 0, stopped_ = 0;
  std::uint64_t sent_ = 0, in_flight_ = 0, socket_errors_ = 0, late_ = 0;
  std::array<std::uint64_t, kOutcomes> outcomes_{};
  Histogram all_, ok_;
  std::uint8_t out_[kBatch][300], in_[kBatch][1500];
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
    else if (key == "--out")
      o.out = value;
    else if (key == "--start-at")
      o.start_at = stod(value);
    else {
      fprintf(stderr, "unknown option %s\n", key.c_str());
      exit(2);
    }
  }
  return o;
}

double cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  pin(options.cpu);
  const auto generator = std::make_unique<Generator>(options);
  const double before = cpu_seconds();
  generator->run();
  generator->print(cpu_seconds() - before);
  generator->write_records();
}
