#include "daemon/resources.h"

#include <algorithm>
#include <dirent.h>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/units.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// A number in a one-value file of the kernel's; kUnlimited for "max", and if there is none.
std::uint64_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : kUnlimited;
}

/// The line `key` of /proc/meminfo, in bytes.
std::uint64_t memory_field(std::string_view key) {
  std::ifstream file("/proc/meminfo");
  std::string word;
  std::uint64_t kibibytes = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    if (fields >> word >> kibibytes && word == key) return kibibytes * 1024;
  }
  return kUnlimited;
}

/// The smallest memory limit on the path of our control group (version 2), else kUnlimited.
std::uint64_t group_limit() {
  std::ifstream file("/proc/self/cgroup");
  std::uint64_t limit = kUnlimited;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::/")) continue;
    std::string folder = line.substr(3);
    for (; folder.size() > 1; folder.resize(std::max<std::size_t>(folder.rfind('/'), 1))) {
      limit = std::min(limit, number_in("/sys/fs/cgroup" + folder + "/memory.max"));
      if (folder.rfind('/') == 0) break;
    }
  }
  return limit;
}

bool can_map(std::uint64_t bytes) {
  void* const map =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return false;
  ::munmap(map, bytes);
  return true;
}

std::uint64_t count_descriptors() {
  DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t count = 0;
  while (::readdir(folder) != nullptr)
    ++count;
  ::closedir(folder);
  return count < 3 ? 0 : count - 3;  // ".", ".." and the folder itself
}

/// When the machine started, in Unix time.
double boot_wall_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    double value = 0;
    if (fields >> word >> value && word == "btime") return value;
  }
  return 0;
}

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
  }
  return limit.rlim_cur;
}

std::string descriptor_shortage(std::uint64_t limit, std::uint64_t needed) {
  if (limit >= needed) return {};
  return "only " + std::to_string(limit) +
         " file descriptors are allowed, this configuration may " + "need " +
         std::to_string(needed) +
         ": raise the hard limit (LimitNOFILE= in the systemd unit, or `ulimit -Hn`), or lower " +
         "`workers` or limits.tcp_clients";
}

std::string cache_shortage(std::uint64_t bytes) {
  const auto line = [bytes](const std::string& why) {
    return "no memory for cache.max_bytes = " + print_size(bytes) + ": " + why +
           "; lower cache.max_bytes";
  };
  const auto group = group_limit();
  if (bytes > group) return line("the control group allows " + print_size(group) + " (MemoryMax=)");
  const auto total = memory_field("MemTotal:");
  if (bytes > total) return line("this machine has " + print_size(total));
  if (!can_map(bytes)) return line("the system refuses to map it (see `ulimit -v`, overcommit)");
  return {};
}

std::string worker_shortage(std::size_t got, std::size_t wanted) {
  if (got >= wanted) return {};
  return "only " + std::to_string(got) + " of " + std::to_string(wanted) +
         " workers: the system gives no more threads; lower `workers`, or raise what limits them " +
         "(TasksMax= in the systemd unit, `ulimit -u`, `ulimit -v`)";
}

ProcessSeries process_series() {
  ProcessSeries series;
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // The fields after the command's name, which may hold anything and ends with the last ")".
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  double user = 0, system = 0, started = 0;
  fields >> user >> system;  // 14, 15
  for (int field = 16; field < 22; ++field)
    fields >> skipped;
  std::uint64_t pages = 0;
  fields >> started >> series.virtual_bytes >> pages;  // 22, 23, 24
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  series.cpu_seconds = (user + system) / ticks;
  series.start_time = boot_wall_time() + started / ticks;
  series.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  series.open_fds = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) series.max_fds = limit.rlim_cur;
  return series;
}

}  // namespace holdfast
