#include "net/socket_buffers.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

bool says(const std::string& line, const char* what) {
  return line.find(what) != std::string::npos;
}

TEST(SocketBuffers, what_was_asked_for_is_no_shortage) {
  EXPECT_EQ(buffer_shortage(kWantedBuffers), "");
  EXPECT_EQ(buffer_shortage({kWantedBuffers.receive * 2, kWantedBuffers.send * 2}), "");
}

TEST(SocketBuffers, a_shortage_is_one_line_with_what_to_do) {
  const std::string line = buffer_shortage({425984, kWantedBuffers.send});
  EXPECT_TRUE(says(line, "receive buffers of 416KiB instead of 1MiB")) << line;
  EXPECT_TRUE(says(line, "net.core.rmem_max=524288")) << line;
  EXPECT_TRUE(says(line, "CAP_NET_ADMIN")) << line;
  EXPECT_FALSE(says(line, "wmem")) << line;
  EXPECT_FALSE(says(line, "\n")) << line;
  const std::string both = buffer_shortage({2304, 4608});
  EXPECT_TRUE(says(both, "receive buffers of 2304 ")) << both;
  EXPECT_TRUE(says(both, "send buffers of 4608 ")) << both;
  EXPECT_TRUE(says(both, "net.core.wmem_max=4194304")) << both;
}

}  // namespace
}  // namespace holdfast
