// FleetPolicy: what publishing and reading need to know of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast {

struct FleetPolicy {
  std::string prefix = "holdfast";          // of names in Redis
  std::uint32_t max_per_second = 200;       // answers published by this machine
  std::chrono::seconds max_stale{259'200};  // no answer is served longer past its end
};

}  // namespace holdfast
