// Seeing for oneself that a takeover works: programs ask holdfastd and find their names, and so can
// those who ask on another address.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace holdfast::ctl {

/// Where holdfastd listens, "ADDRESS:PORT" each; nullopt: it does not answer at its control socket.
[[nodiscard]] std::optional<std::vector<std::string>> listeners_of(const std::string& socket);

/// Do programs resolve names, and by holdfastd? "" or why not, in one line. getent(1) must find an
/// address of each of `verify` (none: of one of some well-known names), and ask holdfastd: by a
/// name that it made up and nobody else is told of.
[[nodiscard]] std::string fault_of_names(const std::vector<std::string>& verify,
                                         const std::string& socket);

/// The same before anything leads programs to it: does holdfastd, asked itself on its port 53 of
/// `nameserver`, find an address of them? `search` are the domains that may have to follow one.
[[nodiscard]] std::string fault_of_daemon(const std::vector<std::string>& verify,
                                          const std::vector<std::string>& search,
                                          const std::string& nameserver);

/// Does holdfastd answer on port 53 of this address? "" or why not. One that no interface has yet
/// is only looked up among its listeners.
[[nodiscard]] std::string fault_of_listener(const std::string& address, const std::string& socket);

}  // namespace holdfast::ctl
