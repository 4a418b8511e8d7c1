#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "daemon/ctl/reply_text.h"

namespace holdfast::ctl {
namespace {

const Paint kPlain(false);

nlohmann::json record(int seq, const char* kind, const char* subject, const char* evidence) {
  return {{"seq", seq},         {"at", "2026-05-04T10:20:30.123Z"}, {"kind", kind},
          {"subject", subject}, {"cause", "vpc is down (silent)"},  {"evidence", evidence}};
}

TEST(TimelineText, reads_from_the_oldest_on) {
  const auto records = nlohmann::json::array(
      {record(2, "failback", ".", "after 12s"), record(1, "failover", ".", "")});
  EXPECT_EQ(print_timeline(records, kPlain),
            "2026-05-04T10:20:30.123Z  failover     .: vpc is down (silent)\n"
            "2026-05-04T10:20:30.123Z  failback     .: vpc is down (silent) (after 12s)\n");
}

TEST(TimelineText, tells_the_name_of_a_hold) {
  auto held = record(1, "hold", ".", "liar denies it");
  held["name"] = "www.example.org A";
  EXPECT_NE(print_timeline(nlohmann::json::array({held}), kPlain)
                .find(", www.example.org A (liar denies it)"),
            std::string::npos);
}

TEST(TimelineText, steers_no_terminal) {
  const auto text =
      print_timeline(nlohmann::json::array({record(1, "state", "\x1B[2Jvpc\n", "")}), kPlain);
  EXPECT_NE(text.find("?[2Jvpc?"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::ctl
