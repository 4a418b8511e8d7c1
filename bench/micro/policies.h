// Eviction policies of the literature over bare numbers, to compare the cache's own with. Each
// answers whether a name was held, and holds it from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

namespace holdfast::micro {

using NameNumber = std::uint32_t;

/// What was asked for longest ago leaves; as FIFO, what came longest ago.
template <bool kMovesOnHit>
class Queue {
 public:
  /// Room for `entries` of the names below `names`.
  Queue(std::size_t entries, std::size_t names) : entries_(entries), places_(names, order_.end()) {}

  bool ask(NameNumber name) {
    const auto place = places_[name];
    if (place != order_.end()) {
      if (kMovesOnHit) order_.splice(order_.begin(), order_, place);
      return true;
    }
    if (order_.size() == entries_) {
      places_[order_.back()] = order_.end();
      order_.pop_back();
    }
    places_[name] = order_.insert(order_.begin(), name);
    return false;
  }

 private:
  std::size_t entries_;
  std::list<NameNumber> order_;
  std::vector<std::list<NameNumber>::iterator> places_;
};

using Lru = Queue<true>;
using Fifo = Queue<false>;

/// SIEVE (Zhang et al., NSDI 2024). The paper has one mark an entry.
template <unsigned kMostMarks>
class Sieve {
 public:
  Sieve(std::size_t entries, std::size_t names)
      : entries_(entries), hand_(order_.end()), places_(names, order_.end()) {}

  bool ask(NameNumber name) {
    const auto place = places_[name];
    if (place != order_.end()) {
      if (place->marks < kMostMarks) ++place->marks;
      return true;
    }
    if (order_.size() == entries_) evict();
    places_[name] = order_.insert(order_.end(), {name, 0});
    return false;
  }

 private:
  struct Entry {
    NameNumber name;
    unsigned marks;
  };

  void evict() {
    if (hand_ == order_.end()) hand_ = order_.begin();
    while (hand_->marks > 0) {
      --hand_->marks;
      if (++hand_ == order_.end()) hand_ = order_.begin();
    }
    places_[hand_->name] = order_.end();
    hand_ = order_.erase(hand_);
  }

  std::size_t entries_;
  std::list<Entry> order_;  // oldest first
  std::list<Entry>::iterator hand_;
  std::vector<typename std::list<Entry>::iterator> places_;
};

}  // namespace holdfast::micro
