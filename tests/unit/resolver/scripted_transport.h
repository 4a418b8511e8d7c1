// A Transport without a network: it remembers what was started and cancelled, and refuses on
// demand. Replies are the test's business.
#pragma once

#include <optional>
#include <vector>

#include "resolver/transport.h"

namespace holdfast::test {

class ScriptedTransport final : public Transport {
 public:
  struct Started {
    UpstreamId upstream{};
    ExchangeRequest request;
    ExchangeSink* sink = nullptr;
    std::uint64_t token = 0;
    TimePoint at{};
  };

  ExchangeStart start(const Upstream& upstream, const ExchangeRequest& request, ExchangeSink& sink,
                      std::uint64_t token, TimePoint now) noexcept override {
    if (refuses) return why_not;
    started.push_back({upstream.id, request, &sink, token, now});
    return ExchangeId{started.size()};
  }

  bool spares(const Upstream&, TimePoint) noexcept override { return true; }

  void cancel(ExchangeId id) noexcept override { cancelled.push_back(id); }

  /// Ends the latest exchange.
  void end_last(const ExchangeEnd& end, TimePoint now) const {
    started.back().sink->on_exchange(started.back().token, end, now);
  }

  bool refuses = false;
  Outcome why_not = Outcome::no_socket;
  std::vector<Started> started;
  std::vector<ExchangeId> cancelled;
};

}  // namespace holdfast::test
