// What is shipped has none of the weaknesses that the audit knows, be it notes.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "audit/simulate_losses.h"
#include "tests/unit/audit/audit_text.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shipped() {
  const fs::path folder = fs::path(HOLDFAST_SOURCE_DIR) / "config";
  std::vector<fs::path> files{folder / "holdfast.json"};
  for (const auto& entry : fs::directory_iterator(folder / "examples"))
    files.push_back(entry);
  return files;
}

TEST(ShippedConfigurations, HaveNoFinding) {
  EXPECT_GE(shipped().size(), 7U);
  for (const fs::path& file : shipped()) {
    const auto loaded = load_config(file.string());
    ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
    EXPECT_EQ(test::listing(test::audited(loaded)), "") << file;
  }
}

TEST(ShippedConfigurations, TheOneInTheReadmeHasNoFinding) {
  std::ifstream file(fs::path(HOLDFAST_SOURCE_DIR) / "README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string fence = "```jsonc\n";
  const auto begin = text.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const auto end = text.find("```", begin + fence.size());
  const auto loaded =
      parse_config({{"README.md", text.substr(begin + fence.size(), end - begin - fence.size())}});
  ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
  EXPECT_EQ(test::listing(test::audited(loaded)), "");
}

TEST(ShippedConfigurations, OutliveTheLossOfAnyProvider) {
  for (const fs::path& file : shipped()) {
    const auto loaded = load_config(file.string());
    ASSERT_TRUE(loaded.ok()) << test::mistakes(loaded);
    const auto simulation = audit::simulate_losses(loaded.config, *loaded.tree);
    for (const auto& failed : simulation.failed) {
      EXPECT_EQ(failed.severity, audit::Severity::note)
          << file << ": " << failed.route << " without " << failed.lost.front() << " "
          << to_string(failed.how);
    }
  }
}

}  // namespace
}  // namespace holdfast
