// Who may do what on the control socket, by the credentials the kernel attests of the other side.
#pragma once

#include <sys/types.h>
#include <vector>

namespace holdfast {

struct PeerCredentials {
  uid_t uid = static_cast<uid_t>(-1);
  std::vector<gid_t> groups;  // primary and supplementary
};

/// Ours, or those of the process behind a connected Unix socket. Nobody's if the kernel does not
/// say.
[[nodiscard]] PeerCredentials own_credentials();
[[nodiscard]] PeerCredentials peer_credentials(int fd);

enum class Rights : unsigned char { none, read, write };

/// root and the daemon's user may do everything; members of the daemon's primary group may read.
[[nodiscard]] Rights rights_of(const PeerCredentials& peer, const PeerCredentials& daemon);

}  // namespace holdfast
