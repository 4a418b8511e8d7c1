#include "rpc/gateway_reply.h"

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

using ens::Blob;
using Status = ens::GatewayReply::Status;

TEST(GatewayReply, TheBytesInData) {
  const auto reply = read_gateway_reply(200, R"({"data":"0x0aFF"})");
  EXPECT_EQ(reply.status, Status::data);
  EXPECT_EQ(reply.data, (Blob{0x0a, 0xff}));
  EXPECT_TRUE(read_gateway_reply(200, R"({"data":"0x"})").data.empty());
  // Others say more than they are asked, in any order.
  const auto talkative = R"({"x":{"data":"0xbb","y":[1,{"data":3}]},"data":"0xaa","message":null})";
  EXPECT_EQ(read_gateway_reply(201, talkative).data, Blob{0xaa});
}

TEST(GatewayReply, AnyOtherBodyIsMalformed) {
  std::string deep = R"({"data":"0xaa","x":)";
  for (int i = 0; i < 100'000; ++i)
    deep += '[';
  for (const std::string& body :
       {std::string(), std::string("0xaa"), std::string(R"("0xaa")"), std::string(R"(["0xaa"])"),
        std::string("{}"), std::string(R"({"data":"aa"})"), std::string(R"({"data":"0xa"})"),
        std::string(R"({"data":"0xzz"})"), std::string(R"({"data":"0xzz")"),
        std::string(R"({"data":null})"), std::string(R"({"data":12})"),
        std::string(R"({"data":["0xaa"]})"), std::string(R"({"data":{"data":"0xaa"}})"),
        std::string(R"({"data":"0xaa","data":"0xbb"})"), std::string(R"({"data":"0xaa"} x)"),
        std::string(R"({"data":"0xaa","x":NaN})"), std::string("<html>Attention Required!</html>"),
        std::string("\xff\xfe{}"), deep}) {
    EXPECT_EQ(read_gateway_reply(200, body).status, Status::malformed) << body.substr(0, 40);
  }
}

TEST(GatewayReply, ErrorsByTheirStatusWhateverTheySay) {
  for (const unsigned status : {100U, 301U, 302U, 400U, 404U, 500U, 503U, 0U}) {
    const auto reply = read_gateway_reply(status, R"({"data":"0xaa"})");
    EXPECT_EQ(reply.status, Status::http_error) << status;
    EXPECT_EQ(reply.http_status, status);
  }
}

}  // namespace
}  // namespace holdfast::rpc
