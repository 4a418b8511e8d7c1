#include "net/link_domains.h"

#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "net/link_talk.h"

namespace holdfast {
namespace {

enum class Token : std::uint8_t { look, give_up };

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

LinkDomains::LinkDomains(EventLoop& loop, OnChange on_change, LinkDomainsPolicy policy)
    : loop_(loop),
      on_change_(std::move(on_change)),
      policy_(std::move(policy)),
      inotify_(loop.context()) {}

LinkDomains::~LinkDomains() {
  stop();
}

std::string LinkDomains::watch() {
  if (std::exchange(watching_, true)) return {};
  look_in(Duration{});
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return std::generic_category().message(errno);
  asio::error_code error;
  inotify_.assign(fd, error);
  if (error) {
    ::close(fd);
    return error.message();
  }
  watch_folders();
  asio::co_spawn(loop_.context(), read_loop(), asio::detached);
  return {};
}

void LinkDomains::stop() {
  if (!std::exchange(watching_, false)) return;
  loop_.timers().cancel(timer_);
  soon_ = false;
  if (talk_) std::exchange(talk_, nullptr)->cancel();
  asio::error_code ignored;
  inotify_.close(ignored);
}

void LinkDomains::look() {
  if (watching_) look_in(policy_.settle);
}

/// What they write there changes with what they know of links. A folder that is watched already is
/// watched once; one that is not there is tried again with each look.
void LinkDomains::watch_folders() {
  if (!inotify_.is_open()) return;
  for (const std::string& folder : {policy_.resolved, policy_.network_manager}) {
    (void)::inotify_add_watch(inotify_.native_handle(), folder.c_str(),
                              IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
  }
}

asio::awaitable<void> LinkDomains::read_loop() {
  for (;;) {
    const auto [error] =
        co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, use_result);
    if (error) co_return;
    std::array<char, 4096> events;
    while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) {
    }
    look_in(policy_.settle);
  }
}

/// One timer: while a look is going on it ends that, and the next one follows then.
void LinkDomains::look_in(Duration wait) {
  const bool sign = wait < policy_.interval;
  if (sign && std::exchange(soon_, true)) return;
  if (talk_) return;
  loop_.timers().cancel(timer_);
  timer_ = loop_.timers().arm(loop_.now() + wait, *this, static_cast<std::uint64_t>(Token::look));
}

void LinkDomains::on_timer(std::uint64_t token, TimePoint now) noexcept {
  if (token == static_cast<std::uint64_t>(Token::give_up)) {
    if (const auto talk = talk_) talk->give_up();
    return;
  }
  soon_ = false;
  watch_folders();
  const bool resolved = exists(policy_.resolved);
  const bool network_manager = exists(policy_.network_manager);
  if (!resolved && !network_manager) {
    look_in(policy_.interval);
    return tell({});
  }
  talk_ = std::make_shared<LinkTalk>(loop_,
                                     [this](bool complete, const std::vector<LinkNotice>& notices) {
                                       on_told(complete, notices);
                                     });
  if (talk_->start(resolved, network_manager)) {
    timer_ = loop_.timers().arm(now + policy_.patience, *this,
                                static_cast<std::uint64_t>(Token::give_up));
  } else {
    talk_.reset();
    look_in(policy_.interval);
  }
}

void LinkDomains::on_told(bool complete, const std::vector<LinkNotice>& notices) {
  talk_.reset();
  loop_.timers().cancel(timer_);
  const bool again = std::exchange(soon_, false);
  look_in(again ? policy_.settle : policy_.interval);
  if (complete) tell(routing_domains(notices));
}

void LinkDomains::tell(std::vector<LinkDomain> found) {
  if (found == known_) return;
  known_ = std::move(found);
  on_change_(known_);
}

}  // namespace holdfast
