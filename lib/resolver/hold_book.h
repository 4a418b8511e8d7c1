// HoldBook: which names are held against the word of their providers, since when and why; the
// operator's list and his word to give in. Shared by all workers; touched only where a record has
// suddenly gone, never on a usual answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "dns/question.h"
#include "resolver/absence.h"

namespace holdfast {

struct Hold {
  dns::Question question;
  Absence why = Absence::held_alone;
  std::string route;  // its label
  std::string says;   // the upstream that says that there is no such record
  TimePoint since{};
  TimePoint until{};  // then it is believed
};

/// Any thread.
class HoldBook {
 public:
  static constexpr std::size_t kMost = 4096;

  /// Shall the answer still be held? Notes it, or that it goes on; `limit` counts from the first
  /// time. False, and forgotten: the time is over, or the operator has given in.
  [[nodiscard]] bool keep(const Hold& asked, Duration limit, TimePoint now);

  /// The question has an answer again, or its absence is believed. Costs nothing while nothing is
  /// held.
  void end(const dns::Question& question);

  /// What was held of that name, and with `below` of all names below it, is forgotten.
  void end_name(const dns::Name& name, bool below);

  /// Gives in for every type of that name: what its providers say next is believed. Returns how
  /// many were held.
  std::size_t release(const dns::Name& name, TimePoint now);

  /// The operator has given in, and nobody has asked since.
  [[nodiscard]] bool released(const dns::Question& question) const;

  /// Those in force, the oldest first.
  [[nodiscard]] std::vector<Hold> list(TimePoint now) const;

  [[nodiscard]] bool empty() const noexcept { return size_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Entry {
    Hold hold;
    bool released = false;
  };

  static std::string key_of(const dns::Question& question);
  void drop_oldest();

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace holdfast
