#include "base/function_ref.h"

#include <memory>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

int apply(FunctionRef<int(int)> f, int x) {
  return f(x);
}

TEST(FunctionRef, CallsWhatItBorrows) {
  int calls = 0;
  auto twice = [&calls](int x) {
    ++calls;
    return 2 * x;
  };
  EXPECT_EQ(apply(twice, 21), 42);
  const FunctionRef<int(int)> ref = twice;
  const FunctionRef<int(int)> copy = ref;
  EXPECT_EQ(copy(1), 2);
  EXPECT_EQ(calls, 2);
}

TEST(FunctionRef, PassesArgumentsThatOnlyMove) {
  auto read = [](std::unique_ptr<int> p) { return *p; };
  const FunctionRef<int(std::unique_ptr<int>)> ref = read;
  EXPECT_EQ(ref(std::make_unique<int>(3)), 3);
}

}  // namespace
}  // namespace holdfast
