#include "net/descriptor_room.h"

#include <algorithm>
#include <cerrno>
#include <sys/resource.h>

namespace holdfast {
namespace {

// A scrape, a few holdfastctl and what they read; of a small limit no more than an eighth.
constexpr rlim_t kReserve = 32;
constexpr rlim_t kShare = 8;

}  // namespace

bool is_reserved(int fd, DescriptorUse use) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  const rlim_t reserve = std::min(kReserve, limit.rlim_cur / kShare);
  // A client without upstreams to ask is served nothing: clients leave some for those, too.
  const rlim_t kept = use == DescriptorUse::client ? 2 * reserve : reserve;
  return static_cast<rlim_t>(fd) + kept >= limit.rlim_cur;
}

bool means_no_descriptors(int error) noexcept {
  return error == EMFILE || error == ENFILE;
}

}  // namespace holdfast
