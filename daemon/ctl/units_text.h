// Numbers as people read them in holdfastctl: ages, round-trip times, sizes, counts. Rounded; what
// must be exact is in --json.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast::ctl {

/// "0s", "12s", "5m 3s", "2h 13m", "3d 4h".
[[nodiscard]] std::string print_age(double seconds);
/// "0.42 ms", "12.3 ms", "128 ms", "1.20 s".
[[nodiscard]] std::string print_rtt(double seconds);
/// "512 B", "3.2 MiB".
[[nodiscard]] std::string print_bytes(double bytes);
/// "12,345".
[[nodiscard]] std::string print_count(std::uint64_t count);
/// "87.3 %", "100 %".
[[nodiscard]] std::string print_percent(double ratio);

}  // namespace holdfast::ctl
