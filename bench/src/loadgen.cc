// DNS/UDP load generator: closed loop (fixed window) or open loop (fixed schedule, latency counted
// from the SCHEDULED time, so a stalled server cannot hide its stall). Checks each answer's
// address.
#include <algorithm>
#include <cmath>
#include <deque>
#include <poll.h>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <vector>

#include "common.h"

enum {
  OK = 0,
  SERVFAIL = 1,
  REFUSED = 2,
  NXDOMAIN = 3,
  TIMEOUT = 4,
  WRONG = 5,
  EMPTY = 6,
  OTHER = 7,
  NOUT = 8
};

static const char* ONAME[] = {"ok",      "servfail", "refused", "nxdomain",
                              "timeout", "wrong",    "empty",   "other"};

struct Slot {
  uint64_t sched;
  uint32_t ahash;
  uint32_t seq;
};  // seq 0 = free

struct Exp {
  uint64_t at;
  uint16_t sock, id;
  uint32_t seq;
};

#pragma pack(push, 1)

struct Rec {
  float sent_s;
  float lat_ms;
  uint8_t out;
};

#pragma pack(pop)

struct Hist {  // log buckets, 1% wide, from 1 us
  std::vector<uint64_t> b = std::vector<uint64_t>(2400);
  uint64_t n = 0;
  double max = 0, sum = 0;

  void add(double us) {
    n++;
    sum += us;
    if (us > max) max = us;
    int i = us <= 1 ? 0 : int(std::log(us) / std::log(1.01));
    b[std::min(i, 2399)]++;
  }

  double pct(double p) {
    if (!n) return 0;
    uint64_t want = std::ceil(p * n), c = 0;
    for (int i = 0; i < 2400; i++)
      if ((c += b[i]) >= want) return std::min(max, std::pow(1.01, i + 0.5));
    return max;
  }
};

struct Alias {  // Zipf sampler
  std::vector<float> prob;
  std::vector<uint32_t> al;

