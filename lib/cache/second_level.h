// SecondLevel: memory behind the cache that outlives the process: a store on disk, a fleet's shared
// memory. It is told what is learnt, and asked when nobody answers and the cache holds nothing.
// What it gives it puts into the cache. Nothing ever waits for it but a lookup that has nothing
// else to wait for.
#pragma once

#include <functional>

#include "base/time.h"
#include "cache/cache.h"

namespace holdfast {

/// An answer that has just gone into the cache.
struct Learnt {
  CacheKey key;
  dns::Bytes message;  // as in the cache
  dns::AnswerKind kind;
  AnswerTags tags;
  Duration ttl;
  TimePoint since{};   // its question has been answered positively from then on
  bool shared = true;  // may leave this machine
};

/// One belongs to one worker and is used on its thread only; the memory behind it is everybody's.
class SecondLevel {
 public:
  /// Called on the thread of the worker that asked, when the answer is in the cache (`found`) or
  /// none is to be had.
  using Done = std::function<void(bool found, TimePoint now)>;

  SecondLevel(const SecondLevel&) = delete;
  SecondLevel& operator=(const SecondLevel&) = delete;
  virtual ~SecondLevel() = default;

  /// Takes note of an answer. Copies what it needs and returns at once, without a lock that another
  /// thread may hold for long; what finds no room is dropped and counted.
  virtual void publish(const Learnt& learnt, TimePoint now) noexcept = 0;

  /// Looks for an answer, positive or not, stale or not. True: `done` is called once, later, never
  /// from inside read(); within 20 ms, except while a store is still being loaded. False: nothing
  /// can be asked now, and `done` is forgotten.
  [[nodiscard]] virtual bool read(const CacheKey& key, Done done, TimePoint now) = 0;

 protected:
  SecondLevel() = default;
};

}  // namespace holdfast
