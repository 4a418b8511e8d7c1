// CallResult: how an eth_call ended, seen from all endpoints that may answer it.
#pragma once

#include <cstdint>
#include <string>

#include "dns/edns.h"
#include "ens/hex.h"

namespace holdfast::ens {

struct CallResult {
  enum class Status : std::uint8_t {
    returned,
    reverted,  // data is the revert data
    failed,    // no endpoint answered, or they disagree: ede and text say which
  };
  Status status = Status::failed;
  Blob data;
  dns::EdeCode ede = dns::EdeCode::network_error;
  std::string text;
};

}  // namespace holdfast::ens
