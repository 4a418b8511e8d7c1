#include "net/upstream_target.h"

#include <thread>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Endpoint at(const char* text) {
  return *parse_endpoint(text, 53);
}

Upstream given(Endpoints endpoints) {
  Upstream upstream;
  upstream.id = UpstreamId{3};
  upstream.endpoints = std::move(endpoints);
  return upstream;
}

Upstream named() {
  Upstream upstream = given({});
  upstream.host = "dns.example";
  return upstream;
}

TEST(UpstreamTarget, TheFirstEndpointIsUsedUntilItFails) {
  const EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1"), at("192.0.2.2")}), book);
  EXPECT_EQ(target.endpoint(), at("192.0.2.1"));
  target.move_on_from(at("192.0.2.1"));
  EXPECT_EQ(target.endpoint(), at("192.0.2.2"));
  target.move_on_from(at("192.0.2.1"));  // old news
  EXPECT_EQ(target.endpoint(), at("192.0.2.2"));
  target.move_on_from(at("192.0.2.2"));
  EXPECT_EQ(target.endpoint(), at("192.0.2.1"));
}

TEST(UpstreamTarget, TheOnlyEndpointStays) {
  const EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1")}), book);
  target.move_on_from(at("192.0.2.1"));
  EXPECT_EQ(target.endpoint(), at("192.0.2.1"));
}

TEST(UpstreamTarget, AHostIsNowhereUntilItIsResolved) {
  EndpointBook book;
  UpstreamTarget target(named(), book);
  EXPECT_EQ(target.endpoint(), std::nullopt);
  book.publish(UpstreamId{3}, {at("192.0.2.1")});
  EXPECT_EQ(target.endpoint(), at("192.0.2.1"));
  book.publish(UpstreamId{3}, {});
  EXPECT_EQ(target.endpoint(), std::nullopt);
}

TEST(UpstreamTarget, AnEndpointInUseStaysWhileItIsGood) {
  EndpointBook book;
  UpstreamTarget target(named(), book);
  book.publish(UpstreamId{3}, {at("192.0.2.1"), at("192.0.2.2")});
  (void)target.endpoint();
  target.move_on_from(at("192.0.2.1"));
  book.publish(UpstreamId{3}, {at("192.0.2.0"), at("192.0.2.1"), at("192.0.2.2")});
  EXPECT_EQ(target.endpoint(), at("192.0.2.2"));
  target.start_over();
  EXPECT_EQ(target.endpoint(), at("192.0.2.0"));
  book.publish(UpstreamId{3}, {at("192.0.2.9")});
  EXPECT_EQ(target.endpoint(), at("192.0.2.9"));
}

TEST(UpstreamTarget, GivenEndpointsDoNotAskTheBook) {
  EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1")}), book);
  book.publish(UpstreamId{3}, {at("192.0.2.9")});
  EXPECT_EQ(target.endpoint(), at("192.0.2.1"));
}

TEST(EndpointBook, ReadersSeeWholePages) {
  EndpointBook book;
  const UpstreamId id{3};
  std::thread writer([&] {
    for (std::uint16_t n = 1; n <= 500; ++n) {
      book.publish(id, Endpoints(n, Endpoint{at("192.0.2.1").address, n}));
    }
  });
  UpstreamTarget target(named(), book);
  std::optional<Endpoint> seen;
  while (!seen || seen->port != 500) {
    seen = target.endpoint();
    if (seen) {
      EXPECT_EQ(target.choices(), seen->port);
    }
  }
  writer.join();
}

}  // namespace
}  // namespace holdfast
