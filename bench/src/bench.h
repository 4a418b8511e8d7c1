// What upstream, echo and loadgen share: time, loopback addresses, the address that belongs to a
// name, random numbers. They answer and check the same addresses by `address_of`.
#pragma once

#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

constexpr int kBatch = 64;  // datagrams per recvmmsg or sendmmsg
constexpr int kSocketBuffer = 4 << 20;
constexpr std::size_t kHeader = 12;

inline std::uint64_t now_ns() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return std::uint64_t(ts.tv_sec) * 1000000000ull + std::uint64_t(ts.tv_nsec);
}

inline timespec to_timespec(std::int64_t ns) {
  if (ns < 0) ns = 0;
  return {time_t(ns / 1000000000), long(ns % 1000000000)};
}

[[noreturn]] inline void die(const char* what) {
  perror(what);
  exit(1);
}

// "127.0.0.1:5300"; anything that is not loopback ends the program: this is no tool to aim at
// others.
inline sockaddr_in parse_address(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.find(':');
  const std::string host = text.substr(0, colon);
  if (colon == std::string::npos || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
      (ntohl(address.sin_addr.s_addr) >> 24) != 127) {
    fprintf(stderr, "bad address %s: want 127.x.y.z:port\n", text.c_str());
    exit(2);
  }
  address.sin_port = htons(std::uint16_t(atoi(text.c_str() + colon + 1)));
  return address;
}

inline void pin(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

inline void widen_buffers(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
}

// A bound UDP socket that shares its address with those of the other threads.
inline int bind_udp(sockaddr_in address, int flags = 0) {
  const int fd = socket(AF_INET, SOCK_DGRAM | flags, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  widen_buffers(fd);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address)) die("bind udp");
  return fd;
}

inline void send_all(int fd, mmsghdr* messages, int count) {
  while (count > 0) {
    const int sent = sendmmsg(fd, messages, unsigned(count), 0);
    if (sent <= 0) return;
    messages += sent;
    count -= sent;
  }
}

// FNV-1a over the lower-cased wire-format name (label lengths included, root excluded), mixed.
inline std::uint64_t name_hash(const std::uint8_t* name, std::size_t size) {
  std::uint64_t hash = 1469598103934665603ull;
  for (std::size_t i = 0; i < size; ++i) {
    std::uint8_t byte = name[i];
    if (byte >= 'A' && byte <= 'Z') byte |= 0x20;
    hash = (hash ^ byte) * 1099511628211ull;
  }
  hash ^= hash >> 29;
  hash *= 0xbf58476d1ce4e5b9ull;
  return hash ^ hash >> 32;
}

// The IPv4 address every upstream gives a name: 11..110.x.y.z, never 127/8, 0/8 or 10/8.
inline void address_of(std::uint64_t hash, std::uint8_t out[4]) {
  out[0] = std::uint8_t(11 + (hash >> 24) % 100);
  out[1] = std::uint8_t(hash >> 16);
  out[2] = std::uint8_t(hash >> 8);
  out[3] = std::uint8_t(hash);
}

// splitmix64; the seed is hashed, so that neighbouring seeds give unrelated streams.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {
    state_ = next() ^ (seed << 40);
    state_ = next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};
