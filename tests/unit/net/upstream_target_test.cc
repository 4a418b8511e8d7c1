#include "net/upstream_target.h"

#include <thread>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Endpoint at(const char* text) {
  return *parse_endpoint(text, 53);
}

constexpr TimePoint kNow{1h};

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
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.1"));
  target.move_on_from(at("192.0.2.1"));
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.2"));
  target.move_on_from(at("192.0.2.1"));  // old news
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.2"));
  target.move_on_from(at("192.0.2.2"));
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.1"));
}

TEST(UpstreamTarget, TheOnlyEndpointStays) {
  const EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1")}), book);
  target.move_on_from(at("192.0.2.1"));
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.1"));
}

TEST(UpstreamTarget, ASilentEndpointIsLeft) {
  const EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1"), at("192.0.2.2")}), book);
  (void)target.endpoint(kNow);
  target.asked(kNow);
  target.asked(kNow + 400ms);
  EXPECT_EQ(target.endpoint(kNow + 449ms), at("192.0.2.1"));
  EXPECT_EQ(target.endpoint(kNow + 450ms), at("192.0.2.2"));
  target.asked(kNow + 450ms);
  target.heard(at("192.0.2.1"));  // late, and of no help to the next one
  EXPECT_EQ(target.endpoint(kNow + 900ms), at("192.0.2.1"));
}

TEST(UpstreamTarget, AnEndpointThatSpeaksStays) {
  const EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1"), at("192.0.2.2")}), book);
  for (TimePoint now = kNow; now < kNow + 2s; now += 100ms) {
    EXPECT_EQ(target.endpoint(now), at("192.0.2.1"));
    target.asked(now);
    if ((now - kNow) % 400ms == Duration::zero()) target.heard(at("192.0.2.1"));
  }
}

TEST(UpstreamTarget, TheOneThatWasReachedFirstIsPreferred) {
  EndpointBook book;
  UpstreamTarget target(named(), book);
  book.publish(UpstreamId{3}, {at("192.0.2.1"), at("192.0.2.2")});
  (void)target.endpoint(kNow);
  target.prefer(at("192.0.2.2"));
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.2"));
  target.prefer(at("192.0.2.9"));  // none of its endpoints any more
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.2"));
}

TEST(UpstreamTarget, AHostIsNowhereUntilItIsResolved) {
  EndpointBook book;
  UpstreamTarget target(named(), book);
  EXPECT_EQ(target.endpoint(kNow), std::nullopt);
  book.publish(UpstreamId{3}, {at("192.0.2.1")});
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.1"));
  book.publish(UpstreamId{3}, {});
  EXPECT_EQ(target.endpoint(kNow), std::nullopt);
}

TEST(UpstreamTarget, AnEndpointInUseStaysWhileItIsGood) {
  EndpointBook book;
  UpstreamTarget target(named(), book);
  book.publish(UpstreamId{3}, {at("192.0.2.1"), at("192.0.2.2")});
  (void)target.endpoint(kNow);
  target.move_on_from(at("192.0.2.1"));
  book.publish(UpstreamId{3}, {at("192.0.2.0"), at("192.0.2.1"), at("192.0.2.2")});
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.2"));
  target.start_over();
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.0"));
  book.publish(UpstreamId{3}, {at("192.0.2.9")});
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.9"));
}

TEST(UpstreamTarget, GivenEndpointsDoNotAskTheBook) {
  EndpointBook book;
  UpstreamTarget target(given({at("192.0.2.1")}), book);
  book.publish(UpstreamId{3}, {at("192.0.2.9")});
  EXPECT_EQ(target.endpoint(kNow), at("192.0.2.1"));
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
    seen = target.endpoint(kNow);
    if (seen) {
      EXPECT_EQ(target.choices(), seen->port);
    }
  }
  writer.join();
}

}  // namespace
}  // namespace holdfast
