#include "rpc/request.h"

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

TEST(Request, CallsByHashAndByNumber) {
  ens::Block block;
  block.number = 195;
  block.hash.fill(0x11);
  ens::Address to{};
  to.fill(0xee);
  const std::uint8_t data[] = {0xa1, 0xcb};
  const std::string address(40, 'e');
  const std::string hash(64, '1');
  EXPECT_EQ(call_request(7, to, data, block, BlockForm::hash),
            R"({"jsonrpc":"2.0","id":7,"method":"eth_call","params":[{"to":"0x)" + address +
                R"(","data":"0xa1cb"},{"blockHash":"0x)" + hash +
                R"(","requireCanonical":true}]})");
  EXPECT_TRUE(call_request(7, to, data, block, BlockForm::number).ends_with(R"(},"0xc3"]})"));
  EXPECT_TRUE(call_request(7, to, data, block, BlockForm::latest).ends_with(R"(},"latest"]})"));
}

TEST(Request, ARevertWithDataNeedsNoContract) {
  EXPECT_EQ(revert_request(7), R"({"jsonrpc":"2.0","id":7,"method":"eth_call","params":[)"
                               R"({"data":"0x63000000016000526004601cfd"},"latest"]})");
}

TEST(Request, AboutTheEndpointItself) {
  EXPECT_EQ(
      head_request(1, Finality::latest),
      R"({"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]})");
  EXPECT_TRUE(head_request(1, Finality::safe).ends_with(R"(["safe",false]})"));
  EXPECT_TRUE(head_request(1, Finality::finalized).ends_with(R"(["finalized",false]})"));
  EXPECT_EQ(header_request(1, 195),
            R"({"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0xc3",false]})");
  EXPECT_EQ(chain_id_request(2), R"({"jsonrpc":"2.0","id":2,"method":"eth_chainId","params":[]})");
  EXPECT_EQ(syncing_request(3), R"({"jsonrpc":"2.0","id":3,"method":"eth_syncing","params":[]})");
}

}  // namespace
}  // namespace holdfast::rpc
