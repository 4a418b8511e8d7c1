#include "daemon/ctl/ens_names.h"

#include <sstream>

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

std::string answers_to(const std::string& lines) {
  std::istringstream in(lines);
  std::ostringstream out;
  EXPECT_EQ(Exit::ok, answer_ens_names(in, out));
  return out.str();
}

TEST(EnsNames, a_name_is_printed_normalised) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(Exit::ok, print_ens_name({EnsNames::Print::name, "DNS.eth"}, out, err));
  EXPECT_EQ(Exit::ok, print_ens_name({EnsNames::Print::node, "DNS.eth"}, out, err));
  EXPECT_EQ("dns.eth\n0x69d97612f7b517567f953fe5ab78b9f713b8adb8915c9fa0b9f3751a3fe8eef9\n",
            out.str());
  EXPECT_EQ("", err.str());
}

TEST(EnsNames, what_is_no_name_fails_and_says_why) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(Exit::failed, print_ens_name({EnsNames::Print::name, "a b.eth"}, out, err));
  EXPECT_EQ("holdfastctl: no ENS name: disallowed character\n", err.str());
  EXPECT_EQ(Exit::failed, print_ens_name({EnsNames::Print::both, "a b.eth"}, out, err));
  EXPECT_EQ("{\"ok\":false,\"error\":\"disallowed character\"}\n", out.str());
}

TEST(EnsNames, lines_of_json_are_answered_in_turn) {
  EXPECT_EQ(
      "{\"ok\":true,\"name\":\"eth\",\"node\":"
      "\"0x93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae\"}\n"
      "{\"ok\":false,\"error\":\"underscore allowed only at start\"}\n"
      "{\"ok\":true,\"name\":\"\",\"node\":"
      "\"0x0000000000000000000000000000000000000000000000000000000000000000\"}\n",
      answers_to("\"ETH\"\n\"a_b\"\n\"\""));
}

TEST(EnsNames, a_line_that_is_no_string_is_an_error_of_its_own) {
  const std::string refused =
      "{\"ok\":false,\"error\":\"not one JSON string of well-formed Unicode\"}\n";
  for (const char* line :
       {"", "eth", "12", "\"a\" \"b\"", "\"\\ud800.eth\"", "\"\xff\"", "[\"a\"]"}) {
    EXPECT_EQ(refused, answers_to(std::string(line) + "\n")) << line;
  }
}

TEST(EnsNames, a_line_has_a_limit_and_the_next_one_is_read) {
  const auto replies =
      answers_to("\"" + std::string((std::size_t{1} << 20U) + 100, 'a') + "\"\n\"a_b\"\n");
  EXPECT_EQ(
      "{\"ok\":false,\"error\":\"longer than a mebibyte\"}\n"
      "{\"ok\":false,\"error\":\"underscore allowed only at start\"}\n",
      replies);
}

TEST(EnsNames, no_lines_no_answers) {
  EXPECT_EQ("", answers_to(""));
}

}  // namespace
}  // namespace holdfast::ctl
