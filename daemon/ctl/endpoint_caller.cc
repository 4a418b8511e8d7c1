#include "daemon/ctl/endpoint_caller.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "net/endpoint_request.h"
#include "rpc/request.h"

namespace holdfast::ctl {
namespace {

using rpc::Failure;

constexpr Duration kPatience = 5s;  // an estimate runs the transaction, and people wait for it

/// A failure, for people: whose it is, and no secret.
std::string told(const rpc::EndpointSpec& endpoint, const std::string& why) {
  return endpoint.provider + ": " + rpc::without_secrets(why, endpoint);
}

std::string why_no_body(const HttpReply& reply) {
  switch (reply.end) {
    case HttpReply::End::answered:
      return "HTTP " + std::to_string(reply.status);
    case HttpReply::End::unreachable:
      return reply.why;
    case HttpReply::End::timed_out:
      return "no reply within 5 s";
    case HttpReply::End::too_large:
      return "more than 1 MiB";
  }
  return "?";
}

std::string estimate_request(std::uint64_t id, const ens::Address& from, const ens::Address& to,
                             const ens::Blob& data) {
  const nlohmann::json call{
      {"from", ens::to_hex(from)}, {"to", ens::to_hex(to)}, {"data", ens::to_hex(data)}};
  return nlohmann::json{{"jsonrpc", "2.0"},
                        {"id", id},
                        {"method", "eth_estimateGas"},
                        {"params", nlohmann::json::array({call})}}
      .dump();
}

}  // namespace

EndpointCaller::EndpointCaller(rpc::Chain chain) : chain_(std::move(chain)), http_(loop_) {}

EndpointCaller::~EndpointCaller() {
  http_.close();
  loop_.drain();
}

bool EndpointCaller::post(const rpc::EndpointSpec& endpoint, const std::string& body,
                          std::string& out) {
  std::optional<HttpReply> heard;
  const auto sent = http_.start(endpoint_request(endpoint, endpoint.addresses, body, kPatience),
                                [&](const HttpReply& reply, TimePoint) { heard = reply; });
  if (!sent) {
    out = endpoint.provider + ": nothing could be sent";
    return false;
  }
  while (!heard)
    loop_.turn(1s);
  const bool answered = heard->end == HttpReply::End::answered && heard->status == 200;
  out = answered ? std::move(heard->body) : told(endpoint, why_no_body(*heard));
  return answered;
}

std::variant<ens::Blob, std::string> EndpointCaller::call(const ens::Address& to,
                                                          const ens::Blob& data) {
  std::string why;
  for (const rpc::EndpointSpec& endpoint : chain_.endpoints) {
    const std::uint64_t id = ++last_id_;
    std::string body;
    if (!post(endpoint, rpc::call_request(id, to, data, {}, rpc::BlockForm::latest), body)) {
      why = body;
      continue;
    }
    const auto read = rpc::read_call_reply(body, id);
    if (const auto* failure = std::get_if<Failure>(&read)) {
      why = told(endpoint, failure->why);
      continue;
    }
    const auto& end = std::get<rpc::CallEnd>(read);
    provider_ = endpoint.provider;
    if (end.reverted) return endpoint.provider + ": the contract reverts";
    return end.data;
  }
  return why;
}

std::variant<std::uint64_t, std::string> EndpointCaller::estimate(const ens::Address& from,
                                                                  const ens::Address& to,
                                                                  const ens::Blob& data) {
  std::string why;
  for (const rpc::EndpointSpec& endpoint : chain_.endpoints) {
    const std::uint64_t id = ++last_id_;
    std::string body;
    if (!post(endpoint, estimate_request(id, from, to, data), body)) {
      why = body;
      continue;
    }
    const auto read = rpc::read_chain_id_reply(body, id);  // a quantity, like that
    if (const auto* failure = std::get_if<Failure>(&read)) {
      why = told(endpoint, failure->why);
      continue;
    }
    provider_ = endpoint.provider;
    return std::get<std::uint64_t>(read);
  }
  return why;
}

}  // namespace holdfast::ctl
