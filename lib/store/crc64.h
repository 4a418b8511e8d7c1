// CRC-64/XZ (ECMA-182, reflected): what tells a row that a disk has changed. A CRC, because flipped
// bits, runs of zeros and sectors from elsewhere are what it is made to find; it is no defence
// against forgery, and needs to be none: who may write the file is the daemon's own user.
#pragma once

#include <cstdint>

#include "dns/wire_reader.h"

namespace holdfast {

/// The CRC of `bytes`, or, with the CRC of what stands before them, of both.
[[nodiscard]] std::uint64_t crc64(dns::Bytes bytes, std::uint64_t before = 0) noexcept;

}  // namespace holdfast
