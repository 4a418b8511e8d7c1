// UdpOutbox: queries that wait for the end of the loop's turn, so that those of one source port
// leave with one system call. It knows sockets and bytes; what an exchange is, and what to do about
// a query that could not be sent, is udp_transport.h's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/socket.h>
#include <vector>

#include "base/function_ref.h"
#include "base/slab.h"
#include "net/transport_context.h"
#include "upstream/outcome.h"

namespace holdfast {

class UdpOutbox {
 public:
  /// A query that waits.
  struct Query {
    SlabHandle port;
    SlabHandle exchange;
    std::size_t slot = 0;  // of bytes_
    std::size_t size = 0;
  };

  /// One that the kernel did not take, and what it said.
  struct Unsent {
    SlabHandle port;
    SlabHandle exchange;
    Outcome why = Outcome::no_socket;
  };

  UdpOutbox();

  [[nodiscard]] bool full() const noexcept { return used_ == kCapacity; }

  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }

  /// Where the next query is to be written. Precondition: not full.
  [[nodiscard]] std::span<std::uint8_t> room() noexcept {
    return {&bytes_[used_ * kQueryBuffer], kQueryBuffer};
  }

  /// Takes what was written into room().
  void add(SlabHandle port, SlabHandle exchange, std::size_t size) noexcept;

  /// Sends everything, port by port, and is empty. `socket_of` names the socket to use, or -1 for a
  /// query that nobody wants any more. Allocates only if something could not be sent.
  [[nodiscard]] std::vector<Unsent> flush(FunctionRef<int(const Query&)> socket_of);

 private:
  static constexpr std::size_t kCapacity = 64;

  void send(int fd, std::span<const Query> queries, std::vector<Unsent>& unsent);

  std::size_t used_ = 0;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::array<Query, kCapacity> queries_;
  std::array<iovec, kCapacity> parts_;
  std::array<mmsghdr, kCapacity> headers_;
};

}  // namespace holdfast
