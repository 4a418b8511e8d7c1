#include "rpc/chain.h"

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

TEST(Chain, ASecretGoesIntoTheUrlOrIntoAHeader) {
  EndpointSpec endpoint;
  endpoint.url = "https://rpc.example/v1";
  EXPECT_EQ(secret_header(endpoint), "");
  endpoint.secret = "hush";
  EXPECT_EQ(secret_url(endpoint), "https://rpc.example/v1");
  EXPECT_EQ(secret_header(endpoint), "Authorization: Bearer hush");
  endpoint.url = "https://rpc.example/v1/{secret}/eth";
  EXPECT_EQ(secret_url(endpoint), "https://rpc.example/v1/hush/eth");
  EXPECT_EQ(secret_header(endpoint), "");
}

TEST(Chain, ItsIdentityHasNoSecret) {
  Chain chain;
  chain.mode = Mode::quorum;
  chain.quorum = 2;
  EndpointSpec endpoint;
  endpoint.provider = "rpc-a";
  endpoint.url = "https://rpc.example/{secret}";
  endpoint.secret = "hush";
  chain.endpoints = {endpoint};
  const std::string text = chain.identity();
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_TRUE(text.starts_with("chain 1 quorum 2 at 0x00000000000c2e07")) << text;
  EXPECT_TRUE(text.ends_with("rpc-a=https://rpc.example/{secret}")) << text;
}

TEST(Chain, WhatAnEndpointSaysIsShownWithoutItsKeys) {
  EndpointSpec endpoint;
  endpoint.url = "https://rpc.example/v1/0123456789abcdef/eth?key=fedcba9876543210&x={secret}";
  endpoint.secret = "hush";
  EXPECT_EQ(
      without_secrets("-32000 key 0123456789abcdef or fedcba9876543210: hush, hush", endpoint),
      "-32000 key *** or ***: ***, ***");
  EXPECT_EQ(without_secrets("v1 of eth at rpc.example", endpoint), "v1 of eth at rpc.example");
  endpoint.url = "https://rpc.example/0123456789?key=0123456789abc";
  EXPECT_EQ(without_secrets("0123456789abc, 0123456789", endpoint), "***, ***");
  endpoint.url = "http://127.0.0.1:8545";
  EXPECT_EQ(without_secrets("8545 hushed", endpoint), "8545 ***ed");
}

TEST(Chain, AnotherSecretIsAnotherEndpoint) {
  Chain one;
  one.endpoints.resize(1);
  Chain other = one;
  EXPECT_TRUE(one.same_endpoints(other));
  other.endpoints[0].secret = "hush";
  EXPECT_FALSE(one.same_endpoints(other));
}

}  // namespace
}  // namespace holdfast::rpc
