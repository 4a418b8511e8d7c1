// CutMemory: where zones are cut and which resolvers are extended, so that a warm question costs
// one call. Bounded; the oldest entries leave first. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "ens/universal_resolver.h"

namespace holdfast::ens {

/// A map whose values expire and of which there are at most so many.
template <typename Value>
class ExpiringMap {
 public:
  explicit ExpiringMap(std::size_t most) : most_(most) {}

  [[nodiscard]] const Value* find(const std::string& key, TimePoint now) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && now < found->second.until ? &found->second.value : nullptr;
  }

  void insert(const std::string& key, Value value, TimePoint until) {
    const auto [entry, added] = entries_.insert_or_assign(key, Entry{std::move(value), until});
    if (!added) return;
    order_.push_back(key);
    if (order_.size() <= most_) return;
    entries_.erase(order_.front());
    order_.pop_front();
  }

  /// Has the resolver turned out to need each call for itself? Kept until it is among the oldest:
  /// what a contract is changes with its address only.
  [[nodiscard]] bool is_single(const Address& resolver) const;
  void learn_single(const Address& resolver);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Value value;
    TimePoint until;
  };

  std::size_t most_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> order_;  // of the keys, the oldest first
};

class CutMemory {
 public:
  static constexpr Duration kCutKept = 300s;     // a resolver is rarely set anew
  static constexpr Duration kAbsenceKept = 60s;  // as long as a negative answer
  static constexpr Duration kExtendedKept = 1h;  // what a contract is changes with its address only

  explicit CutMemory(std::size_t most = 4096) : cuts_(most), extended_(most), single_(most) {}

  /// What findResolver() said of the name, in offsets of this name.
  [[nodiscard]] std::optional<FoundResolver> find_cut(Bytes encoded_name, TimePoint now) const;
  /// Learns it for the name, and for the names between it and its zone: they have the same cut.
  void learn_cut(Bytes encoded_name, const FoundResolver& found, TimePoint now);

  [[nodiscard]] std::optional<bool> find_extended(const Address& resolver, TimePoint now) const;
  void learn_extended(const Address& resolver, bool extended, TimePoint now);

  /// Has the resolver turned out to need each call for itself? Kept until it is among the oldest:
  /// what a contract is changes with its address only.
  [[nodiscard]] bool is_single(const Address& resolver) const;
  void learn_single(const Address& resolver);

  [[nodiscard]] std::size_t size() const noexcept { return cuts_.size(); }

 private:
  ExpiringMap<FoundResolver> cuts_;
  ExpiringMap<bool> extended_;
  ExpiringMap<bool> single_;
};

}  // namespace holdfast::ens
