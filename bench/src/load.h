// What loadgen does the same way over UDP and TCP: its options, a question, the judgement of an
// answer, the counting and the line of JSON.
#pragma once

#include <array>

#include "histogram.h"
#include "names.h"

enum Outcome { kOk, kServfail, kRefused, kNxdomain, kTimeout, kWrong, kEmpty, kOther, kOutcomes };

constexpr std::array<const char*, kOutcomes> kOutcomeNames = {
    "ok", "servfail", "refused", "nxdomain", "timeout", "wrong", "empty", "other"};
constexpr std::uint64_t kGrace = 50000000;  // ns after the last timeout
constexpr std::size_t kQuestionRoom = 300;

struct Options {
  sockaddr_in server = parse_address("127.0.0.1:5300");
  bool open = false, verify = true, edns = false;
  double rate = 1000, duration = 5, timeout_ms = 1000;
  double start_at = 0;  // CLOCK_MONOTONIC seconds; 0: at once
  double ramp = 0;      // seconds until the whole window is used; closed loop only
  int window = 200, sockets = 16, cpu = -1;
  int tcp = 0;                        // connections; 0: UDP
  std::uint64_t count = 0, seed = 1;  // count 0: no limit
  std::uint64_t zones = 0;            // names lie below this many zones; 0: one
  std::string names = "seq:10000:h", out;

  [[nodiscard]] std::uint64_t timeout_ns() const { return std::uint64_t(timeout_ms * 1e6); }
};

// Waits for the moment to begin and returns it.
inline std::uint64_t wait_for_start(const Options& options) {
  const std::uint64_t begin =
      options.start_at > 0 ? std::uint64_t(options.start_at * 1e9) : now_ns();
  while (now_ns() < begin)
    usleep(200);
  return begin;
}

struct Question {
  std::size_t size;
  std::uint32_t address;  // that the answer must hold; 0 if it is not to be verified
};

// Writes question `number` to `out`, which has kQuestionRoom.
inline Question write_question(const Options& options, Names& names, std::uint64_t number,
                               std::uint16_t id, std::uint8_t* out) {
  static const std::uint8_t type_and_class[4] = {0, 1, 0, 1};
  static const std::uint8_t opt[11] = {0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0};
  memset(out, 0, kHeader);
  out[0] = std::uint8_t(id >> 8);
  out[1] = std::uint8_t(id);
  out[2] = out[5] = 1;  // RD; one question
  out[11] = std::uint8_t(options.edns ? 1 : 0);
  const std::size_t name = names.write(out + kHeader, number);
  Question question{kHeader + name, 0};
  memcpy(out + question.size, type_and_class, sizeof type_and_class);
  question.size += sizeof type_and_class;
  if (options.edns) {
    memcpy(out + question.size, opt, sizeof opt);
    question.size += sizeof opt;
  }
  if (options.verify) {
    std::uint8_t bytes[4];
    address_of(name_hash(out + kHeader, name - 1), bytes);
    memcpy(&question.address, bytes, sizeof bytes);
  }
  return question;
}

// Reads the first record behind the question: is it an A record with this address?
inline bool holds_address(const std::uint8_t* reply, std::size_t size, std::uint32_t address) {
  const auto skip_name = [&](std::size_t at) {
    while (at < size && reply[at] && (reply[at] & 0xc0) != 0xc0)
      at += reply[at] + 1u;
    return at + (at < size && (reply[at] & 0xc0) == 0xc0 ? 2 : 1);
  };
  const std::size_t record = skip_name(skip_name(kHeader) + 4);
  return record + 14 <= size && reply[record + 1] == 1 && !memcmp(reply + record + 10, &address, 4);
}

inline bool is_reply(const std::uint8_t* message, std::size_t size) {
  return size >= kHeader && (message[2] & 0x80);
}

inline std::uint16_t id_of(const std::uint8_t* message) {
  return std::uint16_t(message[0] << 8 | message[1]);
}

inline Outcome judge(const Options& options, const std::uint8_t* reply, std::size_t size,
                     std::uint32_t address) {
  switch (reply[3] & 15) {
    case 0:
      if (!options.verify) return kOk;
      if (!(reply[6] | reply[7])) return kEmpty;
      return holds_address(reply, size, address) ? kOk : kWrong;
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

// The run's counts. `sent` and `in_flight` drive the generators too.
struct Tally {
  std::uint64_t begin = 0, stopped = 0;
  std::uint64_t sent = 0, in_flight = 0, socket_errors = 0, late = 0;
  std::array<std::uint64_t, kOutcomes> outcomes{};
  Histogram all, ok;

  // Returns the latency in µs.
  double finish(std::uint64_t since, Outcome outcome, std::uint64_t now) {
    const double us = now > since ? double(now - since) / 1000 : 0;
    ++outcomes[outcome];
    all.add(us);
    if (outcome == kOk) ok.add(us);
    --in_flight;
    return us;
  }

  void print(double cpu_seconds) const {
    const double sending = double(stopped - begin) / 1e9;
    const auto answered = double(all.count() - outcomes[kTimeout]);
    const auto whole = [](const char* key, std::uint64_t value) {
      printf("\"%s\":%llu,", key, static_cast<unsigned long long>(value));
    };
    printf("{\"send_s\":%.4f,\"qps\":%.1f,\"sent_qps\":%.1f,\"client_cpu_s\":%.3f,", sending,
           answered / sending, double(sent) / sending, cpu_seconds);
    whole("sent", sent);
    whole("sockerr", socket_errors);
    whole("late", late);
    for (std::size_t i = 0; i < kOutcomes; ++i)
      whole(kOutcomeNames[i], outcomes[i]);
    printf(
        "\"lat_us\":{\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
        "\"max\":%.1f}}\n",
        ok.mean(), ok.percentile(.5), ok.percentile(.9), ok.percentile(.99), ok.percentile(.999),
        ok.max());
  }
};
