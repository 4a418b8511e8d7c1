// The unit in which memory moves between CPUs and caches.
#pragma once

#include <cstddef>

namespace holdfast {

/// Of every machine this runs on. What two threads write stands on lines of their own.
inline constexpr std::size_t kCacheLine = 64;

/// How far apart buffers of that size are to begin that are filled one after the other: at
/// multiples of a page, their first bytes would all fight for the same few lines of the CPU's
/// cache.
constexpr std::size_t spread(std::size_t bytes) noexcept {
  return bytes + kCacheLine;
}

}  // namespace holdfast
