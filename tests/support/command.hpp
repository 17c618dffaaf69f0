// A program run to its end, with what it wrote and how it ended.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "temporary_folder.hpp"

extern char** environ;

namespace ansatz::test {

struct CommandResult {
  int code = -1;  // exit code, or 128 + signal
  std::string out, err;
};

class Command {
 public:
  explicit Command(std::vector<std::string> words) : words_{std::move(words)} {}
  Command& in(const std::filesystem::path& folder) {
    folder_ = folder;
    return *this;
  }

  pid_t start() {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (!folder_.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder_.c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, (files_ / "out").c_str(), O_CREAT | O_WRONLY, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, (files_ / "err").c_str(), O_CREAT | O_WRONLY, 0600);
    std::vector<char*> pointers;
    for (std::string& word : words_) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const int error = posix_spawnp(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot start " + words_[0]);
    return pid_;
  }

  CommandResult wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, read_file(files_ / "out"), read_file(files_ / "err")};
  }

  CommandResult run() {
    start();
    return wait();
  }

 private:
  std::vector<std::string> words_;
  std::filesystem::path folder_;
  TemporaryFolder files_;
  pid_t pid_ = -1;
};

}  // namespace ansatz::test
