#include "daemon/ctl/shared_part.h"

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

using host::FileKind;
using host::FileState;
using host::Part;

const FileState kAbsent;

FileState file(const std::string& text) {
  return {.kind = FileKind::file, .text = text};
}

std::string with(Part part, const FileState& now, const FileState& after) {
  const auto state = with_part(part, now, after);
  return state ? state->text : "nothing";
}

TEST(SharedPart, a_whole_file_is_ours_or_not) {
  EXPECT_TRUE(has_part(Part::whole, file("a"), file("a")));
  EXPECT_FALSE(has_part(Part::whole, file("a "), file("a")));
  EXPECT_FALSE(has_part(Part::whole, kAbsent, file("")));
  EXPECT_EQ(with(Part::whole, file("theirs"), file("ours")), "ours");
}

TEST(SharedPart, of_an_object_one_key_is_ours) {
  const FileState ours = file(R"({"mtu": 1, "dns": ["A"]})");
  EXPECT_TRUE(has_part(Part::dns_key, file(R"({"dns":["A"],"x":2})"), ours));
  EXPECT_FALSE(has_part(Part::dns_key, file(R"({"dns":["B"]})"), ours));
  EXPECT_FALSE(has_part(Part::dns_key, file("{"), ours));
  EXPECT_EQ(with(Part::dns_key, file(R"({"x":2,"dns":["B"]})"), ours),
            "{\n  \"x\": 2,\n  \"dns\": [\n    \"A\"\n  ]\n}\n");
  EXPECT_EQ(with(Part::dns_key, file(R"({"x":2,"dns":["A"]})"), kAbsent), "{\n  \"x\": 2\n}\n");
  EXPECT_EQ(with(Part::dns_key, file("{"), ours), "nothing");
  EXPECT_EQ(with(Part::dns_key, kAbsent, ours), "{\n  \"dns\": [\n    \"A\"\n  ]\n}\n");
}

TEST(SharedPart, of_text_the_lines_between_our_marks_are_ours) {
  const std::string lines =
      "# Written by holdfastctl takeover\nx=1\n# End of what holdfastctl takeover wrote\n";
  const FileState ours = file("a=1\n" + lines);
  EXPECT_TRUE(has_part(Part::marked_lines, file("b=1\n" + lines + "c=1\n"), ours));
  EXPECT_FALSE(has_part(Part::marked_lines, file("b=1\n"), ours));
  EXPECT_EQ(with(Part::marked_lines, file("b=1"), ours), "b=1\n" + lines);
  EXPECT_EQ(with(Part::marked_lines, file("b=1\n" + lines + "c=1\n"), file("a=1\n")), "b=1\nc=1\n");
}

TEST(SharedPart, lines_that_must_be_the_first_stay_so) {
  const std::string lines =
      "# Written by holdfastctl takeover\nx=1\n# End of what holdfastctl takeover wrote\n";
  const FileState ours = file(lines + "a=1\n");
  EXPECT_TRUE(has_part(Part::first_lines, file(lines + "b=1\n"), ours));
  EXPECT_EQ(with(Part::first_lines, file("b=1\n"), ours), lines + "b=1\n");
  EXPECT_EQ(with(Part::first_lines, file("b=1\n" + lines + "c=1\n"), ours), lines + "b=1\nc=1\n");
  EXPECT_EQ(with(Part::first_lines, file(lines + "b=1\n"), file("a=1\n")), "b=1\n");
  EXPECT_EQ(with(Part::first_lines, kAbsent, ours), ours.text);
}

}  // namespace
}  // namespace holdfast::ctl
