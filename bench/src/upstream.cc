// Synthetic upstream: answers A/AAAA/TXT for any name, address = hash(name).
// UDP (recvmmsg/sendmmsg, SO_REUSEPORT threads) + TCP. Faults settable at start and at run time
// (SIGUSR1 toggles blackhole, SIGUSR2 toggles SERVFAIL, or "set k=v ..." to the --ctl UDP port).
#include <atomic>
#include <poll.h>
#include <queue>
#include <signal.h>
#include <string>
#include <thread>
#include <vector>

#include "common.h"

static std::atomic<int> g_delay_us{0}, g_jitter_us{0}, g_loss_ppm{0}, g_rcode{0}, g_ttl{300},
    g_trunc{0}, g_blackhole{0}, g_tcpconns{0};
static std::atomic<uint64_t> g_udp_q{0}, g_udp_r{0}, g_tcp_q{0}, g_drop{0};

static void on_usr1(int) {
  g_blackhole = !g_blackhole;
}

static void on_usr2(int) {
  g_rcode = g_rcode == 2 ? 0 : 2;
}

// Builds the response in place; returns its length, 0 to drop. cap: bytes available in p.
static size_t respond(uint8_t* p, size_t l, size_t cap, bool tcp) {
  if (l < 17 || (p[2] & 0x80) || p[4] || p[5] != 1) return 0;
  size_t q = 12;
  while (q < l && p[q]) {
    if (p[q] > 63) return 0;
    q += p[q] + 1;
  }
  if (q + 5 > l) return 0;
  size_t nlen = q - 12;
  uint16_t qtype = p[q + 1] << 8 | p[q + 2];
  q += 5;
  bool edns = (p[10] << 8 | p[11]) > 0;
  uint8_t rd = p[2] & 1;
  p[2] = 0x80 | (p[2] & 0x78) | rd;
  int rc = g_rcode.load(std::memory_order_relaxed);
  p[3] = 0x80 | (rc & 15);
  p[6] = p[7] = p[8] = p[9] = p[10] = p[11] = 0;
  uint8_t* o = p + q;
  (void)cap;
  uint32_t ttl = g_ttl.load(std::memory_order_relaxed);
  auto soa = [&] {
    static const uint8_t fix[] = {0, 0, 6, 0, 1};  // owner ".", type SOA, IN
    memcpy(o, fix, 5);
    o += 5;
    uint32_t t = htonl(ttl);
    memcpy(o, &t, 4);
    o += 4;
    static const uint8_t rd_[] = {
        0,  24,  1, 'a', 0, 0, /*mname a. rname .*/ 0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 3, 132, 0, 9,
        58, 128, 0, 0,   0, 60};
    memcpy(o, rd_, sizeof rd_);
    o += sizeof rd_;
    p[9] = 1;
  };
  if (g_trunc.load(std::memory_order_relaxed) && !tcp) {
    p[2] |= 2;
  } else if (rc == 3) {
    soa();
  } else if (rc == 0) {
    uint64_t h = name_hash(p + 12, nlen);
    auto rr = [&](uint16_t type, const void* d, uint16_t n) {
      uint8_t hd[12] = {0xc0,
                        0x0c,
                        uint8_t(type >> 8),
                        uint8_t(type),
                        0,
                        1,
                        uint8_t(ttl >> 24),
                        uint8_t(ttl >> 16),
                        uint8_t(ttl >> 8),
                        uint8_t(ttl),
                        uint8_t(n >> 8),
                        uint8_t(n)};
      memcpy(o, hd, 12);
      memcpy(o + 12, d, n);
      o += 12 + n;
      p[7] = 1;
    };
    if (nlen == 0)
      soa();
    else if (qtype == 1) {
      uint8_t a[4];
      hash_to_a(h, a);
      rr(1, a, 4);
    } else if (qtype == 28) {
      uint8_t a[16] = {0x24, 0x00};
      hash_to_a(h, a + 12);
      memcpy(a + 4, &h, 8);
      rr(28, a, 16);
    } else if (qtype == 16) {
      char t[20];
      t[0] = 16;
      snprintf(t + 1, 18, "%016llx", (unsigned long long)h);
      rr(16, t, 17);
    } else
      soa();
  }
  if (edns) {
    static const uint8_t opt[] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
    memcpy(o, opt, 11);
    o += 11;
    p[11] = 1;
  }
  return o - p;
}

