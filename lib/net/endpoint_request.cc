#include "net/endpoint_request.h"

#include <utility>

namespace holdfast {

HttpRequest endpoint_request(const rpc::EndpointSpec& endpoint,
                             const std::vector<IpAddress>& places, std::string body,
                             Duration patience) {
  HttpRequest request;
  request.url = rpc::secret_url(endpoint);
  request.host = endpoint.host;
  request.port = endpoint.port;
  request.addresses = places;
  request.ca_file = endpoint.ca_file;
  request.headers = {"Content-Type: application/json", "Accept: application/json"};
  if (auto header = rpc::secret_header(endpoint); !header.empty())
    request.headers.push_back(std::move(header));
  request.body = std::move(body);
  request.patience = patience;
  request.most_bytes = std::size_t{1024} * 1024;
  return request;
}

}  // namespace holdfast
