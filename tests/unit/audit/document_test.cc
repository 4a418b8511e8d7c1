// docs/AUDIT.md has a row for each rule, in order, with the title that the program prints.
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/losses.h"
#include "audit/rules.h"

namespace holdfast::audit {
namespace {

std::vector<std::string> lines() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/AUDIT.md");
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);)
    all.push_back(line);
  return all;
}

TEST(AuditDocument, HasEachRuleWithItsTitleAndARemedy) {
  std::vector<std::pair<std::string, std::string>> rows;
  const std::regex row(R"(\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|)");
  for (const std::string& line : lines()) {
    std::smatch found;
    if (std::regex_match(line, found, row)) rows.emplace_back(found[1], found[2]);
  }
  std::vector<std::pair<std::string, std::string>> known;
  for (const Rule& rule : rules())
    known.emplace_back(rule.id, rule.title);
  known.emplace_back(kConfigWarning, title_of(kConfigWarning));
  EXPECT_EQ(rows, known);
}

TEST(AuditDocument, SaysTheBounds) {
  std::string text;
  for (const std::string& line : lines())
    text += line + ' ';
  EXPECT_NE(text.find(std::to_string(kMaxPairs) + " pairs are played, and " +
                      std::to_string(kMaxRoles) + " routes"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast::audit
