#include "daemon/rpc_secrets.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Config with_variable(const std::string& variable) {
  Config config;
  UpstreamConfig& ens = config.upstreams.emplace_back();
  ens.name = "ens";
  rpc::EndpointSpec& endpoint = ens.chain.emplace().endpoints.emplace_back();
  endpoint.provider = "rpc-a";
  endpoint.secret_env = variable;
  return config;
}

TEST(RpcSecrets, FromTheEnvironment) {
  ::setenv("HOLDFAST_TEST_RPC", "hush", 1);
  Config config = with_variable("HOLDFAST_TEST_RPC");
  EXPECT_EQ(read_rpc_secrets(config), "");
  EXPECT_EQ(config.upstreams[0].chain->endpoints[0].secret, "hush");
}

TEST(RpcSecrets, MissingOrNoneAndNeverShown) {
  ::unsetenv("HOLDFAST_TEST_RPC");
  Config missing = with_variable("HOLDFAST_TEST_RPC");
  EXPECT_EQ(read_rpc_secrets(missing),
            "upstream ens, endpoint rpc-a: secret_env: HOLDFAST_TEST_RPC is empty");
  ::setenv("HOLDFAST_TEST_RPC", "hush\r\nX-More: 1", 1);
  Config split = with_variable("HOLDFAST_TEST_RPC");
  const std::string error = read_rpc_secrets(split);
  EXPECT_NE(error.find("is no secret"), std::string::npos);
  EXPECT_EQ(error.find("hush"), std::string::npos);
}

TEST(RpcSecrets, NoneIsNoMistake) {
  Config config = with_variable("");
  EXPECT_EQ(read_rpc_secrets(config), "");
  EXPECT_EQ(config.upstreams[0].chain->endpoints[0].secret, "");
}

}  // namespace
}  // namespace holdfast
