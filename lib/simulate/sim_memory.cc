#include "simulate/sim_memory.h"

namespace holdfast::sim {
namespace {

std::string key_text(const CacheKey& key) {
  std::string text(key.name.begin(), key.name.end());
  text += "|" + std::to_string(static_cast<unsigned>(key.type));
  return text + (key.dnssec_ok ? "d" : "") + (key.checking_disabled ? "c" : "");
}

}  // namespace

void SimMemory::publish(const Learnt& learnt, TimePoint now) noexcept {
  if (of_a_fleet_ && !learnt.shared) return;
  auto& record = records_[key_text(learnt.key)];
  record.clear();
  encode_record(learnt.key, learnt.message, learnt.tags, times_of(learnt, wall_, now), record);
}

bool SimMemory::read(const CacheKey& key, Done done, TimePoint now) {
  ++asked_;
  if (state_ == State::down) return false;
  questions_.push_back({key_text(key), std::move(done)});
  if (state_ == State::speaks) (void)timers_.arm(now + delay_, *this, questions_.size() - 1);
  return true;
}

void SimMemory::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const Question question = std::move(questions_[token]);
  question.done(restore(question.key, now), now);
}

bool SimMemory::restore(const std::string& key, TimePoint now) {
  const auto found = records_.find(key);
  if (found == records_.end()) return false;
  std::vector<std::uint8_t> buffer(65535);
  const auto decoded = decode_record(found->second, buffer);
  if (!decoded) return false;
  return cache_.restore(decoded->key(), decoded->answer, decoded->tags,
                        lifetime_of(decoded->times, wall_.at(now), now));
}

}  // namespace holdfast::sim
