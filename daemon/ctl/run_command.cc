#include "daemon/ctl/run_command.h"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/owned_fd.h"

namespace holdfast::ctl {
namespace {

constexpr int kPatience = 20'000;  // ms

/// Standard streams lead nowhere.
struct Silence {
  Silence() {
    posix_spawn_file_actions_init(&actions);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }

  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  ~Silence() { posix_spawn_file_actions_destroy(&actions); }

  posix_spawn_file_actions_t actions{};
};

}  // namespace

bool run_command(const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Silence silence;
  pid_t pid = 0;
  if (::posix_spawnp(&pid, arguments[0], &silence.actions, nullptr, arguments.data(), environ) !=
      0) {
    return false;
  }
  const OwnedFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{process.get(), POLLIN, 0};
  if (process && ::poll(&ended, 1, kPatience) != 1) ::kill(pid, SIGKILL);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace holdfast::ctl