struct Delayed {
  uint64_t due;
  sockaddr_in to;
  uint16_t len;
  uint8_t d[512];
};

struct Later {
  bool operator()(const Delayed* a, const Delayed* b) const { return a->due > b->due; }
};

static void udp_worker(sockaddr_in a, int idx) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int one = 1, sb = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &sb, sizeof sb);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sb, sizeof sb);
  if (bind(fd, (sockaddr*)&a, sizeof a)) die("bind udp");
  const int B = 64;
  static thread_local uint8_t b[B][1024];
  sockaddr_in from[B];
  iovec iov[B];
  mmsghdr m[B];
  std::priority_queue<Delayed*, std::vector<Delayed*>, Later> pq;
  std::vector<Delayed*> freelist;
  Rng rng(now_ns() + idx);
  for (;;) {
    uint64_t t = 0;
    timespec to{1, 0};
    if (!pq.empty()) {
      t = now_ns();
      int64_t d = int64_t(pq.top()->due) - int64_t(t);
      if (d < 0) d = 0;
      to = {time_t(d / 1000000000), long(d % 1000000000)};
    }
    pollfd pf{fd, POLLIN, 0};
    ppoll(&pf, 1, &to, nullptr);
    if (!pq.empty()) {
      t = now_ns();
      uint64_t sent = 0;
      while (!pq.empty() && pq.top()->due <= t) {
        Delayed* d = pq.top();
        pq.pop();
        if (!g_blackhole.load(std::memory_order_relaxed)) {
          sendto(fd, d->d, d->len, 0, (sockaddr*)&d->to, sizeof d->to);
          sent++;
        }
        freelist.push_back(d);
      }
      g_udp_r += sent;
    }
    for (int i = 0; i < B; i++) {
      iov[i] = {b[i], 900};
      m[i].msg_hdr = {&from[i], sizeof from[i], &iov[i], 1, nullptr, 0, 0};
    }
    int n = recvmmsg(fd, m, B, MSG_DONTWAIT, nullptr);
    if (n <= 0) continue;
    g_udp_q += n;
    if (g_blackhole.load(std::memory_order_relaxed)) {
      g_drop += n;
      continue;
    }
    int loss = g_loss_ppm, delay = g_delay_us, jit = g_jitter_us, k = 0;
    for (int i = 0; i < n; i++) {
      if (loss && int(rng.next() % 1000000) < loss) {
        g_drop++;
        continue;
      }
      size_t r = respond(b[i], m[i].msg_len, sizeof b[i], false);
      if (!r) {
        g_drop++;
        continue;
      }
      if (delay + jit > 0) {
        Delayed* d;
        if (freelist.empty())
          d = new Delayed;
        else {
          d = freelist.back();
          freelist.pop_back();
        }
        if (!t) t = now_ns();
        d->due = t + 1000ull * (delay + (jit ? rng.next() % jit : 0));
        d->to = from[i];
        d->len = r > 512 ? 512 : r;
        memcpy(d->d, b[i], d->len);
        pq.push(d);
      } else {
        iov[i].iov_len = r;
        m[k++].msg_hdr = m[i].msg_hdr;  // compact (k <= i)
      }
    }
    for (int s = 0; s < k;) {
      int r = sendmmsg(fd, m + s, k - s, 0);
      if (r <= 0) break;
      s += r;
    }
    g_udp_r += k;
  }
}

static bool rd_full(int fd, uint8_t* p, size_t n) {
  while (n) {
    ssize_t r = read(fd, p, n);
    if (r <= 0) return false;
    p += r;
    n -= r;
  }
  return true;
}

