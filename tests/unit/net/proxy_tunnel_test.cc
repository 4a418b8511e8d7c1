#include "net/proxy_tunnel.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using State = ProxyTunnel::State;

ProxyTunnel tunnel() {
  return ProxyTunnel(parse_endpoint("[2001:db8::1]:443", 443).value());
}

State say(ProxyTunnel& tunnel, std::string_view text) {
  return tunnel.receive({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(ProxyTunnel, AsksForTheServerByAddress) {
  EXPECT_EQ(tunnel().request(),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n");
  EXPECT_EQ(tunnel().state(), State::asked);
}

TEST(ProxyTunnel, IsOpenAfterTheWholeHeadHoweverItIsCut) {
  const std::string head = "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    auto made = tunnel();
    EXPECT_EQ(say(made, head.substr(0, cut)), State::asked) << cut;
    EXPECT_EQ(say(made, head.substr(cut)), State::open) << cut;
    EXPECT_EQ(made.fault(), "");
  }
}

TEST(ProxyTunnel, AnythingElseIsRefusedWithItsReason) {
  struct Row {
    std::string said, fault;
  };

  const Row rows[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
       "the proxy refuses: 407 Proxy Authentication Required"},
      {"HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", "the proxy refuses: 302 Found"},
      {"HTTP/1.1 403 \x1b[31m\r\n\r\n", "the proxy refuses: 403 ?[31m"},
      {"HTTP/1.1 200 OK\r\n\r\nhello", "the proxy speaks where the server should"},
      {"HTTP/2 200\r\n\r\n", "the proxy does not speak HTTP"},
      {"HTTP/1.1 2\r\n\r\n", "the proxy does not speak HTTP"},
      {"220 mail.example ESMTP\r\n\r\n", "the proxy does not speak HTTP"},
      {"\r\n\r\n", "the proxy does not speak HTTP"},
      {std::string(8193, 'x'), "the proxy says too much"},
  };
  for (const Row& row : rows) {
    auto made = tunnel();
    EXPECT_EQ(say(made, row.said), State::refused) << row.fault;
    EXPECT_EQ(made.fault(), row.fault);
    EXPECT_EQ(say(made, "HTTP/1.1 200 OK\r\n\r\n"), State::refused) << "that is final";
  }
}

}  // namespace
}  // namespace holdfast
