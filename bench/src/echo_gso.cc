// The same limit with segmentation offload: equal replies to one client leave as one datagram that
// the kernel cuts (UDP_SEGMENT), and the socket asks for joined ones (UDP_GRO). Says what the
// daemon could win by it, at best: here many queries come from each client socket.

#include <algorithm>
#include <netinet/udp.h>
#include <thread>
#include <vector>

#include "bench.h"
#include "echo_answer.h"

namespace {

constexpr std::size_t kSlot = 600;
constexpr int kMostSegments = 32;

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(std::uint16_t))];
};

void send_segmented(int fd, const mmsghdr* queries, int count) {
  static thread_local iovec parts[kBatch];
  static thread_local mmsghdr out[kBatch];
  static thread_local Control controls[kBatch];
  int order[kBatch];
  for (int i = 0; i < count; ++i)
    order[i] = i;
  const auto to = [&](int i) { return *static_cast<sockaddr_in*>(queries[i].msg_hdr.msg_name); };
  const auto size = [&](int i) { return queries[i].msg_hdr.msg_iov->iov_len; };
  const auto key = [&](int i) {
    return std::tuple(to(i).sin_addr.s_addr, to(i).sin_port, size(i));
  };
  std::sort(order, order + count, [&](int a, int b) { return key(a) < key(b); });
  int groups = 0;
  for (int from = 0; from < count; ++groups) {
    int end = from;
    for (; end < count && end - from < kMostSegments && key(order[end]) == key(order[from]); ++end)
      parts[end] = *queries[order[end]].msg_hdr.msg_iov;
    msghdr& message = out[groups].msg_hdr;
    message = {queries[order[from]].msg_hdr.msg_name,
               sizeof(sockaddr_in),
               &parts[from],
               static_cast<std::size_t>(end - from),
               nullptr,
               0,
               0};
    if (end - from > 1) {
      message.msg_control = controls[groups].bytes;
      message.msg_controllen = sizeof controls[groups].bytes;
      cmsghdr* c = CMSG_FIRSTHDR(&message);
      *c = {CMSG_LEN(sizeof(std::uint16_t)), SOL_UDP, UDP_SEGMENT};
      const auto segment = static_cast<std::uint16_t>(size(order[from]));
      memcpy(CMSG_DATA(c), &segment, sizeof segment);
    }
    from = end;
  }
  send_all(fd, out, groups);
}

void serve(sockaddr_in address) {
  const int fd = bind_udp(address);
  const int on = 1;
  setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
  static thread_local std::uint8_t buffers[kBatch][kSlot];
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
    send_segmented(fd, messages, count);
  }
}

}  // namespace

int main(int argc, char** argv) {
  sockaddr_in address = parse_address("127.0.0.1:5300");
  for (int i = 1; i + 1 < argc; i += 2)
    if (!strcmp(argv[i], "--listen")) address = parse_address(argv[i + 1]);
  serve(address);
}
