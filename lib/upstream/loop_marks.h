// LoopMarks: questions that nobody asks but who was told by this process, noticed by the workers
// where they arrive. One for each upstream, asked by probe/loop_check.h: one that arrives has come
// round, what is sent to that upstream leads back to us. And signs, asked by programs of this host:
// one that arrives tells that programs ask us (`holdfastctl takeover`).
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

  /// A name for programs of this host to ask for, another one each time; it is below `test`, which
  /// is answered here, so that nobody else is asked it. One thread.
  [[nodiscard]] dns::Name new_sign();

  /// Is it the sign that arrived last? Any thread.
  [[nodiscard]] bool has_arrived(const dns::Name& sign) const noexcept;

  /// Is this wire name one of ours? Then it is known from now on to have come round. Any thread.
  [[nodiscard]] bool notice(dns::Bytes name) noexcept;

  /// The round of the upstream's question that came round last; 0 if none has. Any thread.
  [[nodiscard]] std::uint32_t came_round(UpstreamId id) const noexcept {
    return rounds_[index(id)].load(std::memory_order_acquire);
  }

 private:
  /// Whose question it is, and which.
  struct Mark {
    std::size_t whose;  // index(UpstreamId), or kSigns
    std::uint32_t round;
  };

  static constexpr std::size_t kSigns = kMaxUpstreams;

  [[nodiscard]] std::string label(const Mark& mark) const;
  [[nodiscard]] std::optional<Mark> read(dns::Bytes name) const noexcept;

  std::string prefix_;  // of the first label, in lower case; the id and the round follow
  std::uint32_t signs_ = 0;
  std::array<std::atomic<std::uint32_t>, kMaxUpstreams + 1> rounds_{};
};

}  // namespace holdfast
