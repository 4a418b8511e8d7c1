#include "dns/tcp_framer.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dns/message_builder.h"

namespace holdfast::dns {
namespace {

using test::as_bytes;
using test::as_raw;
using test::Raw;

Raw frame(const Raw& message) {
  return test::u16(static_cast<unsigned>(message.size())) + message;
}

using Frames = std::vector<Raw>;

TEST(TcpFramer, HandsOutWholeFramesHoweverTheyArrive) {
  const Frames expected = {"first", Raw(300, 'x'), "z", Raw(70, '\0')};
  Raw stream;
  for (const Raw& message : expected)
    stream += frame(message);
  for (std::size_t step = 1; step <= stream.size(); step = step < 10 ? step + 1 : step * 2) {
    TcpFramer framer;
    Frames got;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      const Raw chunk = stream.substr(at, step);
      ASSERT_TRUE(framer.feed(as_bytes(chunk), [&got](Bytes message) {
        got.push_back(as_raw(message));
        return true;
      }));
    }
    EXPECT_EQ(got, expected) << step;
    EXPECT_FALSE(framer.in_frame());
  }
}

TEST(TcpFramer, KnowsWhenAFrameIsIncomplete) {
  TcpFramer framer;
  int frames = 0;
  const auto count = [&frames](Bytes) { return ++frames > 0; };
  EXPECT_FALSE(framer.in_frame());
  for (const char byte : {'\0', '\2', 'a'}) {
    EXPECT_TRUE(framer.feed(as_bytes(Raw(1, byte)), count));
    EXPECT_TRUE(framer.in_frame());
  }
  EXPECT_TRUE(framer.feed(as_bytes("b"), count));
  EXPECT_FALSE(framer.in_frame());
  EXPECT_EQ(frames, 1);
}

TEST(TcpFramer, SkipsEmptyFrames) {
  TcpFramer framer;
  Frames got;
  const Raw stream = frame("") + frame("") + frame("ab") + frame("");
  EXPECT_TRUE(framer.feed(as_bytes(stream), [&got](Bytes message) {
    got.push_back(as_raw(message));
    return true;
  }));
  EXPECT_EQ(got, Frames{"ab"});
  EXPECT_FALSE(framer.in_frame());
}

TEST(TcpFramer, RefusesFramesBeyondItsBound) {
  TcpFramer framer(10);
  int frames = 0;
  const auto count = [&frames](Bytes) { return ++frames > 0; };
  EXPECT_TRUE(framer.feed(as_bytes(frame(Raw(10, 'x'))), count));
  EXPECT_FALSE(framer.feed(as_bytes(test::u16(11)), count));
  TcpFramer late(10);
  EXPECT_TRUE(late.feed(as_bytes(Raw(1, '\0')), count));
  EXPECT_FALSE(late.feed(as_bytes("\x0b"), count));
  EXPECT_EQ(frames, 1);
}

TEST(TcpFramer, StopsWhenAskedAndGoesOnLater) {
  TcpFramer framer;
  Frames got;
  const auto one = [&got](Bytes message) {
    got.push_back(as_raw(message));
    return false;
  };
  EXPECT_TRUE(framer.feed(as_bytes(frame("a") + frame("b") + frame("c") + Raw(1, '\0')), one));
  EXPECT_EQ(got, Frames{"a"});
  EXPECT_TRUE(framer.in_frame());
  EXPECT_TRUE(framer.feed({}, one));
  EXPECT_EQ(got, (Frames{"a", "b"}));
  EXPECT_TRUE(framer.feed(as_bytes("\1d"), one));
  EXPECT_TRUE(framer.feed({}, one));
  EXPECT_EQ(got, (Frames{"a", "b", "c", "d"}));
  EXPECT_FALSE(framer.in_frame());
}

TEST(TcpFramer, TakesTheLargestFrame) {
  TcpFramer framer;
  const Raw stream = frame(Raw(65535, 'x'));
  std::size_t size = 0;
  const auto take = [&size](Bytes message) {
    size = message.size();
    return true;
  };
  EXPECT_TRUE(framer.feed(as_bytes(stream.substr(0, 40000)), take));
  EXPECT_TRUE(framer.feed(as_bytes(stream.substr(40000)), take));
  EXPECT_EQ(size, 65535U);
}

TEST(FrameLength, IsBigEndian) {
  std::array<std::uint8_t, 2> out{};
  write_frame_length(out, 0x1234);
  EXPECT_EQ(out, (std::array<std::uint8_t, 2>{0x12, 0x34}));
}

}  // namespace
}  // namespace holdfast::dns
