#include "daemon/request_pool.h"

namespace holdfast {

RequestPool::RequestPool(std::size_t threads, std::size_t waiting) : bound_(waiting) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { serve(); });
}

RequestPool::Enqueued RequestPool::enqueue(std::function<void()> task) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return tasks_.size() < bound_ || stopping_; });
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
  return static_cast<Enqueued>(true);
}

void RequestPool::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void RequestPool::serve() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !tasks_.empty() || stopping_; });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    changed_.notify_all();
    task();
  }
}

}  // namespace holdfast
