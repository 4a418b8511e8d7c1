#include "daemon/status_page.h"

#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

TEST(StatusPage, is_one_small_document) {
  const std::string_view page = status_page();
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_LT(page.size(), 50'000u);
  EXPECT_EQ(count(page, "<script>"), 1u);
  EXPECT_EQ(count(page, "<style>"), 1u);
  for (const char* elsewhere : {" src=", "@import", "url(", "https://", "<!-- "})
    EXPECT_EQ(count(page, elsewhere), 0u) << elsewhere;
}

TEST(StatusPage, never_makes_elements_of_texts) {
  const std::string page(status_page());
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "Function(", " onclick", " onload", " onerror", " style="})
    EXPECT_EQ(count(page, way), 0u) << way;
}

TEST(StatusPage, its_policy_allows_its_own_parts_by_hash_and_nothing_else) {
  const std::string policy(status_page_policy());
  EXPECT_TRUE(policy.starts_with("default-src 'none'; "));
  EXPECT_EQ(count(policy, "'sha256-"), 2u);
  EXPECT_EQ(count(policy, "unsafe"), 0u);
  EXPECT_EQ(count(policy, "*"), 0u);
  for (const char* rule :
       {"connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"})
    EXPECT_EQ(count(policy, rule), 1u) << rule;
}

}  // namespace
}  // namespace holdfast
