#include "net/host_resolvers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "net/resolver_files.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

struct Source {
  const char* folder;
  std::string_view begins, ends;  // of the names of its files
  ResolverFile kind;
};

constexpr std::array kSources{
    // What a takeover of /etc/resolv.conf has put aside.
    Source{"/var/lib/holdfast-takeover", "resolv.conf", "", ResolverFile::resolv_conf},
    Source{"/etc", "resolv.conf", "", ResolverFile::resolv_conf},
    // Whom systemd-resolved asks; its stub-resolv.conf names itself.
    Source{"/run/systemd/resolve", "resolv.conf", "", ResolverFile::resolv_conf},
    Source{"/run/NetworkManager", "no-stub-resolv.conf", "", ResolverFile::resolv_conf},
    // What was told to resolvconf (Debian's, and openresolv), a file for each interface.
    Source{"/run/resolvconf/interface", "", "", ResolverFile::resolv_conf},
    Source{"/run/resolvconf/interfaces", "", "", ResolverFile::resolv_conf},
    Source{"/run/resolvconf/keys", "", "", ResolverFile::resolv_conf},
    Source{"/run/systemd/netif/leases", "", "", ResolverFile::networkd_lease},
    Source{"/var/lib/dhcp", "dhclient", ".leases", ResolverFile::dhclient_lease},
};

constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
constexpr std::size_t kMostFiles = 64;  // of one folder
constexpr std::size_t kMostFound = 32;

/// "" ends match only what begins says, letter by letter, unless that is "" too.
bool is_of(const Source& source, std::string_view name) noexcept {
  if (source.ends.empty()) return source.begins.empty() || name == source.begins;
  return name.starts_with(source.begins) && name.ends_with(source.ends);
}

std::vector<fs::path> files_of(const Source& source) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(source.folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with('.') && is_of(source, name) && files.size() < kMostFiles)
      files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

std::string read_file(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return {};
  std::ifstream in(path, std::ios::binary);
  std::string text(kLargestFile, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

/// systemd-resolved's own listeners: whom it asks, its files say.
bool is_stub(const IpAddress& address) {
  static const std::array stubs{parse_ip("127.0.0.53").value(), parse_ip("127.0.0.54").value()};
  return std::ranges::find(stubs, address.unmapped()) != stubs.end();
}

/// The folders of the sources, and those of the files that their files are links to.
std::set<fs::path> folders() {
  std::set<fs::path> all;
  for (const Source& source : kSources) {
    all.insert(source.folder);
    for (const fs::path& file : files_of(source)) {
      std::error_code failed;
      const fs::path target = fs::canonical(file, failed);
      if (!failed) all.insert(target.parent_path());
    }
  }
  return all;
}

/// Are all files of this folder read, whatever their names?
bool is_all_ours(const fs::path& folder) {
  return std::ranges::any_of(kSources, [&folder](const Source& source) {
    return source.begins.empty() && folder == source.folder;
  });
}

/// May a change of the file with this name matter? Stores and others write in the same folders.
bool may_matter(std::string_view name) noexcept {
  return name.empty() || name.find("resolv") != std::string_view::npos ||
         name.find("lease") != std::string_view::npos;
}

}  // namespace

std::vector<IpAddress> find_host_resolvers() {
  std::vector<IpAddress> found;
  for (const Source& source : kSources) {
    for (const fs::path& file : files_of(source)) {
      for (const IpAddress& address : read_resolvers(read_file(file), source.kind)) {
        const bool known = std::ranges::find(found, address) != found.end();
        if (known || address.is_unspecified() || is_stub(address)) continue;
        if (found.size() < kMostFound) found.push_back(address);
      }
    }
  }
  return found;
}

HostResolvers::HostResolvers(EventLoop& loop, OnChange on_change, const HostResolversPolicy& policy)
    : loop_(loop), on_change_(std::move(on_change)), policy_(policy), inotify_(loop.context()) {}

HostResolvers::~HostResolvers() {
  stop();
}

std::string HostResolvers::watch() {
  if (std::exchange(watching_, true)) return {};
  known_.clear();
  look_in(policy_.settle);
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

void HostResolvers::stop() {
  if (!std::exchange(watching_, false)) return;
  loop_.timers().cancel(timer_);
  soon_ = false;
  asio::error_code ignored;
  inotify_.close(ignored);
}

/// A folder that is watched already is watched once; one that is not there is tried again.
void HostResolvers::watch_folders() {
  if (!inotify_.is_open()) return;
  for (const fs::path& folder : folders()) {
    const int watch =
        ::inotify_add_watch(inotify_.native_handle(), folder.c_str(),
                            IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR);
    if (watch >= 0 && is_all_ours(folder)) whole_folders_.insert(watch);
  }
}

asio::awaitable<void> HostResolvers::read_loop() {
  for (;;) {
    const auto [error] =
        co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, use_result);
    if (error) co_return;
    if (read_events()) look_in(policy_.settle);
  }
}

/// True if one of the events that wait may matter.
bool HostResolvers::read_events() {
  alignas(inotify_event) std::array<char, 16'384> buffer;
  bool matters = false;
  for (;;) {
    const auto n = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
    if (n <= 0) return matters;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(n);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      const bool lost = (event.mask & IN_Q_OVERFLOW) != 0;
      matters = matters || lost || whole_folders_.contains(event.wd) ||
                may_matter({name, ::strnlen(name, event.len)});
      at += sizeof event + event.len;
    }
  }
}

void HostResolvers::look_in(Duration wait) {
  const bool sign = wait < policy_.interval;
  if (sign && std::exchange(soon_, true)) return;
  loop_.timers().cancel(timer_);
  timer_ = loop_.timers().arm(loop_.now() + wait, *this, 0);
}

void HostResolvers::look() {
  if (watching_) look_in(Duration{});
}

void HostResolvers::on_timer(std::uint64_t, TimePoint) noexcept {
  soon_ = false;
  look_in(policy_.interval);
  watch_folders();
  auto found = find_host_resolvers();
  if (found.empty() || found == known_) return;
  known_ = std::move(found);
  on_change_(known_);
}

}  // namespace holdfast
