// The text of /etc/resolv.conf (resolv.conf(5)): what is kept of somebody's when ours takes its
// place, and who wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::host {

/// How our file begins.
inline constexpr std::string_view kOurs = "# Written by holdfastctl takeover";

/// How our lines end where they are a part of somebody's file.
inline constexpr std::string_view kOursEnd = "# End of what holdfastctl takeover wrote\n";

[[nodiscard]] bool is_ours(std::string_view text) noexcept;

/// The addresses after `nameserver`, in order, as they are written.
[[nodiscard]] std::vector<std::string> nameservers_of(std::string_view text);

/// The domains that are searched for names: of the last `search` or `domain`.
[[nodiscard]] std::vector<std::string> search_of(std::string_view text);

/// Our file: one name server; `search`, `domain`, `sortlist` and the options of `former` are kept,
/// but not `rotate`, a `timeout` below 5 s (lookups take up to 4 s when providers fail) and
/// `trust-ad`, which is there if asked for.
[[nodiscard]] std::string our_resolv_conf(std::string_view former, std::string_view nameserver,
                                          bool trust_ad);

}  // namespace holdfast::host
