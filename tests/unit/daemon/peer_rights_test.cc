#include "daemon/peer_rights.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

const PeerCredentials kDaemon{990, {980}};

TEST(PeerRights, root_and_the_daemons_user_may_everything) {
  EXPECT_EQ(rights_of({0, {0}}, kDaemon), Rights::write);
  EXPECT_EQ(rights_of({990, {1}}, kDaemon), Rights::write);
}

TEST(PeerRights, the_group_reads) {
  EXPECT_EQ(rights_of({1000, {980}}, kDaemon), Rights::read);
  EXPECT_EQ(rights_of({1000, {1000, 27, 980}}, kDaemon), Rights::read);
}

TEST(PeerRights, others_and_the_unknown_nothing) {
  EXPECT_EQ(rights_of({1000, {1000}}, kDaemon), Rights::none);
  EXPECT_EQ(rights_of({1000, {0}}, kDaemon), Rights::none) << "root's group is not root";
  EXPECT_EQ(rights_of({}, kDaemon), Rights::none);
}

TEST(PeerRights, the_kernel_tells_who_it_is) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto peer = peer_credentials(ends[0]);
  EXPECT_EQ(peer.uid, ::geteuid());
  ASSERT_FALSE(peer.groups.empty());
  EXPECT_EQ(peer.groups.front(), ::getegid());
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(peer_credentials(-1).uid, static_cast<uid_t>(-1));
}

}  // namespace
}  // namespace holdfast
