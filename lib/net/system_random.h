// SystemRandom: the kernel's generator (getrandom, a ChaCha20 CSPRNG) behind Random, read in blocks
// so that a query costs no system call of its own. What message ids, ports and 0x20 case come from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/random.h"

namespace holdfast {

/// One thread each. Not for use on both sides of a fork.
class SystemRandom final : public Random {
 public:
  /// Never fails once the kernel's generator is seeded, and waits for that at boot.
  [[nodiscard]] std::uint32_t u32() noexcept override;

 private:
  void refill() noexcept;

  std::array<std::uint32_t, 128> words_{};
  std::size_t left_ = 0;
};

}  // namespace holdfast
