#include "daemon/secret_file.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

class SecretFileTest : public testing::Test {
 protected:
  ~SecretFileTest() override { std::filesystem::remove(path_); }

  SecretFile read(mode_t mode, const std::string& text = "secret\n") {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
    return read_secret_file(path_);
  }

  std::string path_ = testing::TempDir() + "secret-file-" + std::to_string(::getpid());
};

TEST_F(SecretFileTest, its_owner_and_group_may_read_it) {
  for (const mode_t mode : {0600U, 0640U, 0400U, 0440U}) {
    const SecretFile file = read(mode);
    EXPECT_EQ(file.error, "") << mode;
    EXPECT_EQ(file.text, "secret\n");
    std::filesystem::remove(path_);
  }
}

TEST_F(SecretFileTest, nobody_else_may) {
  for (const mode_t mode : {0644U, 0604U, 0602U, 0601U, 0660U, 0620U}) {
    const SecretFile file = read(mode);
    EXPECT_NE(file.error.find(path_ + ": others may read it"), std::string::npos) << file.error;
    EXPECT_NE(file.error.find("chmod 0640"), std::string::npos) << file.error;
    EXPECT_EQ(file.text, "");
  }
}

TEST_F(SecretFileTest, what_is_no_small_file_is_told) {
  EXPECT_NE(read_secret_file(path_).error.find("cannot be opened"), std::string::npos);
  EXPECT_NE(read_secret_file("/").error.find("no regular file"), std::string::npos);
  EXPECT_NE(read_secret_file("/dev/null").error.find("no regular file"), std::string::npos);
  EXPECT_NE(read(0600, std::string(70'000, 'x')).error.find("larger"), std::string::npos);
}

TEST(FirstLine, ends_where_the_line_does) {
  EXPECT_EQ(first_line("pass word\n\n"), "pass word");
  EXPECT_EQ(first_line("password\r\nmore"), "password");
  EXPECT_EQ(first_line("password"), "password");
  EXPECT_EQ(first_line("\n"), "");
}

}  // namespace
}  // namespace holdfast
