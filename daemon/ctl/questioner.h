// Questioner: single questions to upstreams of a configuration, waited for, sent as the daemon
// would send them. For commands that compare what upstreams say.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/system_random.h"
#include "net/transport_set.h"
#include "resolver/snapshot.h"

namespace holdfast::ctl {

class Questioner final : private ExchangeSink {
 public:
  /// std::system_error if the kernel gives no descriptors.
  explicit Questioner(SnapshotPtr snapshot);
  ~Questioner();
  Questioner(const Questioner&) = delete;
  Questioner& operator=(const Questioner&) = delete;

  /// Could it be asked: is it known where it is, without a bootstrap?
  [[nodiscard]] bool reaches(const Upstream& upstream) const;

  /// The reply, whole (a truncated one is asked for again over TCP), or why there is none.
  [[nodiscard]] std::variant<std::vector<std::uint8_t>, std::string> ask(
      const Upstream& upstream, const dns::Question& question);

 private:
  void on_exchange(std::uint64_t token, const ExchangeEnd& end, TimePoint now) noexcept override;

  SnapshotPtr snapshot_;
  EventLoop loop_;
  SystemRandom random_;
  WorkerCounters counters_;
  EndpointBook addresses_;
  TlsTrust trust_;
  PacketBudgets budgets_;
  TransportSet transport_;
  std::uint64_t asked_ = 0;  // the exchange that is waited for
  std::optional<Outcome> failure_;
  std::vector<std::uint8_t> message_;  // of its reply
};

}  // namespace holdfast::ctl
