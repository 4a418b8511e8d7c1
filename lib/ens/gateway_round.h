// GatewayRound: the gateways' part in one offchain lookup (EIP-3668). It asks for requests, is told
// how they went, and ends with the response for the contract or with a reason. Batches (ENSIP-21)
// are taken apart here, so that no gateway learns of more than its own question. No clock: whoever
// runs it keeps the time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "ens/bridge.h"
#include "ens/offchain_lookup.h"

namespace holdfast::ens {

/// How a request to a gateway ended.
struct GatewayReply {
  enum class Status : std::uint8_t {
    data,         // a JSON object whose "data" is these bytes
    http_error,   // a status other than 200
    unreachable,  // no connection
    timed_out,
    too_large,
    malformed,   // a body that is no such object
    refused,     // the URL is none that may be fetched: its scheme, its address
    prohibited,  // the operator allows no such host
  };
  Status status = Status::unreachable;
  unsigned http_status = 0;
  Blob data;
};

/// What is left of a question's allowance; rounds of one question share it.
struct GatewayBudget {
  std::size_t questions = 0;
  std::size_t requests = 0;
};

class GatewayRound {
 public:
  /// Names a request until it is told of.
  using Slot = std::size_t;

  struct Request {
    Slot slot;
    GatewayRequest request;
  };

  /// Both must outlive the round.
  GatewayRound(GatewayQuestion question, const GatewayPolicy& policy, GatewayBudget& budget);

  /// The next request, unless as many as may be are on their way.
  [[nodiscard]] std::optional<Request> next();

  /// Precondition: next() gave the slot, and it was not told of since.
  void on_reply(Slot slot, GatewayReply reply);

  [[nodiscard]] bool done() const noexcept { return !failure_.empty() || nodes_.front().finished; }

  /// Why it failed; empty if it did not.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  [[nodiscard]] bool prohibited() const noexcept { return prohibited_; }

  /// Precondition: done() without a failure.
  [[nodiscard]] const Blob& response() const noexcept { return nodes_.front().response; }

 private:
  /// A question for a gateway, or a batch of them.
  struct Node {
    GatewayQuestion question;
    std::size_t parent = 0;
    unsigned depth = 0;
    std::size_t next_url = 0;
    std::vector<std::size_t> children;  // of a batch
    std::size_t open_children = 0;
    bool finished = false;
    Blob response;
  };

  void add(GatewayQuestion question, std::size_t parent, unsigned depth);
  void take_apart(std::size_t batch);
  void finish(std::size_t node, Blob response);

  void fail(std::string why) { failure_ = std::move(why); }

  const GatewayPolicy& policy_;
  GatewayBudget& budget_;
  std::vector<Node> nodes_;
  std::deque<std::size_t> waiting_;  // questions whose next URL is to be asked
  std::size_t running_ = 0;
  std::string failure_;
  bool prohibited_ = false;
};

}  // namespace holdfast::ens
