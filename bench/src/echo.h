// What the echo servers share: the reply to a query, the batches, the command line.
#pragma once

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "bench.h"

// Turns the query into a reply; an OPT behind the question is dropped. Returns the reply's size.
inline std::size_t answer(std::uint8_t* message, std::size_t size) {
  static const std::uint8_t record[16] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 11, 2, 3, 4};
  if (size < kHeader + 5) return size;
  message[2] |= 0x80;
  message[3] = 0x80;
  message[7] = 1;
  message[10] = message[11] = 0;
  std::size_t end = kHeader;
  while (end < size && message[end])
    end += message[end] + 1u;
  end += 5;
  if (end > size) end = size;
  memcpy(message + end, record, sizeof record);
  return end + sizeof record;
}

// Answers batch after batch of `fd` for good; send(fd, messages, count) sends the replies.
template <typename Send>
[[noreturn]] void echo_batches(int fd, Send send) {
  static thread_local std::uint8_t buffers[kBatch][600];
  sockaddr_in from[kBatch];
  iovec parts[kBatch];
  mmsghdr messages[kBatch];
  for (;;) {
    for (int i = 0; i < kBatch; ++i) {
      parts[i] = {buffers[i], 512};
      messages[i].msg_hdr = {&from[i], sizeof from[i], &parts[i], 1, nullptr, 0, 0};
    }
    const int count = recvmmsg(fd, messages, kBatch, MSG_WAITFORONE, nullptr);
    for (int i = 0; i < count; ++i)
      parts[i].iov_len = answer(buffers[i], messages[i].msg_len);
    send(fd, messages, count);
  }
}

// --listen ADDRESS:PORT --threads N: runs serve(address) in each thread.
template <typename Serve>
int run_echo(int argc, char** argv, Serve serve) {
  sockaddr_in address = parse_address("127.0.0.1:5300");
  int threads = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--listen")) address = parse_address(argv[i + 1]);
    if (!strcmp(argv[i], "--threads")) threads = atoi(argv[i + 1]);
  }
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back(serve, address);
  for (auto& worker : workers)
    worker.join();
  return 0;
}
