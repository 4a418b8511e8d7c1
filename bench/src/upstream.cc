// A synthetic upstream: answers any name (hashed_reply.h) over UDP and TCP, with faults that are
// set by options or, while it runs, by "key=value ..." to the --ctl UDP port, which answers its
// counters. SIGUSR1 toggles the blackhole, SIGUSR2 SERVFAIL.

#include <atomic>
#include <memory>
#include <poll.h>
#include <queue>
#include <signal.h>
#include <thread>
#include <vector>

#include "hashed_reply.h"

namespace {

constexpr int kServfail = 2;
constexpr int kTcpConnections = 1000;
constexpr std::size_t kTcpQuery = 4000;

struct Faults {
  std::atomic<int> delay_us{0}, jitter_us{0}, loss_ppm{0}, rcode{0}, ttl{300};
  std::atomic<bool> truncate{false}, blackhole{false};

  [[nodiscard]] ReplyStyle style(bool tcp) const {
    return {rcode, std::uint32_t(ttl.load()), truncate && !tcp};
  }

  std::uint64_t delay_ns(Numbers& numbers) const {
    const int jitter = jitter_us;
    const std::uint64_t extra = jitter ? numbers.next() % std::uint64_t(jitter) : 0;
    return 1000ull * (std::uint64_t(delay_us.load()) + extra);
  }
};

struct Counters {
  std::atomic<std::uint64_t> udp_questions{0}, udp_replies{0}, tcp_questions{0}, dropped{0};
};

Faults faults;
Counters counters;
std::atomic<int> tcp_connections{0};

void on_signal(int number) {
  if (number == SIGUSR1) faults.blackhole = !faults.blackhole;
  if (number == SIGUSR2) faults.rcode = faults.rcode == kServfail ? 0 : kServfail;
}

struct DelayedReply {
  std::uint64_t due;
  sockaddr_in to;
  std::size_t size;
  std::uint8_t bytes[512];
};

struct DueLater {
  bool operator()(const DelayedReply* a, const DelayedReply* b) const { return a->due > b->due; }
};

// One UDP thread: batches in, batches out, replies that must wait in a heap.
class UdpWorker {
 public:
  UdpWorker(sockaddr_in address, int index)
      : fd_(bind_udp(address, SOCK_NONBLOCK)), numbers_(now_ns() + std::uint64_t(index)) {}

  [[noreturn]] void run() {
    for (;;) {
      wait();
      send_due();
      serve_batch();
    }
  }

 private:
  void wait() {
    timespec limit{1, 0};
    if (!waiting_.empty()) {
      limit = to_timespec(std::int64_t(waiting_.top()->due) - std::int64_t(now_ns()));
    }
    pollfd readable{fd_, POLLIN, 0};
    ppoll(&readable, 1, &limit, nullptr);
  }

  void send_due() {
    if (waiting_.empty()) return;
    const std::uint64_t now = now_ns();
    while (!waiting_.empty() && waiting_.top()->due <= now) {
      DelayedReply* reply = waiting_.top();
      waiting_.pop();
      if (!faults.blackhole) {
        sendto(fd_, reply->bytes, reply->size, 0, reinterpret_cast<sockaddr*>(&reply->to),
               sizeof reply->to);
        ++counters.udp_replies;
      }
      free_.push_back(reply);
    }
  }

