// Inquiry: one eth_call asked of several endpoints at one block. It says whom to ask, is told what
// they say, and ends with what enough of them agree on. A state machine without sockets or clocks.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ens/resolution.h"
#include "rpc/chain.h"
#include "rpc/reply.h"

namespace holdfast::rpc {

/// An endpoint that may be asked, by its place in the chain.
struct Voice {
  std::size_t endpoint = 0;
  bool trusted = false;
  std::size_t provider = 0;  // those of one provider are one voice: nobody confirms himself
};

class Inquiry {
 public:
  /// `order`: whom to ask first.
  Inquiry(Mode mode, unsigned quorum, std::vector<Voice> order);

  /// Endpoints to be asked now, each once. To be taken after construction and after each event.
  [[nodiscard]] std::vector<std::size_t> take_asks();

  /// Of endpoints that were asked.
  void on_said(std::size_t endpoint, CallEnd said);
  void on_failed(std::size_t endpoint, const Failure& failure);
  /// Those that were asked are slow: one more is asked, if there is one; none that
  /// is not trusted while one that is may yet answer.
  void on_slow();

  [[nodiscard]] bool done() const noexcept { return done_; }

  /// What is believed, or why nothing is. Precondition: done().
  [[nodiscard]] const ens::CallResult& result() const noexcept { return result_; }

  /// Endpoints that said something else than what is believed. Precondition: done().
  [[nodiscard]] std::vector<std::size_t> dissenters() const;
  /// Endpoints that said what is believed. Precondition: done().
  [[nodiscard]] std::vector<std::size_t> winners() const;

 private:
  struct Group {
    CallEnd said;
    std::vector<std::size_t> endpoints;
    std::vector<std::size_t> providers;  // each once
    bool trusted = false;
  };

  [[nodiscard]] const Voice& voice_of(std::size_t endpoint) const noexcept;
  [[nodiscard]] bool trusts(std::size_t endpoint) const noexcept;
  [[nodiscard]] bool wins(const Group& group) const noexcept;
  [[nodiscard]] std::size_t voices_needed() const noexcept;
  [[nodiscard]] bool waits_for_trusted() const noexcept;
  void ask_next();
  void proceed();
  void fail();

  Mode mode_;
  unsigned quorum_;
  std::vector<Voice> order_;
  std::size_t next_ = 0;           // of order_
  std::vector<std::size_t> open_;  // asked, and not heard of
  std::vector<std::size_t> asks_;
  std::vector<Group> groups_;
  std::size_t winner_ = 0;
  std::string last_failure_;
  bool all_too_large_ = true;  // the failures
  bool done_ = false;
  ens::CallResult result_;
};

}  // namespace holdfast::rpc
