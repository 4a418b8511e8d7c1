#include "resolver/hold_book.h"

#include <algorithm>

namespace holdfast {

std::string HoldBook::key_of(const dns::Question& question) {
  const dns::Name lowered = question.name.lowered();
  std::string key(lowered.wire().begin(), lowered.wire().end());
  key.push_back(static_cast<char>(static_cast<unsigned>(question.type) >> 8U));
  key.push_back(static_cast<char>(question.type));
  return key;
}

bool HoldBook::keep(const Hold& asked, Duration limit, TimePoint now) {
  const std::string key = key_of(asked.question);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  const TimePoint since = found != entries_.end() ? found->second.hold.since : now;
  const bool given_in = found != entries_.end() && found->second.released;
  if (given_in || now - since >= limit) {
    entries_.erase(key);
    size_ = entries_.size();
    return false;
  }
  if (found == entries_.end() && entries_.size() >= kMost) drop_oldest();
  Entry& entry = entries_[key];
  entry.hold = asked;
  entry.hold.since = since;
  entry.hold.until = since + limit;
  size_ = entries_.size();
  return true;
}

void HoldBook::drop_oldest() {
  entries_.erase(std::ranges::min_element(
      entries_, {}, [](const auto& entry) { return entry.second.hold.since; }));
}

void HoldBook::end(const dns::Question& question) {
  if (empty()) return;
  const std::lock_guard lock(mutex_);
  entries_.erase(key_of(question));
  size_ = entries_.size();
}

void HoldBook::end_name(const dns::Name& name, bool below) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) {
    const dns::Name& held = entry.second.hold.question.name;
    return below ? held.is_subdomain_of(name) : held == name;
  });
  size_ = entries_.size();
}

std::size_t HoldBook::release(const dns::Name& name, TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (auto& [key, entry] : entries_) {
    if (entry.hold.question.name != name || entry.hold.until <= now || entry.released) continue;
    entry.released = true;
    ++count;
  }
  return count;
}

bool HoldBook::released(const dns::Question& question) const {
  if (empty()) return false;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(question));
  return found != entries_.end() && found->second.released;
}

std::vector<Hold> HoldBook::list(TimePoint now) const {
  std::vector<Hold> holds;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) {
      if (entry.hold.until > now && !entry.released) holds.push_back(entry.hold);
    }
  }
  std::ranges::sort(holds, {}, &Hold::since);
  return holds;
}

}  // namespace holdfast
