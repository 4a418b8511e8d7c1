// The unit in which memory moves between CPUs and caches.
#pragma once

#include <cstddef>

namespace holdfast {

/// Of every machine this runs on. What two threads write stands on lines of their own.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace holdfast
