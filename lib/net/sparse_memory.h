// Memory whose large blocks cost only the pages that are touched: for a library that keeps a buffer
// for the largest frame in each session and writes a few hundred bytes of it.
#pragma once

#include <cstddef>

namespace holdfast {

inline constexpr std::size_t kSparseFrom = 8192;

/// malloc(), free(), calloc() and realloc(), as a library takes them that lets its user choose
/// (nghttp2_mem); `user` is not looked at. Blocks of kSparseFrom bytes and more are mapped for
/// themselves, so that what was never written is not resident and what is freed goes back to the
/// kernel. Any thread. Blocks are for these functions alone.
[[nodiscard]] void* sparse_malloc(std::size_t size, void* user) noexcept;
void sparse_free(void* block, void* user) noexcept;
[[nodiscard]] void* sparse_calloc(std::size_t count, std::size_t each, void* user) noexcept;
[[nodiscard]] void* sparse_realloc(void* block, std::size_t size, void* user) noexcept;

}  // namespace holdfast
