#include "config/load.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "config_text.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;
using test::listing;

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    std::string pattern = (fs::temp_directory_path() / "holdfast-load-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }

  ~LoadTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  fs::path folder_;
};

TEST_F(LoadTest, ReadsTheFileAndConfDSortedByName) {
  const auto path = write("holdfast.json", test::patched("{}"));
  write("conf.d/20.json", R"({"routes": [{"zone": "two", "tiers": [["vpc", "alpha"]]}]})");
  write("conf.d/10.json", R"({"routes": [{"zone": "one", "tiers": [["vpc", "alpha"]]}]})");
  write("conf.d/.15.json", "hidden");
  write("conf.d/30.json.bak", "not ours");
  const auto loaded = load_config(path);
  ASSERT_TRUE(loaded.ok()) << listing(loaded.errors);
  ASSERT_EQ(loaded.config.routes.size(), 3U);
  EXPECT_EQ(loaded.config.routes[1].label, "one");
  EXPECT_EQ(loaded.config.routes[2].label, "two");
}

TEST_F(LoadTest, MistakesNameTheFileOfConfD) {
  const auto path = write("holdfast.json", test::patched("{}"));
  const auto fragment = write("conf.d/10.json", R"({"workers": "x"})");
  const auto loaded = load_config(path);
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.errors[0].to_string(),
            fragment + ": /workers: found \"x\"; expected a whole number from 0 to 1024");
}

TEST_F(LoadTest, WhatCannotBeReadIsSaid) {
  const auto missing = load_config((folder_ / "none.json").string());
  ASSERT_EQ(missing.errors.size(), 1U);
  EXPECT_EQ(missing.errors[0].message, "cannot be opened: No such file or directory");
  const auto directory = load_config(folder_.string());
  ASSERT_EQ(directory.errors.size(), 1U);
  EXPECT_EQ(directory.errors[0].message, "is a directory; expected a file");
  const auto endless = load_config("/dev/zero");
  ASSERT_EQ(endless.errors.size(), 1U);
  EXPECT_EQ(endless.errors[0].message, "is larger than 4MiB; expected a configuration");
  const auto large = load_config(write("large.json", std::string(5 * 1024 * 1024, ' ')));
  ASSERT_EQ(large.errors.size(), 1U);
  EXPECT_EQ(large.errors[0].message, "is larger than 4MiB; expected a configuration");
}

TEST_F(LoadTest, ABareFileNameHasItsConfDBeside) {
  write("conf.d/10.json", R"({"workers": 5})");
  write("holdfast.json", test::patched("{}"));
  const auto before = fs::current_path();
  fs::current_path(folder_);
  const auto loaded = load_config("holdfast.json");
  fs::current_path(before);
  ASSERT_TRUE(loaded.ok()) << listing(loaded.errors);
  EXPECT_EQ(loaded.config.workers, 5U);
}

}  // namespace
}  // namespace holdfast
