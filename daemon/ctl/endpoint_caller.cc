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

/// `request` makes the body for an id, `read` a value of a reply, or a failure.
template <typename Value, typename Request, typename Read>
std::variant<Value, std::string> EndpointCaller::ask(Request request, Read read) {
  std::string why;
  for (const rpc::EndpointSpec& endpoint : chain_.endpoints) {
    const std::uint64_t id = ++last_id_;
    std::string body;
    if (!post(endpoint, request(id), body)) {
      why = body;
      continue;
    }
    std::variant<Value, Failure> said = read(body, id);
    if (const auto* failure = std::get_if<Failure>(&said)) {
      why = told(endpoint, failure->why);
      continue;
    }
    provider_ = endpoint.provider;
    return std::get<Value>(std::move(said));
  }
  return why;
}

std::variant<ens::Blob, std::string> EndpointCaller::call(const ens::Address& to,
                                                          const ens::Blob& data) {
  auto said = ask<rpc::CallEnd>(
      [&](std::uint64_t id) { return rpc::call_request(id, to, data, {}, rpc::BlockForm::latest); },
      rpc::read_call_reply);
  if (auto* why = std::get_if<std::string>(&said)) return std::move(*why);
  auto& end = std::get<rpc::CallEnd>(said);
  if (end.reverted) return provider_ + ": the contract reverts";
  return std::move(end.data);
}

std::variant<std::uint64_t, std::string> EndpointCaller::estimate(const ens::Address& from,
                                                                  const ens::Address& to,
                                                                  const ens::Blob& data) {
  return ask<std::uint64_t>([&](std::uint64_t id) { return estimate_request(id, from, to, data); },
                            rpc::read_quantity_reply);
}

}  // namespace holdfast::ctl
