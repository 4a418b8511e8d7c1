#include "daemon/disk_sync.h"

#include <utility>

namespace holdfast {

void DiskSync::start() {
  runs_ = true;
  thread_ = std::thread([this] { run(); });
}

void DiskSync::stop() {
  {
    const std::lock_guard lock(mutex_);
    runs_ = false;
  }
  called_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void DiskSync::begin(std::string path) {
  {
    const std::lock_guard lock(mutex_);
    path_ = std::move(path);
  }
  called_.notify_one();
}

std::optional<std::string> DiskSync::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

void DiskSync::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    called_.wait(lock, [this] { return !runs_ || !path_.empty(); });
    if (!runs_) return;
    const std::string path = std::exchange(path_, {});
    lock.unlock();
    std::string outcome = sync_(path);
    lock.lock();
    outcome_ = std::move(outcome);
  }
}

}  // namespace holdfast
