#include "control/upstream_ids.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

constexpr std::size_t kNone = kMaxUpstreams;

std::vector<std::uint64_t> retired_before(const Snapshot* previous) {
  std::vector<std::uint64_t> retired;
  if (previous != nullptr) {
    retired = previous->retired;
    retired.resize(previous->upstreams.size(), 0);
  }
  return retired;
}

/// What a network's resolvers are called depends on how many it has, and in which order.
bool is_called_alike(const Upstream& old, const Upstream& upstream) {
  if (!upstream.found_for.empty()) return old.found_for == upstream.found_for;
  return old.name == upstream.name;
}

}  // namespace

UpstreamIds::UpstreamIds(const Snapshot* previous, std::uint64_t generation)
    : previous_(previous), generation_(generation), retired_(retired_before(previous)) {
  places_.resize(retired_.size());
}

std::size_t UpstreamIds::kept_id(const Upstream& upstream) const {
  if (previous_ == nullptr) return kNone;
  for (std::size_t i = 0; i < previous_->upstreams.size(); ++i) {
    const Upstream* old = previous_->upstreams[i].get();
    if (old != nullptr && is_called_alike(*old, upstream) && old->same_server(upstream)) return i;
  }
  return kNone;
}

std::size_t UpstreamIds::fresh_id() const {
  if (places_.size() < kMaxUpstreams) return places_.size();
  // All were used once: the one that rests longest. What this reload itself retires comes last.
  std::size_t best = kNone;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] != nullptr) continue;
    if (best == kNone || retired_[i] < retired_[best]) best = i;
  }
  return best;
}

std::vector<std::shared_ptr<const Upstream>> UpstreamIds::place(std::vector<Upstream> upstreams) {
  const auto put = [this](Upstream& upstream, std::size_t id) {
    upstream.id = static_cast<UpstreamId>(id);
    places_[id] = std::make_shared<const Upstream>(std::move(upstream));
    retired_[id] = 0;
  };
  std::vector<Upstream> newcomers;
  for (Upstream& upstream : upstreams) {
    if (const auto id = kept_id(upstream); id != kNone) {
      put(upstream, id);
    } else {
      newcomers.push_back(std::move(upstream));
    }
  }
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] == nullptr && retired_[i] == 0) retired_[i] = generation_;
  }
  for (Upstream& upstream : newcomers) {
    const auto id = fresh_id();
    if (id == places_.size()) {
      places_.emplace_back();
      retired_.push_back(0);
    }
    put(upstream, id);
  }
  return std::move(places_);
}

}  // namespace holdfast
