// UpstreamIds: which id each upstream of a new Snapshot gets. The same server under the same name
// keeps its id, so that its health and connections survive a reload; an id that was given back
// rests as long as it can, because queries in flight, counters and the status may still speak of
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "resolver/snapshot.h"
#include "upstream/upstream.h"

namespace holdfast {

class UpstreamIds {
 public:
  /// `previous` may be null; `generation` is that of the Snapshot in the making.
  UpstreamIds(const Snapshot* previous, std::uint64_t generation);

  /// Sets the ids of `upstreams` (at most kMaxUpstreams, names distinct) and gives them back in
  /// their places by id, null where an id is free.
  [[nodiscard]] std::vector<std::shared_ptr<const Upstream>> place(std::vector<Upstream> upstreams);

  /// By index: the generation that retired the id, 0 while it is in use. Valid after place().
  [[nodiscard]] std::vector<std::uint64_t> take_retired() { return std::move(retired_); }

 private:
  [[nodiscard]] std::size_t kept_id(const Upstream& upstream) const;
  [[nodiscard]] std::size_t fresh_id() const;

  const Snapshot* previous_;
  std::uint64_t generation_;
  std::vector<std::shared_ptr<const Upstream>> places_;
  std::vector<std::uint64_t> retired_;
};

}  // namespace holdfast
