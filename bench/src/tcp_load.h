// DNS load over TCP (RFC 7766), closed loop: each connection keeps its share of the window
// outstanding, and answers may come in any order. What one read brought is replaced by as many
// questions in one write. A connection that the server closes is opened anew; its questions count
// as timeouts.
#pragma once

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include "load.h"

class TcpGenerator {
 public:
  explicit TcpGenerator(const Options& options)
      : options_(options),
        names_(options.names, options.seed, options.zones),
        epoll_(epoll_create1(0)),
        connections_(std::size_t(options.tcp)) {
    const int share = std::max(1, options.window / options.tcp);
    while (int(index_mask_) < share - 1)
      index_mask_ = std::uint16_t(index_mask_ << 1 | 1);
    for (Connection& connection : connections_) {
      connection.slots.resize(std::size_t(share));
      open(connection);
    }
  }

  void run() {
    tally_.begin = wait_for_start(options_);
    const std::uint64_t end = tally_.begin + std::uint64_t(options_.duration * 1e9);
    for (Connection& connection : connections_)
      refill(connection, now_ns());
    for (std::uint64_t next_expiry = 0;;) {
      wait_and_serve();
      const std::uint64_t now = now_ns();
      if (sending_ && (now >= end || (options_.count && tally_.sent >= options_.count))) {
        sending_ = false;
        tally_.stopped = now;
      }
      if (now >= next_expiry) {
        expire(now);
        next_expiry = now + kExpiryPause;
      }
      const std::uint64_t patience = options_.timeout_ns() + kExpiryPause + kGrace;
      if (!sending_ && (tally_.in_flight == 0 || now > tally_.stopped + patience)) return;
    }
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  static constexpr std::uint64_t kExpiryPause = 100000000;  // ns

  struct Slot {
    std::uint64_t since = 0;  // 0: free
    std::uint32_t address = 0;
    std::uint16_t id = 0;
  };

  // The low bits of an id are the slot's index; the rest counts up, so that a late answer is known.
  struct Connection {
    int fd = -1;
    std::vector<Slot> slots;
    std::uint16_t generation = 0;
    std::size_t held = 0;  // bytes of `in`
    std::array<std::uint8_t, 1 << 17> in;
    std::vector<std::uint8_t> out;
    bool blocked = false;  // waits for EPOLLOUT
  };

  void open(Connection& connection) {
    sockaddr_in server = options_.server;
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{2, 0};  // of connect()
    setsockopt(connection.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&server), sizeof server)) die("connect");
    const int one = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    connection.held = 0;
    connection.out.clear();
    connection.blocked = false;
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }

  void watch(Connection& connection, int what, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, what, connection.fd, &event);
  }

  void reopen(Connection& connection) {
    ++tally_.socket_errors;
    close(connection.fd);
    const std::uint64_t now = now_ns();
    for (Slot& slot : connection.slots) {
      if (slot.since) finish(slot, kTimeout, now);
    }
    open(connection);
    refill(connection, now);
  }

  void refill(Connection& connection, std::uint64_t now) {
    if (!sending_) return;
    for (std::size_t i = 0; i < connection.slots.size(); ++i) {
      if (connection.slots[i].since) continue;
      if (options_.count && tally_.sent >= options_.count) break;
      ask(connection, i, now);
    }
    flush(connection);
  }

  void ask(Connection& connection, std::size_t index, std::uint64_t now) {
    const auto count = std::uint16_t(++connection.generation * (index_mask_ + 1u));
    const auto id = std::uint16_t(count | index);
    std::uint8_t frame[2 + kQuestionRoom];
    const Question question = write_question(options_, names_, tally_.sent, id, frame + 2);
    frame[0] = std::uint8_t(question.size >> 8);
    frame[1] = std::uint8_t(question.size);
    connection.out.insert(connection.out.end(), frame, frame + 2 + question.size);
    connection.slots[index] = {now, question.address, id};
    ++tally_.sent;
    ++tally_.in_flight;
  }

  void flush(Connection& connection) {
    while (!connection.out.empty()) {
      const ssize_t sent =
          send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // full, or closed: the next read tells
      connection.out.erase(connection.out.begin(), connection.out.begin() + sent);
    }
    const bool blocked = !connection.out.empty();
    if (blocked != connection.blocked) {
      connection.blocked = blocked;
      watch(connection, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
  }

  void wait_and_serve() {
    epoll_event events[64];
    const int count = epoll_wait(epoll_, events, 64, 20);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (events[i].events & EPOLLOUT) flush(connection);
      if (events[i].events & ~std::uint32_t(EPOLLOUT)) receive(connection);
    }
  }

  void receive(Connection& connection) {
    std::uint8_t* const in = connection.in.data();
    const ssize_t got =
        recv(connection.fd, in + connection.held, connection.in.size() - connection.held, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return reopen(connection);
    connection.held += std::size_t(got);
    const std::uint64_t now = now_ns();
    std::size_t at = 0;
    while (at + 2 <= connection.held) {
      const std::size_t size = std::size_t(in[at] << 8 | in[at + 1]);
      if (at + 2 + size > connection.held) break;
      take(connection, in + at + 2, size, now);
      at += 2 + size;
    }
    connection.held -= at;
    memmove(in, in + at, connection.held);
    refill(connection, now);
  }

  void take(Connection& connection, const std::uint8_t* reply, std::size_t size,
            std::uint64_t now) {
    if (!is_reply(reply, size)) return;
    const std::uint16_t id = id_of(reply);
    const std::size_t index = id & index_mask_;
    if (index >= connection.slots.size() || !connection.slots[index].since ||
        connection.slots[index].id != id) {
      ++tally_.late;
      return;
    }
    Slot& slot = connection.slots[index];
    finish(slot, judge(options_, reply, size, slot.address), now);
  }

  void expire(std::uint64_t now) {
    for (Connection& connection : connections_) {
      for (Slot& slot : connection.slots) {
        if (slot.since && slot.since + options_.timeout_ns() <= now) finish(slot, kTimeout, now);
      }
      refill(connection, now);
    }
  }

  void finish(Slot& slot, Outcome outcome, std::uint64_t now) {
    tally_.finish(slot.since, outcome, now);
    slot.since = 0;
  }

  Options options_;
  Names names_;
  Tally tally_;
  int epoll_;
  bool sending_ = true;
  std::uint16_t index_mask_ = 0;
  std::vector<Connection> connections_;
};
