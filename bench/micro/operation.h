// Operation: one thing that a query costs, done over and over. Two programs run them: `micro` times
// them with Google Benchmark, `micro_count` does a given number of rounds, so that instructions can
// be counted. All input is fixed: two runs of one build do the same.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace holdfast::micro {

/// Does the operation so many times; its input was made ready before.
using Rounds = std::function<void(std::size_t times)>;

struct Operation {
  std::string name;                 // `find_route/1000`: what follows the stroke is a size
  std::function<Rounds()> prepare;  // makes the input, which lives as long as the Rounds
};

using Operations = std::vector<Operation>;

/// For each size one operation `name/size`.
template <typename Prepare>
void add_sizes(Operations& to, const std::string& name, std::initializer_list<std::size_t> sizes,
               Prepare prepare) {
  for (const std::size_t size : sizes) {
    to.push_back({name + "/" + std::to_string(size), [=] { return Rounds(prepare(size)); }});
  }
}

void add_base(Operations& to);
void add_dns(Operations& to);
void add_cache(Operations& to);
void add_route(Operations& to);

/// Timed and not counted: names of ENS stand beside calls over a network, an instruction more is no
/// matter there.
void add_ens(Operations& to);

[[nodiscard]] inline Operations all_operations() {
  Operations all;
  add_base(all);
  add_dns(all);
  add_cache(all);
  add_route(all);
  return all;
}

/// The compiler must have made the value, and must not know what memory holds afterwards.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace holdfast::micro
