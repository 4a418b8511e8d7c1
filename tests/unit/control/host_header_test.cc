#include "control/host_header.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(HostHeader, loopback_names_are_served) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:9953", "127.8.9.10", "[::1]", "[::1]:9953",
                           "localhost", "localhost:1", "LocalHost:9953"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
}

TEST(HostHeader, everything_else_is_not) {
  for (const char* host : {"",
                           "example.org",
                           "evil.example:9953",
                           "localhost.example.org",
                           "localhost.",
                           "10.0.0.1",
                           "0.0.0.0",
                           "[::]",
                           "::1",
                           "[::1",
                           "[::1]x",
                           "[127.0.0.1]",
                           "127.0.0.1:",
                           "127.0.0.1:x",
                           "127.0.0.1:123456",
                           "127.0.0.1.example.org",
                           "127.1",
                           "localhost:9953:1",
                           "[::1]:",
                           " 127.0.0.1",
                           "127.0.0.1 ",
                           "[::2]",
                           "localhostx"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace holdfast
