// micro_count: does an operation so many times, for bench/instructions.py, which runs it under
// callgrind. The difference of two runs is what the rounds cost, without start and preparation.
//
//   micro_count               lists the operations
//   micro_count NAME TIMES
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "operation.h"

int main(int argc, char** argv) {
  const auto operations = holdfast::micro::all_operations();
  if (argc == 1) {
    for (const auto& operation : operations)
      std::puts(operation.name.c_str());
    return 0;
  }
  for (const auto& operation : operations) {
    if (argc != 3 || operation.name != std::string_view(argv[1])) continue;
    operation.prepare()(std::strtoul(argv[2], nullptr, 10));
    return 0;
  }
  std::fputs("usage: micro_count [NAME TIMES]; without arguments it lists the names\n", stderr);
  return 2;
}