  void serve_batch() {
    for (int i = 0; i < kBatch; ++i) {
      parts_[i] = {buffers_[i], 900};
      messages_[i].msg_hdr = {&from_[i], sizeof from_[i], &parts_[i], 1, nullptr, 0, 0};
    }
    const int count = recvmmsg(fd_, messages_, kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    counters.udp_questions += std::uint64_t(count);
    int ready = 0;
    for (int i = 0; i < count; ++i) {
      const std::size_t size = lost() ? 0 : reply_to(i);
      if (size == 0) {
        ++counters.dropped;
      } else if (const std::uint64_t delay = faults.delay_ns(numbers_)) {
        postpone(i, size, delay);
      } else {
        parts_[i].iov_len = size;
        messages_[ready++].msg_hdr = messages_[i].msg_hdr;  // ready <= i
      }
    }
    send_all(fd_, messages_, ready);
    counters.udp_replies += std::uint64_t(ready);
  }

  bool lost() {
    const int loss = faults.loss_ppm;
    return faults.blackhole || (loss && int(numbers_.next() % 1000000) < loss);
  }

  std::size_t reply_to(int i) {
    return HashedReply(buffers_[i], messages_[i].msg_len, faults.style(false)).build();
  }

  void postpone(int i, std::size_t size, std::uint64_t delay) {
    if (free_.empty()) {
      owned_.push_back(std::make_unique<DelayedReply>());
      free_.push_back(owned_.back().get());
    }
    DelayedReply* reply = free_.back();
    free_.pop_back();
    reply->due = now_ns() + delay;
    reply->to = from_[i];
    reply->size = size < sizeof reply->bytes ? size : sizeof reply->bytes;
    memcpy(reply->bytes, buffers_[i], reply->size);
    waiting_.push(reply);
  }

  int fd_;
  Numbers numbers_;
  std::uint8_t buffers_[kBatch][1024];
  sockaddr_in from_[kBatch];
  iovec parts_[kBatch];
  mmsghdr messages_[kBatch];
  std::vector<std::unique_ptr<DelayedReply>> owned_;
  std::vector<DelayedReply*> free_;
  std::priority_queue<DelayedReply*, std::vector<DelayedReply*>, DueLater> waiting_;
};

void serve_udp(sockaddr_in address, int index) {
  std::make_unique<UdpWorker>(address, index)->run();
}

bool read_fully(int fd, std::uint8_t* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(fd, bytes, size);
    if (got <= 0) return false;
    bytes += got;
    size -= std::size_t(got);
  }
  return true;
}

// One connection, one question after the other.
void serve_connection(int fd) {
  const timeval patience{30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<std::uint8_t> frame(70000);
  std::uint8_t* message = frame.data() + 2;
  Numbers numbers(now_ns());
  while (read_fully(fd, frame.data(), 2)) {
    const std::size_t size = std::size_t(frame[0] << 8 | frame[1]);
    if (!read_fully(fd, message, size)) break;
    ++counters.tcp_questions;
    if (faults.blackhole || size > kTcpQuery) {
      ++counters.dropped;
      continue;
    }
    if (const std::uint64_t delay = faults.delay_ns(numbers)) usleep(unsigned(delay / 1000));
    const std::size_t reply = HashedReply(message, size, faults.style(true)).build();
    if (reply == 0) break;
    frame[0] = std::uint8_t(reply >> 8);
    frame[1] = std::uint8_t(reply);
    if (write(fd, frame.data(), reply + 2) < 0) break;
  }
  close(fd);
  --tcp_connections;
}

void serve_tcp(sockaddr_in address) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) || listen(fd, 1024)) {
    die("bind tcp");
  }
  for (;;) {
    const int client = accept(fd, nullptr, nullptr);
    if (client < 0) continue;
    if (tcp_connections >= kTcpConnections) {
      close(client);
      continue;
    }
    ++tcp_connections;
    std::thread(serve_connection, client).detach();
  }
}

int parse_rcode(const std::string& text) {
  if (text == "noerror") return 0;
  if (text == "servfail") return kServfail;
  if (text == "nxdomain") return kNxdomain;
  if (text == "refused") return 5;
  return atoi(text.c_str());
}

void set_fault(const std::string& key, const std::string& value) {
  const double number = atof(value.c_str());
  if (key == "delay-ms") faults.delay_us = int(number * 1000);
  if (key == "jitter-ms") faults.jitter_us = int(number * 1000);
  if (key == "loss-pct") faults.loss_ppm = int(number * 10000);
  if (key == "ttl") faults.ttl = int(number);
  if (key == "truncate") faults.truncate = number != 0;
  if (key == "blackhole") faults.blackhole = number != 0;
  if (key == "rcode") faults.rcode = parse_rcode(value);
}

std::string counters_as_json() {
  const auto text = [](std::uint64_t n) { return std::to_string(n); };
  return "{\"udp_q\":" + text(counters.udp_questions) + ",\"udp_r\":" + text(counters.udp_replies) +
         ",\"tcp_q\":" + text(counters.tcp_questions) + ",\"drop\":" + text(counters.dropped) +
         ",\"blackhole\":" + (faults.blackhole ? "1" : "0") +
         ",\"rcode\":" + std::to_string(faults.rcode) + "}";
}

void serve_control(sockaddr_in address) {
  const int fd = bind_udp(address);
  char line[1024];
  for (;;) {
    sockaddr_in from;
    socklen_t from_size = sizeof from;
    auto* const client = reinterpret_cast<sockaddr*>(&from);
    const ssize_t size = recvfrom(fd, line, sizeof line - 1, 0, client, &from_size);
    if (size < 0) continue;
    line[size] = 0;
    char* rest = nullptr;
    for (char* word = strtok_r(line, " \n", &rest); word; word = strtok_r(nullptr, " \n", &rest)) {
      if (char* const equals = strchr(word, '=')) {
        set_fault(std::string(word, equals), equals + 1);
      }
    }
    const std::string reply = counters_as_json();
    sendto(fd, reply.data(), reply.size(), 0, client, from_size);
  }
}

}  // namespace

// upstream --listen IP:PORT [--ctl IP:PORT] [--threads N] [--cpu N] [--FAULT VALUE]...
int main(int argc, char** argv) {
  sockaddr_in address = parse_address("127.0.0.1:5301");
  std::vector<std::thread> threads;
  int workers = 1;
  int cpu = -1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const char* const value = argv[i + 1];
    if (key == "--listen") {
      address = parse_address(value);
    } else if (key == "--ctl") {
      threads.emplace_back(serve_control, parse_address(value));
    } else if (key == "--threads") {
      workers = atoi(value);
    } else if (key == "--cpu") {
      cpu = atoi(value);
    } else {
      set_fault(key.substr(2), value);
    }
  }
  pin(cpu);
  signal(SIGUSR1, on_signal);
  signal(SIGUSR2, on_signal);
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < workers; ++i)
    threads.emplace_back(serve_udp, address, i);
  threads.emplace_back(serve_tcp, address);
  for (auto& thread : threads)
    thread.join();
}
