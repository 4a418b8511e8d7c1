// echo whose threads have a CPU each, and get the questions that come in on it: SO_REUSEPORT with a
// filter that chooses the socket by the CPU.

#include <linux/filter.h>

#include "echo.h"

namespace {

/// Socket `CPU % sockets` of the group, in the order in which they were bound.
void steer_by_cpu(int fd, int sockets) {
  sock_filter code[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, std::uint32_t(SKF_AD_OFF + SKF_AD_CPU)},
      {BPF_ALU | BPF_MOD | BPF_K, 0, 0, std::uint32_t(sockets)},
      {BPF_RET | BPF_A, 0, 0, 0},
  };
  const sock_fprog program{3, code};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program)) {
    die("SO_ATTACH_REUSEPORT_CBPF");
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
  std::vector<int> sockets;
  for (int i = 0; i < threads; ++i)
    sockets.push_back(bind_udp(address));
  steer_by_cpu(sockets[0], threads);
  std::vector<std::thread> workers;
  for (int cpu = 0; cpu < threads; ++cpu) {
    workers.emplace_back([fd = sockets[std::size_t(cpu)], cpu] {
      pin(cpu);
      echo_batches(fd, send_all);
    });
  }
  for (auto& worker : workers)
    worker.join();
}
