// Reproducible randomness for simulations and property tests.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace holdfast::sim {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed * 2 + 1) {
    for (int i = 0; i < 8; ++i)
      (void)u32();
  }

  std::uint32_t u32() noexcept override {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace holdfast::sim
