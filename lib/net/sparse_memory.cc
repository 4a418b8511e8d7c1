#include "net/sparse_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sys/mman.h>

namespace holdfast {
namespace {

/// In front of each block, as free() is not told how large one is.
struct alignas(std::max_align_t) Head {
  std::size_t size;  // of the block without this
};

bool is_sparse(std::size_t size) noexcept {
  return size >= kSparseFrom;
}

Head* head_of(void* block) noexcept {
  return static_cast<Head*>(block) - 1;
}

}  // namespace

void* sparse_malloc(std::size_t size, void* /*user*/) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() - sizeof(Head)) return nullptr;
  const std::size_t whole = size + sizeof(Head);
  void* memory = is_sparse(size) ? mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                 : std::malloc(whole);
  if (memory == nullptr || memory == MAP_FAILED) return nullptr;
  // Huge pages would be whole where a few bytes are written.
  if (is_sparse(size)) (void)madvise(memory, whole, MADV_NOHUGEPAGE);
  auto* head = static_cast<Head*>(memory);
  head->size = size;
  return head + 1;
}

void sparse_free(void* block, void* /*user*/) noexcept {
  if (block == nullptr) return;
  Head* head = head_of(block);
  if (is_sparse(head->size)) {
    munmap(head, head->size + sizeof(Head));
  } else {
    std::free(head);
  }
}

void* sparse_calloc(std::size_t count, std::size_t each, void* user) noexcept {
  if (each != 0 && count > std::numeric_limits<std::size_t>::max() / each) return nullptr;
  void* block = sparse_malloc(count * each, user);
  // What is mapped is zero, and writing that would touch it.
  if (block != nullptr && !is_sparse(count * each)) std::memset(block, 0, count * each);
  return block;
}

void* sparse_realloc(void* block, std::size_t size, void* user) noexcept {
  void* larger = sparse_malloc(size, user);
  if (larger == nullptr || block == nullptr) return larger;
  std::memcpy(larger, block, std::min(size, head_of(block)->size));
  sparse_free(block, user);
  return larger;
}

}  // namespace holdfast
