#include "route/route.h"

namespace holdfast {

const char* to_string(Policy policy) noexcept {
  switch (policy) {
    case Policy::ordered:
      return "ordered";
    case Policy::fastest:
      return "fastest";
    case Policy::race:
      return "race";
  }
  return "?";
}

const char* to_string(Visibility visibility) noexcept {
  switch (visibility) {
    case Visibility::public_view:
      return "public";
    case Visibility::private_view:
      return "private";
    case Visibility::split_view:
      return "split-view";
  }
  return "?";
}

std::size_t Route::upstream_count() const noexcept {
  std::size_t count = 0;
  for (const Tier& tier : tiers)
    count += tier.size();
  return count;
}

}  // namespace holdfast
