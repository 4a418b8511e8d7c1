#include "ens/gateway_round.h"

#include <utility>

namespace holdfast::ens {
namespace {

constexpr unsigned kDeepestBatch = 4;

std::string reason_of(const GatewayReply& reply) {
  switch (reply.status) {
    case GatewayReply::Status::data:
      break;
    case GatewayReply::Status::http_error:
      return "gateway says HTTP " + std::to_string(reply.http_status);
    case GatewayReply::Status::unreachable:
      return "gateway cannot be reached";
    case GatewayReply::Status::timed_out:
      return "gateway is silent";
    case GatewayReply::Status::too_large:
      return "gateway's response is too large";
    case GatewayReply::Status::malformed:
      return "gateway's response is malformed";
    case GatewayReply::Status::refused:
      return "gateway's URL may not be fetched";
    case GatewayReply::Status::prohibited:
      return "gateway is not allowed";
  }
  return {};
}

}  // namespace

GatewayRound::GatewayRound(GatewayQuestion question, const GatewayPolicy& policy,
                           GatewayBudget& budget)
    : policy_(policy), budget_(budget) {
  add(std::move(question), 0, 0);
}

void GatewayRound::add(GatewayQuestion question, std::size_t parent, unsigned depth) {
  const std::size_t index = nodes_.size();
  nodes_.push_back({std::move(question), parent, depth, 0, {}, 0, false, {}});
  if (nodes_[index].question.is_batch()) {
    take_apart(index);
  } else if (budget_.questions == 0) {
    fail("too many questions for gateways");
  } else if (nodes_[index].question.urls.empty()) {
    fail("no gateway is named");
  } else {
    --budget_.questions;
    waiting_.push_back(index);
  }
}

void GatewayRound::take_apart(std::size_t batch) {
  if (nodes_[batch].depth == kDeepestBatch) return fail("batches in batches");
  auto questions = read_batch(nodes_[batch].question.data, policy_.questions);
  if (!questions) return fail("malformed or too large batch for gateways");
  nodes_[batch].open_children = questions->size();
  for (GatewayQuestion& question : *questions) {
    if (!failure_.empty()) return;
    nodes_[batch].children.push_back(nodes_.size());
    add(std::move(question), batch, nodes_[batch].depth + 1);
  }
  if (questions->empty()) finish(batch, batch_response({}));
}

std::optional<GatewayRound::Request> GatewayRound::next() {
  if (done() || waiting_.empty() || running_ == policy_.at_once) return std::nullopt;
  if (budget_.requests == 0) {
    fail("too many requests to gateways");
    return std::nullopt;
  }
  --budget_.requests;
  ++running_;
  const std::size_t index = waiting_.front();
  waiting_.pop_front();
  Node& node = nodes_[index];
  auto request = gateway_request(node.question, node.question.urls[node.next_url++]);
  if (request) return Request{index, *std::move(request)};
  on_reply(index, {GatewayReply::Status::refused, 0, {}});
  return next();
}

void GatewayRound::on_reply(Slot slot, GatewayReply reply) {
  --running_;
  if (done()) return;
  using Status = GatewayReply::Status;
  if (reply.status == Status::data && reply.data.size() > policy_.most_bytes) {
    reply.status = Status::too_large;
  }
  if (reply.status == Status::data) return finish(slot, std::move(reply.data));
  const Node& node = nodes_[slot];
  // EIP-3668, 5 to 8: a client error ends it, a server's error leads to the next URL.
  const bool final = reply.status == Status::http_error && reply.http_status / 100 == 4 &&
                     !policy_.next_after_client_error;
  if (!final && node.next_url < node.question.urls.size()) {
    waiting_.push_back(slot);
    return;
  }
  prohibited_ = reply.status == Status::prohibited;
  fail(reason_of(reply));
}

void GatewayRound::finish(std::size_t index, Blob response) {
  Node& node = nodes_[index];
  node.response = std::move(response);
  node.finished = true;
  if (index == 0 || --nodes_[node.parent].open_children > 0) return;
  std::vector<Blob> responses;
  for (const std::size_t child : nodes_[node.parent].children)
    responses.push_back(std::move(nodes_[child].response));
  finish(node.parent, batch_response(responses));
}

}  // namespace holdfast::ens
