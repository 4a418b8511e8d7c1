#include "route/route_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace holdfast {
namespace {

/// A name of 255 bytes has at most 127 labels besides the root's.
constexpr std::size_t kMaxLabels = 127;

constexpr std::uint64_t count_bit(std::size_t labels) noexcept {
  return std::uint64_t{1} << std::min<std::size_t>(labels, 63);
}

/// At most half full: nearly every search ends at once, found or not.
std::size_t buckets_for(std::size_t routes) noexcept {
  return std::bit_ceil(routes * 2 + 1);
}

}  // namespace

RouteTable::RouteTable() = default;

RouteTable::RouteTable(std::vector<Route> routes)
    : routes_(std::move(routes)), buckets_(buckets_for(routes_.size())) {
  for (std::uint32_t i = 0; i < routes_.size(); ++i) {
    const std::uint64_t hash = dns::hash_name(routes_[i].zone.wire());
    std::size_t at = hash & (buckets_.size() - 1);
    while (buckets_[at].route != kFree)
      at = (at + 1) & (buckets_.size() - 1);
    buckets_[at] = {hash, i};
    label_counts_ |= count_bit(routes_[i].zone.label_count());
    if (routes_[i].zone.is_root()) root_ = i;
  }
}

const Route* RouteTable::find(dns::Bytes name) const noexcept {
  std::array<std::uint8_t, kMaxLabels + 1> starts;  // of each suffix, longest first
  std::size_t labels = 0;
  for (std::size_t at = 0; name[at] != 0; at += name[at] + 1U) {
    starts[labels++] = static_cast<std::uint8_t>(at);
  }
  for (std::size_t i = 0; i < labels; ++i) {
    // Only as many labels as some zone has are worth a hash.
    if ((label_counts_ & count_bit(labels - i)) == 0) continue;
    if (const Route* route = find_zone(name.subspan(starts[i]))) return route;
  }
  return root_ == kFree ? nullptr : &routes_[root_];
}

const Route* RouteTable::find_zone(dns::Bytes zone) const noexcept {
  const std::uint64_t hash = dns::hash_name(zone);
  std::size_t at = hash & (buckets_.size() - 1);
  for (; buckets_[at].route != kFree; at = (at + 1) & (buckets_.size() - 1)) {
    const Route& route = routes_[buckets_[at].route];
    if (buckets_[at].hash == hash && dns::equal_names(route.zone.wire(), zone)) return &route;
  }
  return nullptr;
}

}  // namespace holdfast
