// The same limit by io_uring: one multishot receive into a ring of buffers, replies sent as they
// come, one system call for all that is ready. Says what the daemon could win by it.

#include <liburing.h>
#include <memory>

#include "echo.h"

namespace {

constexpr unsigned kBuffers = 512;  // a power of two
constexpr unsigned kBufferBytes = 1024;
constexpr std::uint64_t kReceive = ~0ull;

struct Reply {
  sockaddr_in to;
  iovec part;
  msghdr message;
};

class Server {
 public:
  explicit Server(sockaddr_in address) : fd_(bind_udp(address)) {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;
    if (io_uring_queue_init_params(1024, &ring_, &params) < 0) abort();
    void* entries = nullptr;
    if (posix_memalign(&entries, 4096, kBuffers * sizeof(io_uring_buf)) != 0) abort();
    buffers_ = static_cast<io_uring_buf_ring*>(entries);
    io_uring_buf_ring_init(buffers_);
    io_uring_buf_reg ring{};
    ring.ring_addr = reinterpret_cast<std::uint64_t>(entries);
    ring.ring_entries = kBuffers;
    if (io_uring_register_buf_ring(&ring_, &ring, 0) != 0) abort();
    for (unsigned i = 0; i < kBuffers; ++i)
      give_back(i);
    io_uring_buf_ring_advance(buffers_, kBuffers);
    name_.msg_namelen = sizeof(sockaddr_in);
    receive();
  }

  void run() {
    for (;;) {
      io_uring_submit_and_wait(&ring_, 1);
      unsigned head = 0, seen = 0, given = 0;
      io_uring_cqe* cqe = nullptr;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        ++seen;
        if (cqe->user_data == kReceive) {
          if (cqe->res >= 0) reply(*cqe);
          if (!(cqe->flags & IORING_CQE_F_MORE)) receive();
        } else {
          give_back(static_cast<unsigned>(cqe->user_data), given++);
        }
      }
      io_uring_buf_ring_advance(buffers_, static_cast<int>(given));
      io_uring_cq_advance(&ring_, seen);
    }
  }

 private:
  void give_back(unsigned buffer, unsigned offset) {
    io_uring_buf_ring_add(buffers_, memory_[buffer], kBufferBytes,
                          static_cast<unsigned short>(buffer), io_uring_buf_ring_mask(kBuffers),
                          static_cast<int>(offset));
  }

  void give_back(unsigned buffer) { give_back(buffer, buffer); }

  io_uring_sqe* next() {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    while (!sqe) {
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
    }
    return sqe;
  }

  void receive() {
    io_uring_sqe* sqe = next();
    io_uring_prep_recvmsg_multishot(sqe, fd_, &name_, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    sqe->user_data = kReceive;
  }

  void reply(const io_uring_cqe& cqe) {
    const unsigned buffer = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
    auto* out = io_uring_recvmsg_validate(memory_[buffer], cqe.res, &name_);
    if (!out) abort();
    auto* query = static_cast<std::uint8_t*>(io_uring_recvmsg_payload(out, &name_));
    const std::size_t size = io_uring_recvmsg_payload_length(out, cqe.res, &name_);
    Reply& r = replies_[buffer];
    memcpy(&r.to, io_uring_recvmsg_name(out), sizeof r.to);
    r.part = {query, answer(query, size)};
    r.message = {&r.to, sizeof r.to, &r.part, 1, nullptr, 0, 0};
    io_uring_sqe* sqe = next();
    io_uring_prep_sendmsg(sqe, fd_, &r.message, 0);
    sqe->user_data = buffer;
  }

  int fd_;
  io_uring ring_{};
  io_uring_buf_ring* buffers_ = nullptr;
  msghdr name_{};
  Reply replies_[kBuffers];
  std::uint8_t memory_[kBuffers][kBufferBytes];
};

}  // namespace

int main(int argc, char** argv) {
  return run_echo(argc, argv,
                  [](sockaddr_in address) { std::make_unique<Server>(address)->run(); });
}
