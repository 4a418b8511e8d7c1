#include "daemon/peer_rights.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace holdfast {

PeerCredentials own_credentials() {
  return {::geteuid(), {::getegid()}};
}

PeerCredentials peer_credentials(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  PeerCredentials peer{credentials.uid, {credentials.gid}};
  socklen_t bytes = 0;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &bytes) == 0 || errno != ERANGE) {
    return peer;
  }
  std::vector<gid_t> groups(bytes / sizeof(gid_t));
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) return peer;
  groups.resize(std::min<std::size_t>(groups.size(), bytes / sizeof(gid_t)));
  peer.groups.insert(peer.groups.end(), groups.begin(), groups.end());
  return peer;
}

Rights rights_of(const PeerCredentials& peer, const PeerCredentials& daemon) {
  if (peer.uid == 0 || peer.uid == daemon.uid) return Rights::write;
  const bool member =
      std::find(peer.groups.begin(), peer.groups.end(), daemon.groups.front()) != peer.groups.end();
  return member ? Rights::read : Rights::none;
}

}  // namespace holdfast
