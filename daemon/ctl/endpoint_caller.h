// EndpointCaller: single requests to a chain's endpoints, waited for: the first endpoint that gives
// an answer is believed. For plans that people look at before they act on them, not for answers to
// clients.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "net/http_client.h"
#include "rpc/chain.h"
#include "rpc/reply.h"

namespace holdfast::ctl {

class EndpointCaller {
 public:
  /// std::system_error if the kernel gives no descriptors, std::runtime_error without libcurl.
  explicit EndpointCaller(rpc::Chain chain);
  ~EndpointCaller();
  EndpointCaller(const EndpointCaller&) = delete;
  EndpointCaller& operator=(const EndpointCaller&) = delete;

  /// Returned data of an eth_call at the newest block; a revert is a failure, too. Failures are a
  /// line that names the endpoint, and no secret.
  [[nodiscard]] std::variant<ens::Blob, std::string> call(const ens::Address& to,
                                                          const ens::Blob& data);

  /// eth_estimateGas.
  [[nodiscard]] std::variant<std::uint64_t, std::string> estimate(const ens::Address& from,
                                                                  const ens::Address& to,
                                                                  const ens::Blob& data);

  /// Who answered last.
  [[nodiscard]] const std::string& provider() const noexcept { return provider_; }

 private:
  /// One after the other, until one gives an answer.
  template <typename Value, typename Request, typename Read>
  [[nodiscard]] std::variant<Value, std::string> ask(Request request, Read read);
  /// True with the reply's body in `out`, or false with what went wrong.
  [[nodiscard]] bool post(const rpc::EndpointSpec& endpoint, const std::string& body,
                          std::string& out);

  rpc::Chain chain_;
  EventLoop loop_;
  HttpClient http_;
  std::uint64_t last_id_ = 0;
  std::string provider_;
};

}  // namespace holdfast::ctl
