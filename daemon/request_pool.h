// RequestPool: the threads that serve HTTP requests. Bounded in threads and in waiting connections:
// when both are full no more are accepted, and the kernel's backlog holds or refuses the rest.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <httplib.h>

namespace holdfast {

class RequestPool final : public httplib::TaskQueue {
 public:
  RequestPool(std::size_t threads, std::size_t waiting);

  ~RequestPool() override { shutdown(); }

  /// What the library wants to hear: nothing (0.11), or since 0.15 that the task was taken.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  /// Waits for room.
  Enqueued enqueue(std::function<void()> task) override;
  /// Finishes what was taken, then ends the threads.
  void shutdown() override;

 private:
  void serve();

  std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace holdfast
