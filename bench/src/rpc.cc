// An endpoint of a chain that replays what a node once said: JSON-RPC over HTTP/1.1, on loopback,
// each reply after a fixed time, as far away providers give it. What it says to an eth_call depends
// on the function and on how long its data are, so that one recorded name stands for all of its
// shape (bench/ens.py).
//
//   rpc --listen 127.0.0.1:18545 --transcript FILE [--delay-ms 20] [--lie ab]
//
// The transcript has a line for each reply: "KEY JSON", where KEY is a method, or, of an eth_call,
// its selector and the length of its data: "a1cbcbaf/266", and JSON the members "result" or
// "error". With --lie the address 192.0.2.99 in replies becomes 203.0.113.X. Prints its counts at
// its end.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <netinet/tcp.h>
#include <signal.h>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  unsigned generation = 0;  // a descriptor is used again
  std::string in, out;
};

struct Due {
  Clock::time_point at;
  int fd;
  unsigned generation;
  std::string reply;
};

volatile sig_atomic_t stopping = 0;

[[noreturn]] void fail(const char* what) {
  perror(what);
  exit(1);
}

std::string text_after(const std::string& body, const char* mark) {
  const auto at = body.find(mark);
  if (at == std::string::npos) return {};
  const auto from = at + strlen(mark);
  return body.substr(from, body.find_first_of("\",}", from) - from);
}

class Endpoint {
 public:
  Endpoint(const char* transcript, std::chrono::milliseconds delay, const std::string& lie)
      : delay_(delay) {
    std::ifstream file(transcript);
    for (std::string key, json; file >> key && std::getline(file, json);) {
      for (auto at = json.find("c0000263"); !lie.empty() && at != std::string::npos;
           at = json.find("c0000263", at))
        json.replace(at, 8, "cb0071" + lie);
      replies_[key] = json.substr(1);
    }
    if (replies_.empty()) fail("transcript");
  }

  void run(int listener) {
    epoll_ = epoll_create1(0);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    epoll_event events[256];
    while (!stopping) {
      const int count = epoll_wait(epoll_, events, 256, patience());
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener) {
          accept_all(listener);
        } else {
          on_event(events[i].data.fd, events[i].events);
        }
      }
      send_due();
    }
    printf("{\"calls\": %llu, \"others\": %llu, \"unknown\": %llu, \"connections\": %zu}\n", calls_,
           others_, unknown_, most_open_);
  }

 private:
  void watch(int fd, std::uint32_t what, int how) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    epoll_ctl(epoll_, how, fd, &event);
  }

  [[nodiscard]] int patience() const {
    if (due_.empty()) return 100;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.front().at - Clock::now());
    return int(std::clamp<long>(long(left.count()), 0, 100));
  }

  void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Connection fresh;
      fresh.generation = ++generations_;
      open_[fd] = std::move(fresh);
      most_open_ = std::max(most_open_, open_.size());
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void drop(int fd) {
    close(fd);
    open_.erase(fd);
  }

  void on_event(int fd, std::uint32_t what) {
    const auto found = open_.find(fd);
    if (found == open_.end()) return;
    if (what & EPOLLOUT) flush(fd, found->second);
    char buffer[65536];
    for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) != -1;) {
      if (got == 0) return drop(fd);
      found->second.in.append(buffer, std::size_t(got));
    }
    if (errno != EAGAIN) return drop(fd);
    while (take_request(fd, found->second)) {
    }
  }

  bool take_request(int fd, Connection& connection) {
    const auto head = connection.in.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const char* length = strcasestr(connection.in.c_str(), "content-length:");
    const std::size_t size = length ? strtoul(length + 15, nullptr, 10) : 0;
    if (connection.in.size() < head + 4 + size) return false;
    const std::string body = connection.in.substr(head + 4, size);
    connection.in.erase(0, head + 4 + size);
    due_.push_back({Clock::now() + delay_, fd, connection.generation, reply_to(body)});
    return true;
  }

  std::string reply_to(const std::string& body) {
    std::string key = text_after(body, "\"method\":\"");
    if (key == "eth_call") {
      const std::string data = text_after(body, "\"data\":\"0x");
      key = data.substr(0, 8) + "/" + std::to_string(data.size());
      ++calls_;
    } else {
      ++others_;
    }
    const auto known = replies_.find(key);
    if (known == replies_.end() && ++unknown_ <= 3) fprintf(stderr, "unknown: %s\n", key.c_str());
    const std::string said =
        known != replies_.end()
            ? known->second
            : "\"error\":{\"code\":-32603,\"message\":\"not in the transcript\"}";
    const std::string json =
        "{\"jsonrpc\":\"2.0\",\"id\":" + text_after(body, "\"id\":") + "," + said + "}";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(json.size()) + "\r\n\r\n" + json;
  }

  void send_due() {
    const auto now = Clock::now();
    for (; !due_.empty() && due_.front().at <= now; due_.pop_front()) {
      const Due& due = due_.front();
      const auto found = open_.find(due.fd);
      if (found == open_.end() || found->second.generation != due.generation) continue;
      found->second.out += due.reply;
      flush(due.fd, found->second);
    }
  }

  void flush(int fd, Connection& connection) const {
    const ssize_t sent = send(fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.out.erase(0, std::size_t(sent));
    watch(fd, connection.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }

  const std::chrono::milliseconds delay_;
  std::map<std::string, std::string> replies_;
  int epoll_ = -1;
  std::map<int, Connection> open_;
  std::deque<Due> due_;  // all wait equally long
  unsigned generations_ = 0;
  std::size_t most_open_ = 0;
  unsigned long long calls_ = 0, others_ = 0, unknown_ = 0;
};

int listen_at(const std::string& where) {
  const auto colon = where.rfind(':');
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(std::uint16_t(atoi(where.c_str() + colon + 1)));
  if (inet_pton(AF_INET, where.substr(0, colon).c_str(), &at.sin_addr) != 1 ||
      (ntohl(at.sin_addr.s_addr) >> 24) != 127) {
    fprintf(stderr, "only addresses of 127.0.0.0/8\n");
    exit(2);
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(fd, 1024) != 0)
    fail("listen");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--delay-ms", "20"}};
  for (int i = 1; i + 1 < argc; i += 2)
    options[argv[i]] = argv[i + 1];
  signal(SIGTERM, [](int) { stopping = 1; });
  signal(SIGINT, [](int) { stopping = 1; });
  signal(SIGPIPE, SIG_IGN);
  Endpoint endpoint(options["--transcript"].c_str(),
                    std::chrono::milliseconds(atoi(options["--delay-ms"].c_str())),
                    options["--lie"]);
  endpoint.run(listen_at(options["--listen"]));
}