static void tcp_conn(int fd) {
  timeval tv{30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  static thread_local uint8_t b[70000];
  Rng rng(now_ns());
  while (rd_full(fd, b, 2)) {
    size_t l = b[0] << 8 | b[1];
    if (!rd_full(fd, b + 2, l)) break;
    g_tcp_q++;
    if (g_blackhole || l > 4000) {
      g_drop++;
      continue;
    }
    int d = g_delay_us + (g_jitter_us ? rng.next() % g_jitter_us : 0);
    if (d) usleep(d);
    size_t r = respond(b + 2, l, 4000, true);
    if (!r) break;
    b[0] = r >> 8;
    b[1] = r;
    if (write(fd, b, r + 2) < 0) break;
  }
  close(fd);
  g_tcpconns--;
}

static void tcp_accept(sockaddr_in a) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (sockaddr*)&a, sizeof a) || listen(fd, 1024)) die("bind tcp");
  for (;;) {
    int c = accept(fd, nullptr, nullptr);
    if (c < 0) continue;
    if (g_tcpconns.load() > 1000) {
      close(c);
      continue;
    }
    g_tcpconns++;
    std::thread(tcp_conn, c).detach();
  }
}

static void setkv(const std::string& k, const std::string& v) {
  double d = atof(v.c_str());
  if (k == "delay-ms")
    g_delay_us = d * 1000;
  else if (k == "jitter-ms")
    g_jitter_us = d * 1000;
  else if (k == "loss-pct")
    g_loss_ppm = d * 10000;
  else if (k == "ttl")
    g_ttl = d;
  else if (k == "truncate")
    g_trunc = d != 0;
  else if (k == "blackhole")
    g_blackhole = d != 0;
  else if (k == "rcode")
    g_rcode = v == "servfail"   ? 2
              : v == "nxdomain" ? 3
              : v == "refused"  ? 5
              : v == "noerror"  ? 0
                                : atoi(v.c_str());
}

static void ctl(sockaddr_in a) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (sockaddr*)&a, sizeof a)) die("bind ctl");
  char buf[1024];
  for (;;) {
    sockaddr_in f;
    socklen_t fl = sizeof f;
    ssize_t n = recvfrom(fd, buf, sizeof buf - 1, 0, (sockaddr*)&f, &fl);
    if (n < 0) continue;
    buf[n] = 0;
    char* sv = nullptr;
    for (char* t = strtok_r(buf, " \n", &sv); t; t = strtok_r(nullptr, " \n", &sv))
      if (char* e = strchr(t, '=')) {
        *e = 0;
        setkv(t, e + 1);
      }
    char out[400];
    int l = snprintf(out, sizeof out,
                     "{\"udp_q\":%llu,\"udp_r\":%llu,\"tcp_q\":%llu,\"drop\":%llu,\"blackhole\":%d,"
                     "\"rcode\":%d}",
                     (unsigned long long)g_udp_q, (unsigned long long)g_udp_r,
                     (unsigned long long)g_tcp_q, (unsigned long long)g_drop, g_blackhole.load(),
                     g_rcode.load());
    sendto(fd, out, l, 0, (sockaddr*)&f, fl);
  }
}

int main(int argc, char** argv) {
  sockaddr_in a = parse_addr("127.0.0.1:5301"), c{};
  int thr = 1, cpu = -1;
  bool hasctl = false;
  for (int i = 1; i < argc; i++) {
    std::string k = argv[i];
    auto val = [&] {
      if (i + 1 >= argc) exit(2);
      return argv[++i];
    };
    if (k == "--listen")
      a = parse_addr(val());
    else if (k == "--threads")
      thr = atoi(val());
    else if (k == "--cpu")
      cpu = atoi(val());
    else if (k == "--ctl") {
      c = parse_addr(val());
      hasctl = true;
    } else if (k == "--truncate")
      g_trunc = 1;
    else if (k == "--blackhole")
      g_blackhole = 1;
    else if (k.rfind("--", 0) == 0)
      setkv(k.substr(2), val());
  }
  pin(cpu);
  signal(SIGUSR1, on_usr1);
  signal(SIGUSR2, on_usr2);
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::thread> t;
  for (int i = 0; i < thr; i++)
    t.emplace_back(udp_worker, a, i);
  t.emplace_back(tcp_accept, a);
  if (hasctl) t.emplace_back(ctl, c);
  for (auto& x : t)
    x.join();
}
