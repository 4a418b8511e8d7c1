#include "daemon/rpc_secrets.h"

#include <algorithm>
#include <cstdlib>

#include "daemon/secret_file.h"
#include "net/curl_library.h"

namespace holdfast {
namespace {

constexpr std::size_t kLongest = 1024;

/// "" or what is wrong.
std::string read_secret(rpc::EndpointSpec& endpoint) {
  std::string place;
  if (!endpoint.secret_file.empty()) {
    const SecretFile file = read_secret_file(endpoint.secret_file);
    if (!file.error.empty()) return "secret_file: " + file.error;
    endpoint.secret = first_line(file.text);
    place = "secret_file: " + endpoint.secret_file + ": its first line";
  } else if (!endpoint.secret_env.empty()) {
    const char* value = std::getenv(endpoint.secret_env.c_str());
    endpoint.secret = value == nullptr ? "" : value;
    place = "secret_env: " + endpoint.secret_env;
  } else {
    return {};
  }
  if (endpoint.secret.empty()) return place + " is empty";
  const auto graphic = [](char c) { return c > ' ' && c <= '~'; };
  const bool good =
      endpoint.secret.size() <= kLongest && std::ranges::all_of(endpoint.secret, graphic);
  return good ? "" : place + " is no secret: expected at most 1024 printable characters, no spaces";
}

}  // namespace

std::string read_rpc_secrets(Config& config) {
  for (UpstreamConfig& upstream : config.upstreams) {
    if (!upstream.chain) continue;
    if (std::string fault = libcurl_fault(); !fault.empty()) {
      return "upstream " + upstream.name + ": " + fault;
    }
    for (rpc::EndpointSpec& endpoint : upstream.chain->endpoints) {
      const std::string error = read_secret(endpoint);
      if (error.empty()) continue;
      return "upstream " + upstream.name + ", endpoint " + endpoint.provider + ": " + error;
    }
  }
  return {};
}

}  // namespace holdfast
