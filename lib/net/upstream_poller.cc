#include "net/upstream_poller.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

namespace holdfast {
namespace {

constexpr int kEventsPerTurn = 64;

int open_set() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

epoll_event event_for(std::uint64_t token, std::uint32_t what) noexcept {
  epoll_event event{};
  if ((what & UpstreamPoller::kReadable) != 0) event.events |= EPOLLIN;
  if ((what & UpstreamPoller::kWritable) != 0) event.events |= EPOLLOUT;
  event.data.u64 = token;
  return event;
}

std::uint32_t readiness(std::uint32_t events) noexcept {
  std::uint32_t what = 0;
  if ((events & EPOLLIN) != 0) what |= UpstreamPoller::kReadable;
  if ((events & EPOLLOUT) != 0) what |= UpstreamPoller::kWritable;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) what |= UpstreamPoller::kFailed;
  return what;
}

}  // namespace

UpstreamPoller::UpstreamPoller(EventLoop& loop, Ready ready)
    : ready_(std::move(ready)), set_(loop.context(), open_set()) {
  asio::co_spawn(loop.context(), wait_loop(), asio::detached);
}

bool UpstreamPoller::watch(int fd, std::uint64_t token, std::uint32_t what) noexcept {
  epoll_event event = event_for(token, what);
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void UpstreamPoller::rewatch(int fd, std::uint64_t token, std::uint32_t what) noexcept {
  epoll_event event = event_for(token, what);
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void UpstreamPoller::unwatch(int fd) noexcept {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
}

void UpstreamPoller::close() noexcept {
  asio::error_code ignored;
  set_.close(ignored);
}

asio::awaitable<void> UpstreamPoller::wait_loop() {
  for (;;) {
    auto [error] = co_await set_.async_wait(asio::posix::descriptor_base::wait_read, use_result);
    if (error) co_return;
    dispatch();
  }
}

void UpstreamPoller::dispatch() {
  std::array<epoll_event, kEventsPerTurn> events;
  // What does not fit stays ready and is reported when the loop waits again.
  const int n = ::epoll_wait(set_.native_handle(), events.data(), kEventsPerTurn, 0);
  for (int i = 0; i < n && set_.is_open(); ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    ready_(event.data.u64, readiness(event.events));
  }
}

}  // namespace holdfast
