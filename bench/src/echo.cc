// The physical limit of the machine: every query comes back with one A record. No lookup at all.

#include <thread>
#include <vector>

#include "bench.h"
#include "echo_answer.h"

namespace {

void serve(sockaddr_in address) {
  const int fd = bind_udp(address);
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
    send_all(fd, messages, count);
  }
}

}  // namespace

int main(int argc, char** argv) {
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
}
