// Opening the sockets clients come in through, and taking over those that systemd passes.
#include <fstream>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "net/socket_buffers.h"
#include "tests/component/listener_rig.h"

namespace holdfast::test {
namespace {

ListenSockets open_on(std::string_view endpoint, std::size_t workers = 1) {
  return open_listen_sockets(std::vector{at(endpoint)}, workers);
}

bool says(const std::string& line, std::string_view what) {
  return line.find(what) != std::string::npos;
}

/// A socket of somebody else: bound, and listening if it is a stream.
OwnedFd foreign_socket(int type, const Endpoint& where, bool reuse_port = false) {
  const SocketAddress address(where);
  OwnedFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  const int on = reuse_port ? 1 : 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  EXPECT_EQ(::bind(fd.get(), address.get(), address.size()), 0) << where.to_string();
  if (type == SOCK_STREAM) ::listen(fd.get(), 10);
  return fd;
}

Endpoint bound_to(const OwnedFd& fd) {
  return SocketAddress::local(fd.get()).endpoint();
}

TEST(ListenSockets, AnyPortIsTheSameForBothProtocolsAndAllWorkers) {
  const ListenSockets opened = open_on("127.0.0.1:0", 3);
  ASSERT_EQ(opened.error, "");
  ASSERT_EQ(opened.workers.size(), 3U);
  ASSERT_EQ(opened.endpoints.size(), 1U);
  EXPECT_NE(opened.endpoints[0].port, 0);
  for (const WorkerSockets& worker : opened.workers) {
    ASSERT_EQ(worker.udp.size(), 1U);
    ASSERT_EQ(worker.tcp.size(), 1U);
    EXPECT_EQ(bound_to(worker.udp[0]), opened.endpoints[0]);
    EXPECT_EQ(bound_to(worker.tcp[0]), opened.endpoints[0]);
  }
}

TEST(ListenSockets, ATinyBufferFromSystemdIsEnlarged) {
  std::vector<OwnedFd> given;
  given.push_back(foreign_socket(SOCK_DGRAM, at("127.0.0.1:0")));
  const int tiny = 1;
  ::setsockopt(given[0].get(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
  ::setsockopt(given[0].get(), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny);
  const SocketBuffers before = buffers_of(given[0].get());
  const ListenSockets adopted = adopt_listen_sockets(std::move(given), 2);
  ASSERT_EQ(adopted.error, "");
  const SocketBuffers after = buffers_of(adopted.workers[1].udp[0].get());
  EXPECT_GT(after.receive, 10 * before.receive);
  EXPECT_GT(after.send, 10 * before.send);
}

TEST(ListenSockets, ALargeBufferFromSystemdIsLeft) {
  std::vector<OwnedFd> given;
  given.push_back(foreign_socket(SOCK_DGRAM, at("127.0.0.1:0")));
  const int large = 8 * 1024 * 1024;
  if (::setsockopt(given[0].get(), SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large) != 0) {
    GTEST_SKIP() << "only root may have such a buffer";
  }
  const ListenSockets adopted = adopt_listen_sockets(std::move(given), 2);
  ASSERT_EQ(adopted.error, "");
  EXPECT_EQ(buffers_of(adopted.workers[1].udp[0].get()).receive, 2 * large);
}

TEST(ListenSockets, WorkersShareTheLoad) {
  const ListenSockets opened = open_on("127.0.0.1:0", 2);
  ASSERT_EQ(opened.error, "");
  std::vector<Client> clients;
  for (int i = 0; i < 64; ++i) {  // all on one side: once in 2^63 runs
    clients.push_back(connect_to(opened.endpoints[0], SOCK_DGRAM));
    clients.back().send(query(1));
    clients.push_back(connect_to(opened.endpoints[0], SOCK_STREAM));
  }
  const auto waiting = [](const OwnedFd& fd) {
    pollfd one{.fd = fd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) == 1;
  };
  for (const WorkerSockets& worker : opened.workers) {
    EXPECT_TRUE(waiting(worker.udp[0]));
    EXPECT_TRUE(waiting(worker.tcp[0]));
  }
}

/// A socket of somebody else on a port that is free for the other protocol.
OwnedFd taken_port(int type, bool reuse_port) {
  const Endpoint free = open_on("127.0.0.1:0").endpoints.at(0);
  return foreign_socket(type, free, reuse_port);
}

TEST(ListenSockets, ATakenPortIsAnErrorThatSaysWhereToLook) {
  for (int type : {SOCK_DGRAM, SOCK_STREAM}) {
    for (std::size_t workers : {1U, 2U}) {
      const OwnedFd other = taken_port(type, false);
      const std::string where = bound_to(other).to_string();
      const ListenSockets opened = open_on(where, workers);
      EXPECT_TRUE(opened.workers.empty());
      EXPECT_TRUE(says(opened.error, where)) << opened.error;
      EXPECT_TRUE(says(opened.error, type == SOCK_DGRAM ? "ss -lunp" : "ss -ltnp")) << opened.error;
      EXPECT_FALSE(says(opened.error, "\n"));
    }
  }
}

TEST(ListenSockets, APortThatAnotherProcessWouldShareIsTaken) {
  for (int type : {SOCK_DGRAM, SOCK_STREAM}) {
    for (std::size_t workers : {1U, 2U}) {
      const OwnedFd other = taken_port(type, true);
      EXPECT_NE(open_on(bound_to(other).to_string(), workers).error, "");
    }
  }
}

TEST(ListenSockets, ASecondSetOnTheSamePortIsRefused) {
  for (std::size_t workers : {1U, 2U}) {
    const ListenSockets first = open_on("127.0.0.1:0", workers);
    ASSERT_EQ(first.error, "");
    EXPECT_NE(open_on(first.endpoints[0].to_string(), workers).error, "");
  }
}

TEST(ListenSockets, APortInUseUntilJustNowIsFree) {
  ListenSockets first = open_on("127.0.0.1:0");
  const Endpoint where = first.endpoints[0];
  Client client = connect_to(where, SOCK_STREAM);
  OwnedFd accepted(::accept(first.workers[0].tcp[0].get(), nullptr, nullptr));
  accepted.reset();  // closes first: its end stays in TIME_WAIT
  client.close();
  first.workers.clear();
  EXPECT_EQ(open_on(where.to_string(), 2).error, "");
}

TEST(ListenSockets, AnAddressThisHostLacksIsAWarningWhileAnotherWorks) {
  const std::vector both{at("203.0.113.77:0"), at("127.0.0.1:0")};
  const ListenSockets opened = open_listen_sockets(both, 1);
  EXPECT_EQ(opened.error, "");
  ASSERT_EQ(opened.endpoints.size(), 1U);
  EXPECT_EQ(opened.endpoints[0].address, at("127.0.0.1").address);
  ASSERT_EQ(opened.warnings.size(), 1U);
  EXPECT_TRUE(says(opened.warnings[0], "203.0.113.77")) << opened.warnings[0];

  const ListenSockets none = open_on("203.0.113.77:0");
  EXPECT_TRUE(says(none.error, "`listen`")) << none.error;
  EXPECT_EQ(none.warnings.size(), 1U);
  EXPECT_TRUE(none.workers.empty());
}

TEST(ListenSockets, WildcardsOfBothFamiliesShareAPort) {
  const ListenSockets v6 = open_on("[::]:0");
  if (!v6.error.empty()) GTEST_SKIP() << v6.error;
  const std::string port = std::to_string(v6.endpoints[0].port);
  EXPECT_EQ(open_on("0.0.0.0:" + port).error, "");
}

TEST(ListenSockets, WithoutDescriptorsTheErrorNamesTheLimit) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const std::size_t open = open_descriptors();
  const rlimit low{.rlim_cur = lowest_free_descriptor() + 3, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  const ListenSockets opened = open_on("127.0.0.1:0", 8);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(says(opened.error, "LimitNOFILE")) << opened.error;
  EXPECT_EQ(open_descriptors(), open);
}

/// Runs `task` in a child process; its exit status.
int in_child(const std::function<int()>& task) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(task());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ListenSockets, WithoutPrivilegeTheErrorNamesTheCapability) {
  int first_free = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_free;
  if (first_free < 2) GTEST_SKIP() << "every port is free for all here";
  const std::string where = "127.0.0.1:" + std::to_string(first_free - 1);
  EXPECT_EQ(in_child([&] {
              if (::geteuid() == 0 && ::setuid(65'534) != 0) return 2;
              return says(open_on(where).error, "CAP_NET_BIND_SERVICE") ? 0 : 1;
            }),
            0);
}

/// A UDP and a listening TCP socket on the same free port, as a socket unit gives.
std::vector<OwnedFd> unit_sockets() {
  std::vector<OwnedFd> given;
  given.push_back(foreign_socket(SOCK_DGRAM, at("127.0.0.1:0")));
  given.push_back(foreign_socket(SOCK_STREAM, at("127.0.0.1:0")));
  return given;
}

TEST(ListenSockets, AdoptedSocketsAreSharedByTheWorkers) {
  const std::size_t before = open_descriptors();
  {
    std::vector<OwnedFd> given = unit_sockets();
    const Endpoint udp = bound_to(given[0]);
    const Endpoint tcp = bound_to(given[1]);
    ListenSockets adopted = adopt_listen_sockets(std::move(given), 2);
    ASSERT_EQ(adopted.error, "");
    EXPECT_TRUE(adopted.warnings.empty());
    EXPECT_EQ(adopted.endpoints, (std::vector{udp, tcp}));
    ASSERT_EQ(adopted.workers.size(), 2U);
    EXPECT_EQ(open_descriptors(), before + 4);
    for (const WorkerSockets& worker : adopted.workers) {
      EXPECT_EQ(bound_to(worker.udp.at(0)), udp);
      EXPECT_EQ(bound_to(worker.tcp.at(0)), tcp);
      EXPECT_TRUE(::fcntl(worker.udp[0].get(), F_GETFL) & O_NONBLOCK);
      EXPECT_TRUE(::fcntl(worker.tcp[0].get(), F_GETFL) & O_NONBLOCK);
    }
    ListenerRig rig(std::move(adopted), {});  // the first worker's; the second one's stay unread
    Client datagrams = rig.udp(0);
    datagrams.send(query(1));
    EXPECT_EQ(rig.next_datagram(datagrams), query(1));
    Client stream = rig.tcp(1);
    stream.send(framed(query(2)));
    EXPECT_EQ(rig.next_frame(stream), query(2));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ListenSockets, TwoWorkersOnOneSocketAnswerEachQueryOnce) {
  ListenSockets adopted = adopt_listen_sockets(unit_sockets(), 2);
  ListenSockets second;
  second.workers.push_back(std::move(adopted.workers[1]));
  second.endpoints = adopted.endpoints;
  ListenerRig one(std::move(adopted), {});
  ListenerRig other(std::move(second), {});
  Client client = one.udp(0);
  for (std::uint16_t i = 0; i < 20; ++i) {
    client.send(query(i));
    ListenerRig& first = i % 2 == 0 ? one : other;
    first.loop.turn(5ms);
    EXPECT_EQ(one.next_datagram(client), query(i));
  }
  other.settle();
  one.settle();
  EXPECT_EQ(one.handled + other.handled, 20U);
  EXPECT_GT(one.handled, 0U);
  EXPECT_GT(other.handled, 0U);
}

TEST(ListenSockets, ForeignDescriptorsAreIgnoredWithAWarning) {
  std::vector<OwnedFd> given = unit_sockets();
  given.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  given.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  given.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));  // does not listen
  const ListenSockets adopted = adopt_listen_sockets(std::move(given), 1);
  EXPECT_EQ(adopted.error, "");
  EXPECT_EQ(adopted.warnings.size(), 3U);
  EXPECT_EQ(adopted.endpoints.size(), 2U);
}

TEST(ListenSockets, AUnitWithOneProtocolWorksAndIsWarnedAbout) {
  std::vector<OwnedFd> given = unit_sockets();
  given.pop_back();
  const ListenSockets adopted = adopt_listen_sockets(std::move(given), 1);
  EXPECT_EQ(adopted.error, "");
  ASSERT_EQ(adopted.warnings.size(), 1U);
  EXPECT_TRUE(says(adopted.warnings[0], "ListenStream=")) << adopted.warnings[0];
}

TEST(ListenSockets, NothingUsableFromSystemdIsAnError) {
  std::vector<OwnedFd> given;
  given.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ListenSockets adopted = adopt_listen_sockets(std::move(given), 1);
  EXPECT_TRUE(says(adopted.error, "ListenDatagram=")) << adopted.error;
  EXPECT_TRUE(adopted.workers.empty());
}

TEST(ListenSockets, ActivationSocketsAreTakenOnce) {
  EXPECT_TRUE(take_activation_sockets().empty());
  const std::vector<OwnedFd> given = unit_sockets();
  EXPECT_EQ(in_child([&] {
              // High first: the numbers below may be among those that are copied.
              const int udp = ::fcntl(given[0].get(), F_DUPFD, 100);
              const int tcp = ::fcntl(given[1].get(), F_DUPFD, 100);
              if (::dup2(udp, 3) < 0 || ::dup2(tcp, 4) < 0) return 2;
              ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
              ::setenv("LISTEN_FDS", "2", 1);
              std::vector<OwnedFd> taken = take_activation_sockets();
              if (taken.size() != 2 || ::getenv("LISTEN_FDS") != nullptr) return 3;
              if (!take_activation_sockets().empty()) return 4;
              const ListenSockets adopted = adopt_listen_sockets(std::move(taken), 1);
              return adopted.error.empty() && adopted.endpoints.size() == 2 ? 0 : 5;
            }),
            0);
}

}  // namespace
}  // namespace holdfast::test
