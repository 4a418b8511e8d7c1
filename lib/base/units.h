// Durations and sizes as people write them in a configuration: "1.8s", "250ms", "3d", "64MiB".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace holdfast {

/// A number with one of the units ns us ms s min (or m) h d: "250ms", "1.8s", "0s". Nothing else:
/// invalid_argument, or result_out_of_range if it is more than Duration holds.
Result<Duration> parse_duration(std::string_view text);

/// The shortest exact text that parse_duration() reads back, in a unit that d is at least one of:
/// "1.8s", "3d", "20ms".
[[nodiscard]] std::string print_duration(Duration d);

/// Bytes: "1048576", "512KiB", "64MiB", "1GiB" (also KB MB GB, decimal). Nothing negative.
Result<std::uint64_t> parse_size(std::string_view text);

[[nodiscard]] std::string print_size(std::uint64_t bytes);

}  // namespace holdfast
