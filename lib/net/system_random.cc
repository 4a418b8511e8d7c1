#include "net/system_random.h"

#include <cerrno>
#include <cstdlib>
#include <sys/random.h>
#include <utility>

namespace holdfast {

std::uint32_t SystemRandom::u32() noexcept {
  if (left_ == 0) refill();
  return std::exchange(words_[--left_], 0);  // what was given out cannot be read again
}

void SystemRandom::refill() noexcept {
  auto* bytes = reinterpret_cast<unsigned char*>(words_.data());
  std::size_t got = 0;
  while (got < sizeof words_) {
    const auto n = ::getrandom(bytes + got, sizeof words_ - got, 0);
    // Without randomness every answer could be forged: there is nothing to go on with.
    if (n < 0 && errno != EINTR) std::abort();
    if (n > 0) got += static_cast<std::size_t>(n);
  }
  left_ = words_.size();
}

}  // namespace holdfast
