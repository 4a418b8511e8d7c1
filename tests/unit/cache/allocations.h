// How often this executable has allocated: operator new is replaced by one that counts. In a file
// of its own, or the compiler sees through it and takes free() for a mistake.
#pragma once

#include <cstddef>

namespace holdfast::test {

/// Since the start, of all threads.
std::size_t allocations() noexcept;

}  // namespace holdfast::test
