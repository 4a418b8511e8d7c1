#include "config/json_text.h"

#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::string first_error(const std::string& text) {
  Report report;
  const auto root = read_json("f.json", text, report);
  return report.errors.empty() ? "" : report.errors[0].to_string();
}

TEST(JsonText, KeepsFilePointerAndKindOfEachValue) {
  Report report;
  const auto root = read_json("f.json", R"({"a": {"b/c": [null, true, -7, 1.5, "x"]}})", report);
  ASSERT_TRUE(root && report.errors.empty());
  const Node* list = root->find("a")->find("b/c");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->pointer, "/a/b~1c");
  ASSERT_EQ(list->children.size(), 5U);
  EXPECT_TRUE(list->children[0].is(Node::Kind::null));
  EXPECT_TRUE(list->children[1].boolean);
  EXPECT_EQ(list->children[2].whole, -7);
  EXPECT_EQ(list->children[2].number, -7.0);
  EXPECT_EQ(list->children[3].number, 1.5);
  EXPECT_EQ(list->children[4].text, "x");
  EXPECT_EQ(list->children[4].pointer, "/a/b~1c/4");
  EXPECT_EQ(list->children[4].file, "f.json");
}

TEST(JsonText, CommentsAreIgnoredAndMayHoldAnything) {
  EXPECT_EQ(first_error("// one \"\n{/* two { */ \"a\": \"// no comment\" // three\n}"), "");
  EXPECT_NE(first_error("{\"a\": 1} /* open").find("line 1, column 17: "), std::string::npos);
  EXPECT_NE(first_error("{\"a\": 1} /* open").find("missing closing '*/'"), std::string::npos);
}

TEST(JsonText, SyntaxErrorsHaveLineAndColumn) {
  EXPECT_EQ(first_error("{\n  \"a\": 1,\n  \"b\": tru\n}").substr(0, 29),
            "f.json: line 3, column 11: sy");
  EXPECT_NE(first_error("[1,]").find("no comma stands before a closing bracket"),
            std::string::npos);
  EXPECT_NE(first_error("{\"a\": 1,}").find("no comma stands"), std::string::npos);
  EXPECT_NE(first_error("").find("line 1, column 1: "), std::string::npos);
  EXPECT_NE(first_error("{} {}").find("line 1, column 4: "), std::string::npos);
  EXPECT_NE(first_error("{\"a\": 1e999}").find("number overflow"), std::string::npos);
}

TEST(JsonText, MessagesStayOnOneLineOfAscii) {
  for (const char* text : {"{\"\xff\": 1}", "{\"a\n\": 1}", "\x01\x02", "{\"\xc3\xa4\": x"}) {
    for (const char c : first_error(text))
      EXPECT_TRUE(c >= ' ' && c <= '~') << text;
  }
}

TEST(JsonText, AKeyGivenTwiceIsAnError) {
  Report report;
  const auto root = read_json("f.json", R"({"a": {"b": 1, "c": 2, "b": 3}})", report);
  ASSERT_TRUE(root);
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_EQ(report.errors[0].pointer, "/a/b");
  EXPECT_NE(report.errors[0].message.find("twice"), std::string::npos);
  EXPECT_EQ(root->find("a")->find("b")->whole, 1);
}

TEST(JsonText, DepthAndKeysAreBounded) {
  EXPECT_NE(first_error(std::string(10'000, '[')).find("nested too deep"), std::string::npos);
  EXPECT_NE(first_error("{\"" + std::string(300, 'k') + "\": 1}").find("no key is this long"),
            std::string::npos);
}

TEST(JsonText, HugeNumbersAreNoWholeOnes) {
  Report report;
  const auto root = read_json("f.json", R"([18446744073709551615, 9223372036854775807])", report);
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->children[0].is(Node::Kind::fraction));
  EXPECT_EQ(root->children[0].shown(), "18446744073709551615");
  EXPECT_EQ(root->children[1].whole, INT64_MAX);
}

TEST(Node, ShowsLongAndStrangeStringsShortAndPrintable) {
  Node node;
  node.kind = Node::Kind::string;
  node.text = "a\tb\x7f";
  EXPECT_EQ(node.shown(), "\"a\\x09b\\x7f\"");
  node.text = std::string(100, 'x');
  EXPECT_EQ(node.shown(), '"' + std::string(60, 'x') + "...\"");
}

}  // namespace
}  // namespace holdfast
