// What the process may take from the machine: descriptors, memory, and what it has taken. Start-up
// checks say in one line what to do; nothing here is on the query path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "metrics/metrics_view.h"

namespace holdfast {

/// Raises the soft limit of descriptors to the hard one and gives what is in force.
std::uint64_t raise_descriptor_limit();

/// What helps when file descriptors run out, for the end of a line.
inline constexpr const char* kRaiseDescriptors =
    "raise the limit of file descriptors (LimitNOFILE= in the systemd unit, or `ulimit -n`)";

/// One line if `limit` is less than a configuration of that size may need, else "".
[[nodiscard]] std::string descriptor_shortage(std::uint64_t limit, std::uint64_t needed);

/// One line that says what to do if this machine, its control group or the process's limits cannot
/// hold a cache of `bytes`, else "". Takes nothing for good.
[[nodiscard]] std::string cache_shortage(std::uint64_t bytes);

/// One line if there are fewer workers than `wanted`, else "".
[[nodiscard]] std::string worker_shortage(std::size_t got, std::size_t wanted);

/// What /proc says of this process.
[[nodiscard]] ProcessSeries process_series();

}  // namespace holdfast
