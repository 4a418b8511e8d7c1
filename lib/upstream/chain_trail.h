// ChainTrail: what became of one question to an upstream of class ens: at which block it was asked,
// which endpoints were asked for what and when, what of it was believed, and which gateways had a
// part. For `why`; plain values, none of which is an endpoint's url.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast {

struct ChainTrail {
  /// One endpoint's part in one call.
  struct Voice {
    enum class Part : std::uint8_t {
      unheard,   // it was not waited for, or still is
      failed,    //
      said,      // and nothing is decided yet, or was
      believed,  //
      outvoted,
    };
    std::string endpoint;
    TimePoint started{};
    TimePoint ended = kForever;
    Part part = Part::unheard;
    std::string what;  // in words: "320 bytes", "revert 0x556f1830", or the failure
  };

  struct Call {
    std::string function;  // "findResolver"
    std::string contract;  // its address
    unsigned needed = 1;   // endpoints that must say the same
    std::vector<Voice> voices;
  };

  struct Fetch {
    std::string origin;  // of the gateway
    TimePoint started{};
    TimePoint ended = kForever;
    std::string what;  // "data", or the failure
  };

  std::uint64_t block = 0;
  std::string block_hash;  // "": none was known
  std::string zone;        // whose resolver it is
  std::string resolver;    // "": none was found, or looked for
  std::vector<Call> calls;
  std::vector<Fetch> fetches;
};

[[nodiscard]] const char* to_string(ChainTrail::Voice::Part part) noexcept;

}  // namespace holdfast
