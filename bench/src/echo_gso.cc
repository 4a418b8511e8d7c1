// The same limit with segmentation offload: equal replies to one client leave as one datagram that
// the kernel cuts (UDP_SEGMENT), and the socket asks for joined ones (UDP_GRO). Says what the
// daemon could win by it, at best: here many queries come from each client socket.

#include <algorithm>
#include <netinet/udp.h>
#include <tuple>

#include "echo.h"

namespace {

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

}  // namespace

int main(int argc, char** argv) {
  return run_echo(argc, argv, [](sockaddr_in address) {
    const int fd = bind_udp(address);
    const int on = 1;
    setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
    echo_batches(fd, send_segmented);
  });
}
