// TlsTrust: the authorities that upstreams' certificates are verified by. Each file is opened once,
// by the control thread, for all threads: certificates of a system are many, and the query path
// reads no files.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/tls_client.h"
#include "upstream/upstream.h"

namespace holdfast {

/// Any thread.
class TlsTrust {
 public:
  /// Reads anew what these upstreams need, and lets go of the rest: connections from now on are
  /// verified by it. A file that can no longer be used leaves in force what it said before.
  /// Returns what is wrong, a line for each file.
  std::vector<std::string> follow(const std::vector<std::shared_ptr<const Upstream>>& upstreams);

  /// While the machine's clock cannot be right, no certificate can be judged, and nobody is spoken
  /// to. It is taken to be right until this is called.
  void set_clock_sound(bool sound) noexcept {
    clock_sound_.store(sound, std::memory_order_relaxed);
  }

  [[nodiscard]] bool clock_sound() const noexcept {
    return clock_sound_.load(std::memory_order_relaxed);
  }

  /// nullptr: it could never be opened.
  [[nodiscard]] std::shared_ptr<const TlsContext> find(const std::string& ca_file) const;

 private:
  using Contexts = std::map<std::string, std::shared_ptr<const TlsContext>>;

  mutable std::mutex mutex_;  // of contexts_
  Contexts contexts_;         // by file; "": the system's
  std::atomic<bool> clock_sound_{true};
};

}  // namespace holdfast
