// Slab<T>: a pool of objects with handles that notice reuse. Growing never moves an object, so
// references stay valid until erase(); a bound keeps what outsiders can make us hold finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace holdfast {

/// A handle into a Slab: slot and generation. The default one names nothing.
struct SlabHandle {
  std::uint32_t slot = 0xffffffff;
  std::uint32_t generation = 0;

  [[nodiscard]] std::uint64_t token() const noexcept {
    return (static_cast<std::uint64_t>(generation) << 32U) | slot;
  }

  [[nodiscard]] static SlabHandle from_token(std::uint64_t token) noexcept {
    return {static_cast<std::uint32_t>(token), static_cast<std::uint32_t>(token >> 32U)};
  }

  friend bool operator==(const SlabHandle&, const SlabHandle&) = default;
};

/// Owned by one thread.
template <typename T>
class Slab {
 public:
  /// At most `bound` objects live at a time.
  explicit Slab(std::size_t bound) : bound_(bound) {}

  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  ~Slab() {
    for (std::uint32_t i = 0; i < used_; ++i) {
      if (cell(i).live) cell(i).object()->~T();
    }
  }

  /// Makes a T and returns its handle; slot 0xffffffff if the slab is full. Allocates only when
  /// more objects live than ever before.
  template <typename... Args>
  SlabHandle emplace(Args&&... args) {
    if (live_ == bound_) return {};
    std::uint32_t slot = 0;
    if (!free_.empty()) {
      slot = free_.back();
      free_.pop_back();
    } else {
      slot = used_++;
      if (slot / kChunk == chunks_.size()) chunks_.push_back(std::make_unique<Cell[]>(kChunk));
    }
    Cell& c = cell(slot);
    new (c.bytes) T(std::forward<Args>(args)...);
    c.live = true;
    ++live_;
    return {slot, c.generation};
  }

  /// The object, or nullptr if it was erased meanwhile.
  [[nodiscard]] T* find(SlabHandle h) noexcept {
    if (h.slot >= used_) return nullptr;
    Cell& c = cell(h.slot);
    return c.live && c.generation == h.generation ? c.object() : nullptr;
  }

  /// Destroys the object; a stale handle is ignored.
  void erase(SlabHandle h) noexcept {
    T* object = find(h);
    if (object == nullptr) return;
    object->~T();
    Cell& c = cell(h.slot);
    c.live = false;
    ++c.generation;
    --live_;
    free_.push_back(h.slot);
  }

  /// Calls visit(handle, object) for each living object; visit may erase the one it is given.
  template <typename Visit>
  void for_each(Visit visit) {
    for (std::uint32_t i = 0; i < used_; ++i) {
      if (cell(i).live) visit(SlabHandle{i, cell(i).generation}, *cell(i).object());
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return live_; }

  [[nodiscard]] bool full() const noexcept { return live_ == bound_; }

 private:
  static constexpr std::size_t kChunk = 64;

  struct Cell {
    alignas(T) unsigned char bytes[sizeof(T)];
    std::uint32_t generation = 0;
    bool live = false;

    T* object() noexcept { return std::launder(reinterpret_cast<T*>(bytes)); }
  };

  Cell& cell(std::uint32_t slot) noexcept { return chunks_[slot / kChunk][slot % kChunk]; }

  std::size_t bound_;
  std::size_t live_ = 0;
  std::uint32_t used_ = 0;
  std::vector<std::unique_ptr<Cell[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace holdfast
