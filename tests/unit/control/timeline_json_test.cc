#include "control/timeline_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

constexpr WallTime kAt{std::chrono::milliseconds(1'777'890'030'123)};

TimelineRecord record() {
  return {7, kAt, {TimelineKind::hold, ".", "held", "liar denies it", "www.example.org A"}};
}

TEST(TimelineJson, has_a_fixed_shape) {
  EXPECT_EQ(timeline_json(record(), TimelineNames::left_out).dump(),
            R"({"seq":7,"at":"2026-05-04T10:20:30.123Z","kind":"hold","subject":".",)"
            R"("cause":"held","evidence":"liar denies it"})");
}

TEST(TimelineJson, names_are_for_those_who_may_see_them) {
  EXPECT_FALSE(timeline_json(record(), TimelineNames::left_out).contains("name"));
  const auto line = nlohmann::json::parse(timeline_line(record()));
  EXPECT_EQ(line["name"], "www.example.org A");
  const auto reply = nlohmann::json::parse(timeline_reply({record()}, 3));
  EXPECT_EQ(reply["dropped"], 3);
  EXPECT_EQ(reply["records"][0]["name"], "www.example.org A");
}

TEST(TimelineJson, hostile_texts_stay_text_on_one_line) {
  TimelineRecord hostile = record();
  hostile.event.subject = "\"},\n{\"<script>\xFF";
  const std::string line = timeline_line(hostile);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(line)["seq"], 7);
}

TEST(TimelineJson, times_are_read_as_they_are_written) {
  EXPECT_EQ(parse_wall_time("2026-05-04T10:20:30.123Z"), kAt);
  EXPECT_EQ(parse_wall_time("2026-05-04T10:20:30Z"), kAt - std::chrono::milliseconds(123));
  EXPECT_EQ(print_wall_milliseconds(kAt), "2026-05-04T10:20:30.123Z");
  for (const char* wrong :
       {"", "yesterday", "2026-05-04", "2026-05-04T10:20:30", "2026-05-04T10:20:30.5"})
    EXPECT_FALSE(parse_wall_time(wrong)) << wrong;
}

}  // namespace
}  // namespace holdfast