  void init(size_t n, double s) {
    std::vector<double> p(n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += p[i] = std::pow(i + 1.0, -s);
    prob.resize(n);
    al.resize(n);
    std::vector<uint32_t> sm, lg;
    for (size_t i = 0; i < n; i++) {
      p[i] = p[i] * n / sum;
      (p[i] < 1 ? sm : lg).push_back(i);
    }
    while (!sm.empty() && !lg.empty()) {
      uint32_t a = sm.back(), b = lg.back();
      sm.pop_back();
      lg.pop_back();
      prob[a] = p[a];
      al[a] = b;
      p[b] -= 1 - p[a];
      (p[b] < 1 ? sm : lg).push_back(b);
    }
    for (auto i : sm)
      prob[i] = 1, al[i] = i;
    for (auto i : lg)
      prob[i] = 1, al[i] = i;
  }

  uint32_t pick(Rng& r) {
    uint64_t x = r.next();
    uint32_t i = (x >> 32) % prob.size();
    return (x & 0xffffff) / 16777216.0 < prob[i] ? i : al[i];
  }
};

int main(int argc, char** argv) {
  sockaddr_in srv = parse_addr("127.0.0.1:5300");
  std::string mode = "closed", names = "seq:10000:h", outf, src;
  double qps = 1000, dur = 5, tmo = 1000, start_at = 0;
  int window = 200, nsock = 16, cpu = -1;
  uint64_t count = 0, seed = 1;
  bool verify = true, edns = false;
  int qtype = 1;
  for (int i = 1; i < argc; i++) {
    std::string k = argv[i];
    auto val = [&] {
      if (i + 1 >= argc) exit(2);
      return argv[++i];
    };
    if (k == "--server")
      srv = parse_addr(val());
    else if (k == "--closed") {
      mode = "closed";
      window = atoi(val());
    } else if (k == "--open") {
      mode = "open";
      qps = atof(val());
    } else if (k == "--duration")
      dur = atof(val());
    else if (k == "--timeout-ms")
      tmo = atof(val());
    else if (k == "--names")
      names = val();
    else if (k == "--socks")
      nsock = atoi(val());
    else if (k == "--cpu")
      cpu = atoi(val());
    else if (k == "--count")
      count = strtoull(val(), 0, 10);
    else if (k == "--seed")
      seed = strtoull(val(), 0, 10);
    else if (k == "--out")
      outf = val();
    else if (k == "--start-at")
      start_at = atof(val());  // CLOCK_MONOTONIC seconds
    else if (k == "--no-verify")
      verify = false;
    else if (k == "--edns")
      edns = true;
    else {
      fprintf(stderr, "unknown option %s\n", k.c_str());
      return 2;
    }
  }
  pin(cpu);
  // names spec: seq:N:prefix (round robin), rand:N:prefix (uniform), uniq:prefix, zipf:S:N:prefix
  std::vector<std::string> f;
  {
    size_t p = 0, c;
    while ((c = names.find(':', p)) != std::string::npos) {
      f.push_back(names.substr(p, c - p));
      p = c + 1;
    }
    f.push_back(names.substr(p));
  }
  std::string kind = f[0], prefix = f.back();
  uint64_t N = kind == "uniq" ? 0 : strtoull(f[f.size() - 2].c_str(), 0, 10);
  Alias zipf;
  if (kind == "zipf") zipf.init(N, atof(f[1].c_str()));
  Rng rng(seed);
  uint64_t uniq_base =
      rng.next() ^ (now_ns() << 12);  // new names on every run, also when a noisy run is repeated

  int ep = epoll_create1(0);
  std::vector<int> fd(nsock);
  std::vector<uint16_t> nid(nsock);
  for (int i = 0; i < nsock; i++) {
    fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int sb = 4 << 20;
    setsockopt(fd[i], SOL_SOCKET, SO_RCVBUF, &sb, sizeof sb);
    setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &sb, sizeof sb);
    if (connect(fd[i], (sockaddr*)&srv, sizeof srv)) die("connect");
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u32 = i;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &e);
    nid[i] = rng.next();
  }
  std::vector<std::vector<Slot>> slot(nsock, std::vector<Slot>(65536));
  std::deque<Exp> exps;
  std::vector<Rec> recs;
  if (!outf.empty()) recs.resize(mode == "open" ? size_t(qps * dur) + 16 : 0);
  bool keep = !recs.empty();
  uint64_t outc[NOUT] = {}, sent = 0, outstanding = 0, sockerr = 0, late = 0;
  Hist all, okh;
  const int B = 64;
  static uint8_t ob[B][300], ib[B][1500];
  static mmsghdr om[B], im[B];
  static iovec oi[B], ii[B];
  for (int i = 0; i < B; i++) {
    ii[i] = {ib[i], 1500};
    im[i].msg_hdr = {};
    im[i].msg_hdr.msg_iov = &ii[i];
    im[i].msg_hdr.msg_iovlen = 1;
    om[i].msg_hdr = {};
    om[i].msg_hdr.msg_iov = &oi[i];
    om[i].msg_hdr.msg_iovlen = 1;
  }

  auto mkname = [&](uint8_t* o) -> size_t {  // label + fixed suffix d.benchzone.com
    char lab[64];
    int n;
    if (kind == "uniq") {
      uint64_t x = uniq_base + sent;
      x = (x ^ (x >> 31)) * 0x7fb5d329728ea185ull;
      x ^= x >> 27;
      n = snprintf(lab, 64, "%s%013llx", prefix.c_str(),
                   (unsigned long long)(x & 0xfffffffffffffull));
    } else {
      uint64_t k = kind == "seq" ? sent % N : kind == "rand" ? rng.next() % N : zipf.pick(rng);
      char t[24];
      int d = 0;
      do
        t[d++] = '0' + k % 10;
      while (k /= 10);
      n = prefix.size();
      memcpy(lab, prefix.data(), n);
      while (d)
        lab[n++] = t[--d];
    }
    o[0] = n;
    memcpy(o + 1, lab, n);
    static const uint8_t suf[] = {9,   'b', 'e', 'n', 'c', 'h', 'z', 'o',
                                  'n', 'e', 3,   'c', 'o', 'm', 0};
    memcpy(o + 1 + n, suf, sizeof suf);
    return 1 + n + sizeof suf;
  };
  auto finish = [&](Slot& s, int oc, uint64_t t) {
    double us = t > s.sched ? (t - s.sched) / 1000.0 : 0;
    outc[oc]++;
    all.add(us);
    if (oc == OK) okh.add(us);
    if (keep && s.seq - 1 < recs.size()) {
      recs[s.seq - 1].lat_ms = us / 1000;
      recs[s.seq - 1].out = oc;
    }
    s.seq = 0;
    outstanding--;
  };
  uint64_t t0 = now_ns();
  if (start_at > 0) {
    t0 = uint64_t(start_at * 1e9);
    while (now_ns() < t0) {
      timespec ts{0, 200000};
      nanosleep(&ts, 0);
    }
  }
  uint64_t tend = t0 + uint64_t(dur * 1e9), last_rx = t0;
  double gap = 1e9 / qps;
  rusage ru0;
  getrusage(RUSAGE_SELF, &ru0);
  uint64_t t = t0;
  bool sending = true;
  int cur = 0;
  uint64_t tstop = tend;
  for (;;) {
    t = now_ns();
    if (sending && (t >= tend || (count && sent >= count))) {
      sending = false;
      tstop = t;
    }
    if (!sending && (outstanding == 0 || t > tstop + uint64_t(tmo * 1e6) + 50000000)) break;
    if (sending) {
      // how many to send now
      uint64_t want;
      if (mode == "closed")
        want = outstanding < (uint64_t)window ? window - outstanding : 0;
      else {
        uint64_t due = uint64_t((t - t0) / gap) + 1;
        want = due > sent ? due - sent : 0;
      }
      if (count && sent + want > count) want = count - sent;
      while (want) {
        int n = std::min<uint64_t>(want, mode == "closed" ? 16 : 8), k = 0, s = cur;
        cur = (cur + 1) % nsock;
        for (; k < n; k++) {
          int tries = 0;
          while (slot[s][nid[s]].seq && tries++ < 1000)
            nid[s]++;
          uint16_t id = nid[s]++;
          Slot& sl = slot[s][id];
          uint8_t* o = ob[k];
          size_t l = 12;
          uint8_t h[12] = {uint8_t(id >> 8),     uint8_t(id), 1, 0, 0, 1, 0, 0, 0, 0, 0,
                           uint8_t(edns ? 1 : 0)};
          memcpy(o, h, 12);
          size_t nl = mkname(o + 12);
          l += nl;
          uint8_t q[4] = {0, uint8_t(qtype), 0, 1};
          memcpy(o + l, q, 4);
          l += 4;
          if (edns) {
            static const uint8_t opt[] = {0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0};
            memcpy(o + l, opt, 11);
            l += 11;
          }
          oi[k] = {o, l};
          uint8_t a[4];
          uint32_t av = 0;
          if (verify) {
            hash_to_a(name_hash(o + 12, nl - 1), a);
            memcpy(&av, a, 4);
          }
          uint64_t sch = mode == "open" ? t0 + uint64_t(sent * gap) : t;
          sl = {sch, av, uint32_t(sent + 1)};
          if (keep && sent < recs.size()) recs[sent] = {float((sch - t0) / 1e9), -1, TIMEOUT};
          exps.push_back({sch + uint64_t(tmo * 1e6), uint16_t(s), id, sl.seq});
          sent++;
          outstanding++;
        }
        for (int d = 0, tr = 0; d < k && tr < 50; tr++) {
          int r = sendmmsg(fd[s], om + d, k - d, 0);
          if (r > 0)
            d += r;
          else {
            sockerr++;
            if (errno != ECONNREFUSED) break;
          }
        }
        want -= n;
      }
    }
    // wait
    timespec ts{0, 20000000};
    if (sending && mode == "open") {
      int64_t w = int64_t(t0 + uint64_t(sent * gap)) - int64_t(now_ns());
      if (w < 0) w = 0;
      ts = {time_t(w / 1000000000), long(w % 1000000000)};
      if (w < 25000) ts = {0, 0};
    }
    epoll_event ev[64];
    int ne = epoll_pwait2(ep, ev, 64, &ts, nullptr);
    for (int e = 0; e < ne; e++) {
      int s = ev[e].data.u32;
      int n = recvmmsg(fd[s], im, B, MSG_DONTWAIT, nullptr);
      if (n < 0) {
        if (errno != EAGAIN) sockerr++;
        continue;
      }
      t = now_ns();
      last_rx = t;
      for (int i = 0; i < n; i++) {
        uint8_t* p = ib[i];
        size_t l = im[i].msg_len;
        if (l < 12 || !(p[2] & 0x80)) continue;
        Slot& sl = slot[s][p[0] << 8 | p[1]];
        if (!sl.seq) {
          late++;
          continue;
        }
        int rc = p[3] & 15, oc = rc == 0   ? OK
                                 : rc == 2 ? SERVFAIL
                                 : rc == 5 ? REFUSED
                                 : rc == 3 ? NXDOMAIN
                                           : OTHER;
        if (oc == OK && verify) {
          if (!(p[6] | p[7]))
            oc = EMPTY;
          else {
            size_t q = 12;
            while (q < l && p[q])
              q += p[q] + 1;
            q += 5;
            if (q < l && (p[q] & 0xc0) == 0xc0)
              q += 2;
            else {
              while (q < l && p[q])
                q += p[q] + 1;
              q++;
            }
            if (q + 14 > l || p[q + 1] != 1 || memcmp(p + q + 10, &sl.ahash, 4)) oc = WRONG;
          }
        }
        finish(sl, oc, t);
      }
    }
    t = now_ns();
    while (!exps.empty()) {
      Exp& x = exps.front();
      Slot& sl = slot[x.sock][x.id];
      if (sl.seq != x.seq) {
        exps.pop_front();
        continue;
      }
      if (x.at > t) break;
      finish(sl, TIMEOUT, t);
      exps.pop_front();
    }
  }
  rusage ru1;
  getrusage(RUSAGE_SELF, &ru1);
  auto tv = [](timeval a) { return a.tv_sec + a.tv_usec / 1e6; };
  double cpu_s = tv(ru1.ru_utime) + tv(ru1.ru_stime) - tv(ru0.ru_utime) - tv(ru0.ru_stime);
  double wall = (std::min(tstop, std::max(last_rx, t0 + 1)) - t0) / 1e9;
  if (wall <= 0) wall = 1e-9;
  double sw = (tstop - t0) / 1e9;
  printf(
      "{\"sent\":%llu,\"wall_s\":%.4f,\"send_s\":%.4f,\"qps\":%.1f,\"sent_qps\":%.1f,\"client_cpu_"
      "s\":%.3f,\"sockerr\":%llu,\"late\":%llu,",
      (unsigned long long)sent, wall, sw, (all.n - outc[TIMEOUT]) / sw, sent / sw, cpu_s,
      (unsigned long long)sockerr, (unsigned long long)late);
  for (int i = 0; i < NOUT; i++)
    printf("\"%s\":%llu,", ONAME[i], (unsigned long long)outc[i]);
  printf(
      "\"lat_us\":{\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}"
      "}\n",
      okh.n ? okh.sum / okh.n : 0, okh.pct(.5), okh.pct(.9), okh.pct(.99), okh.pct(.999), okh.max);
  if (keep) {
    FILE* o = fopen(outf.c_str(), "wb");
    if (!o) die("out");
    fwrite(recs.data(), sizeof(Rec), std::min<size_t>(sent, recs.size()), o);
    fclose(o);
  }
}
