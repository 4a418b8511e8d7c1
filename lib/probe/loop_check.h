// LoopCheck: does what is sent to an upstream come back to a listener of ours? Asks each upstream
// that is new a question which only this process asks, until it is answered. One that came round
// leads in a circle: it is not to be used, and is asked again now and then whether that is over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "resolver/snapshot.h"
#include "resolver/transport.h"
#include "upstream/loop_marks.h"

namespace holdfast {

/// Lives on the control thread.
class LoopCheck final : public ExchangeSink {
 public:
  static constexpr Duration kPatience = 5s;     // for an answer
  static constexpr Duration kRetry = 10s;       // where none came, doubling …
  static constexpr Duration kRetryMost = 300s;  // … up to this
  static constexpr Duration kUnsent = 1s;       // what could not even be sent
  static constexpr Duration kWhileLooping = 30s;

  /// transport and marks outlive this object.
  LoopCheck(Transport& transport, const LoopMarks& marks);
  ~LoopCheck();

  /// The configuration in force: asks those that are new, at the next tick.
  void adopt(const SnapshotPtr& snapshot, TimePoint now);
  /// The way to everybody may be another one: asks all, at the next tick.
  void network_changed(TimePoint now);
  /// The same for one upstream, which is somewhere else.
  void ask_again(UpstreamId id, TimePoint now);
  /// Every now and then; the resolution of all times.
  void tick(TimePoint now);

  /// What is sent to this upstream comes back.
  [[nodiscard]] bool loops(UpstreamId id) const noexcept;

  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override;

 private:
  struct Watched {
    std::shared_ptr<const Upstream> upstream;  // null: none has this id
    std::uint32_t round = 0;                   // of the question asked last
    ExchangeId exchange{};
    bool in_flight = false;
    bool looping = false;
    bool has_cookie = false;  // was sent back for one, and asked again with it
    bool plainly = false;     // asked over TCP and without EDNS, which nobody sends back
    TimePoint due = kForever;
    TimePoint asked = kNever;
    Duration wait = kRetry;
  };

  void ask(Watched& watched, TimePoint now);
  void put_off(Watched& watched, TimePoint now);
  void forget(Watched& watched);
  [[nodiscard]] bool came_round(const Watched& watched) const noexcept;

  Transport& transport_;
  const LoopMarks& marks_;
  std::vector<Watched> watched_;  // by index(UpstreamId)
};

}  // namespace holdfast
