// DiskSync: makes files outlive a loss of power, on a thread of its own: a disk may take seconds
// over it, and the store's thread has questions to answer meanwhile.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace holdfast {

class DiskSync {
 public:
  /// Does it for a path: "" or why not; StoreFile::sync().
  using Sync = std::function<std::string(const std::string& path)>;

  explicit DiskSync(Sync sync) : sync_(std::move(sync)) {}

  ~DiskSync() { stop(); }

  DiskSync(const DiskSync&) = delete;
  DiskSync& operator=(const DiskSync&) = delete;

  void start();
  /// Waits for the one that runs.
  void stop();

  /// Begins one. Precondition: what came of the last has been taken.
  void begin(std::string path);
  /// What came of it, once; nullopt while it runs, or if none was begun.
  [[nodiscard]] std::optional<std::string> take();

 private:
  void run();

  Sync sync_;
  std::thread thread_;
  std::mutex mutex_;  // of what follows
  std::condition_variable called_;
  std::string path_;
  std::optional<std::string> outcome_;
  bool runs_ = false;
};

}  // namespace holdfast
