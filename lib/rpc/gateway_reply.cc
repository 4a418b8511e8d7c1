#include "rpc/gateway_reply.h"

#include <utility>

#include "ens/hex.h"
#include "rpc/reply_scan.h"

namespace holdfast::rpc {

ens::GatewayReply read_gateway_reply(unsigned status, std::string_view body) {
  ens::GatewayReply reply;
  reply.http_status = status;
  if (status / 100 != 2) {
    reply.status = ens::GatewayReply::Status::http_error;
    return reply;
  }
  reply.status = ens::GatewayReply::Status::malformed;
  const auto text = scan_data_member(body);
  auto data = text ? ens::from_hex(*text) : std::nullopt;
  if (!data) return reply;
  reply.status = ens::GatewayReply::Status::data;
  reply.data = *std::move(data);
  return reply;
}

}  // namespace holdfast::rpc
