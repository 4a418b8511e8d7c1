#include "daemon/control_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <variant>

#include "control/reply.h"
#include "daemon/log.h"
#include "daemon/peer_rights.h"
#include "daemon/resources.h"
#include "net/descriptor_room.h"

namespace holdfast {
namespace {

using Protocol = asio::local::stream_protocol;

std::string explain(
    const std::string& path, const std::string& why,
    const std::string& advice = "set `control` to a path this user may write, or to \"off\"") {
  return "cannot make the control socket " + path + ": " + why + "; " + advice;
}

/// Does somebody listen at `path`?
bool answered(asio::io_context& io, const std::string& path) {
  Protocol::socket socket(io);
  asio::error_code error;
  socket.connect(Protocol::endpoint(path), error);
  return !error;
}

}  // namespace

struct ControlSocket::Session {
  explicit Session(asio::io_context& io) : socket(io), deadline(io), answered(io) {}

  void hang_up() {
    asio::error_code ignored;
    socket.close(ignored);
    deadline.cancel();
    answered.cancel();
  }

  Protocol::socket socket;
  asio::steady_timer deadline;
  asio::steady_timer answered;  // never expires: cancelled when the reply is there
  uid_t uid = static_cast<uid_t>(-1);
  Rights rights = Rights::none;
  std::string input;
  std::optional<std::string> reply;
};

/// Hangs up unless it is called again within kIdle.
void ControlSocket::expect_progress(const std::shared_ptr<Session>& session) {
  session->deadline.expires_after(kIdle);
  session->deadline.async_wait([weak = std::weak_ptr(session)](const asio::error_code& error) {
    const auto late = weak.lock();
    if (!error && late) late->hang_up();
  });
}

ControlSocket::ControlSocket(EventLoop& loop, Handler handler)
    : loop_(loop), handler_(std::move(handler)), acceptor_(loop.context()) {}

ControlSocket::~ControlSocket() {
  close();
}

std::string ControlSocket::open(const std::string& path) {
  std::error_code error;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder, error) &&
      ::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return explain(path, "no folder " + folder.string() +
                             ", and it cannot be made: " + std::generic_category().message(errno));
  }

  struct stat status {};

  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return explain(path, "something that is no socket is there");
    if (answered(loop_.context(), path)) return explain(path, "another daemon listens there");
    ::unlink(path.c_str());
  }
  return bind(path);
}

std::string ControlSocket::bind(const std::string& path) {
  asio::error_code error;
  std::optional<Protocol::endpoint> endpoint;
  try {
    endpoint.emplace(path);
  } catch (const std::system_error&) {
    return explain(path, "the path is longer than 107 bytes");
  }
  acceptor_.open(Protocol(), error);
  if (means_no_descriptors(error.value())) return explain(path, error.message(), kRaiseDescriptors);
  if (!error) acceptor_.bind(*endpoint, error);
  if (error) return explain(path, error.message());
  path_ = path;

  struct stat status {};

  // Nobody can connect before listen(), so there is no moment with other rights.
  if (::chmod(path.c_str(), 0666) != 0 || ::lstat(path.c_str(), &status) != 0) {
    return explain(path, std::generic_category().message(errno));
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  acceptor_.listen(kConnections, error);
  if (error) return explain(path, error.message());
  asio::co_spawn(loop_.context(), accept_loop(), asio::detached);
  return {};
}

void ControlSocket::close() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_)
    session->hang_up();

  struct stat status {};

  if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

/// Users who may nothing must not keep out those who may.
bool ControlSocket::has_room_for(const Session& session) const {
  if (session.rights != Rights::none) return sessions_.size() < kConnections;
  const auto is_stranger = [](const auto& other) { return other->rights == Rights::none; };
  return sessions_.size() < kConnections - kStrangers &&
         std::ranges::count_if(sessions_, is_stranger) < std::ptrdiff_t{kStrangers};
}

asio::awaitable<void> ControlSocket::accept_loop() {
  for (;;) {
    auto session = std::make_shared<Session>(loop_.context());
    auto [error] = co_await acceptor_.async_accept(session->socket, use_result);
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {  // no descriptors, most likely: others will be closed in a while
      session->answered.expires_after(std::chrono::seconds(1));
      (void)co_await session->answered.async_wait(use_result);
      continue;
    }
    const PeerCredentials peer = peer_credentials(session->socket.native_handle());
    session->uid = peer.uid;
    session->rights = rights_of(peer, own_credentials());
    if (!has_room_for(*session)) continue;  // hangs up
    sessions_.insert(session);
    asio::co_spawn(loop_.context(), serve(session), asio::detached);
  }
}

asio::awaitable<void> ControlSocket::serve(std::shared_ptr<Session> session) {
  std::array<char, 4096> buffer{};
  for (;;) {
    expect_progress(session);
    auto end = session->input.find('\n');
    if (end == std::string::npos) {
      if (session->input.size() > kLongestRequest) break;
      auto [error, got] =
          co_await session->socket.async_read_some(asio::buffer(buffer), use_result);
      if (error) break;
      session->input.append(buffer.data(), got);
      continue;
    }
    session->reply.reset();
    handle(session, std::string_view(session->input).substr(0, end));
    session->input.erase(0, end + 1);
    if (!session->reply) {
      session->answered.expires_at(std::chrono::steady_clock::time_point::max());
      (void)co_await session->answered.async_wait(use_result);
    }
    if (!session->reply || !session->socket.is_open()) break;
    *session->reply += '\n';
    auto [error, sent] =
        co_await asio::async_write(session->socket, asio::buffer(*session->reply), use_result);
    if (error) break;
  }
  session->hang_up();
  sessions_.erase(session);
}

/// Not for each: whoever may not must not be able to fill the log either.
void ControlSocket::tell_refusal(const std::string& what, uid_t uid) {
  const TimePoint now = loop_.now();
  if (now < refusals_from_) return;
  refusals_from_ = now + kRefusalPause;
  HOLDFAST_LOG(warning, "control socket: refused {} to the user with id {}, who may not", what,
               uid);
}

void ControlSocket::handle(const std::shared_ptr<Session>& session, std::string_view line) {
  const auto answer = [session](std::string reply) {
    session->reply = std::move(reply);
    session->answered.cancel();
  };
  if (session->rights == Rights::none) {  // what they sent is not even read
    tell_refusal("an answer", session->uid);
    return answer(failure_reply(Failure::forbidden,
                                "root and the daemon's own user may do everything, its group may "
                                "read, and others nothing"));
  }
  auto parsed = parse_request(line);
  if (const auto* error = std::get_if<std::string>(&parsed)) {
    return answer(failure_reply(Failure::usage, *error));
  }
  const auto& request = std::get<Request>(parsed);
  const Rights needed = request.changes_state() ? Rights::write : Rights::read;
  if (session->rights < needed) {
    tell_refusal(to_string(request.command), session->uid);
    return answer(failure_reply(Failure::forbidden,
                                std::string(to_string(request.command)) +
                                    " is for root and the daemon's own user; its group may read"));
  }
  handler_(request, answer);
}

}  // namespace holdfast
