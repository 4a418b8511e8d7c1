// Shared by upstream/echo/loadgen: time, address parsing, name hash.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sched.h>
#include <stdint.h>

static inline uint64_t now_ns() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return uint64_t(ts.tv_sec) * 1000000000ull + ts.tv_nsec;
}

static inline void die(const char* m) {
  perror(m);
  exit(1);
}

static inline sockaddr_in parse_addr(const char* s) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  char buf[64];
  snprintf(buf, sizeof buf, "%s", s);
  char* c = strchr(buf, ':');
  if (!c) {
    fprintf(stderr, "bad address %s (want ip:port)\n", s);
    exit(2);
  }
  *c = 0;
  if (inet_pton(AF_INET, buf, &a.sin_addr) != 1 || (ntohl(a.sin_addr.s_addr) >> 24) != 127) {
    fprintf(stderr, "only 127.0.0.0/8 is allowed: %s\n", s);
    exit(2);
  }
  a.sin_port = htons(atoi(c + 1));
  return a;
}

static inline void pin(int cpu) {
  if (cpu < 0) return;
  cpu_set_t s;
  CPU_ZERO(&s);
  CPU_SET(cpu, &s);
  sched_setaffinity(0, sizeof s, &s);
}

// FNV-1a over the lower-cased wire-format name (label lengths included, root excluded).
static inline uint64_t name_hash(const uint8_t* q, size_t n) {
  uint64_t h = 1469598103934665603ull;
  for (size_t i = 0; i < n; i++) {
    uint8_t c = q[i];
    if (c >= 'A' && c <= 'Z') c |= 0x20;
    h = (h ^ c) * 1099511628211ull;
  }
  h ^= h >> 29;
  h *= 0xbf58476d1ce4e5b9ull;
  h ^= h >> 32;
  return h;
}

static inline void hash_to_a(uint64_t h, uint8_t out[4]) {
  out[0] = 11 + (h >> 24) % 100;  // 11..110: never 127/8, 0/8 or 10/8
  out[1] = h >> 16;
  out[2] = h >> 8;
  out[3] = h;
}

struct Rng {
  uint64_t s;

  explicit Rng(uint64_t seed) : s(seed) {
    s = next() ^ (seed << 40);
    s = next();
  }  // hashed: seeds give unrelated streams

  uint64_t next() {
    uint64_t z = (s += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  double unit() { return (next() >> 11) * (1.0 / 9007199254740992.0); }
};
