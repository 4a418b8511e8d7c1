// LoopMarks: questions that only this process asks, one for each upstream. One that arrives at a
// listener of ours has come round: what is sent to that upstream leads back to us. Asked by
// probe/loop_check.h, noticed by the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/random.h"
#include "dns/question.h"
#include "upstream/upstream.h"

namespace holdfast {

class LoopMarks {
 public:
  /// 128 bits of `random` tell this process's questions from all others: nobody who has not been
  /// asked one can make it up.
  explicit LoopMarks(Random& random);

  /// The question for an upstream, of a name below `zone` that is nowhere; another one for each
  /// `round`, so that no cache on the way answers it. nullopt where no name fits below the zone.
  [[nodiscard]] std::optional<dns::Question> question(UpstreamId id, std::uint32_t round,
                                                      const dns::Name& zone) const;

  /// Is this wire name one of ours? Then it is known from now on to have come round. Any thread.
  [[nodiscard]] bool notice(dns::Bytes name) noexcept;

  /// The round of the upstream's question that came round last; 0 if none has. Any thread.
  [[nodiscard]] std::uint32_t came_round(UpstreamId id) const noexcept {
    return rounds_[index(id)].load(std::memory_order_acquire);
  }

 private:
  std::string prefix_;  // of the first label, in lower case; the id and the round follow
  std::array<std::atomic<std::uint32_t>, kMaxUpstreams> rounds_{};
};

}  // namespace holdfast
