#include "validate/process_state.hpp"

#include <fmt/core.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

extern char** environ;

namespace ansatz::host::validate {
namespace {

namespace fs = std::filesystem;

template <class Map>
std::string first_change(const Map& before, const Map& after, const char* what) {
  for (const auto& [key, value] : after) {
    const auto found = before.find(key);
    if (found == before.end()) return fmt::format("{} {} is new: {}", what, key, value);
    if (found->second != value) {
      return fmt::format("{} {} is now {} (it was {})", what, key, value, found->second);
    }
  }
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) return fmt::format("{} {} is gone ({})", what, key, value);
  }
  return {};
}

std::string mask_words(const sigset_t& set) {
  std::string words;
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&set, number) == 1) words += fmt::format(" {}", number);
  }
  return words.empty() ? "none blocked" : "blocked:" + words;
}

// /proc/self/status in kB.
std::size_t status_bytes(const char* name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(line.find_first_of("0123456789"))) * 1024;
  }
  return 0;
}

}  // namespace

ProcessState ProcessState::now() {
  ProcessState state;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{"/proc/self/task", error}) {
    state.threads.insert(entry.path().filename().string());
  }
  std::vector<std::string> descriptors;
  for (const auto& entry : fs::directory_iterator{"/proc/self/fd", error}) {
    descriptors.push_back(entry.path().filename().string());
  }
  for (const std::string& number : descriptors) {
    const fs::path target = fs::read_symlink("/proc/self/fd/" + number, error);
    if (!error) state.files[number] = target.string();  // not the folder that was read just now
  }
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_DFL) {
      state.signals[number] = "left to the system";
    } else if (action.sa_handler == SIG_IGN) {
      state.signals[number] = "ignored";
    } else {
      state.signals[number] = fmt::format("handled ({:#x})", action.sa_flags);
    }
  }
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  state.signals[0] = mask_words(blocked);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {  // clearenv: null
    const std::string text{*entry};
    state.variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  siginfo_t info{};
  state.children = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
  return state;
}

std::string new_threads(const ProcessState& before) {
  std::string found;
  for (int attempt = 0; attempt < 20; ++attempt) {
    found.clear();
    for (const std::string& thread : ProcessState::now().threads) {
      if (!before.threads.contains(thread)) found = fmt::format("thread {} still runs", thread);
    }
    if (found.empty()) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return found;
}

std::string changed_files(const ProcessState& before, const ProcessState& after) {
  return first_change(before.files, after.files, "file descriptor");
}
std::string changed_signals(const ProcessState& before, const ProcessState& after) {
  return first_change(before.signals, after.signals, "signal");
}
std::string changed_variables(const ProcessState& before, const ProcessState& after) {
  return first_change(before.variables, after.variables, "environment variable");
}
std::string new_children(const ProcessState& before, const ProcessState& after) {
  return after.children && !before.children ? "it left a child process behind" : "";
}

PrintCatcher::PrintCatcher() : file_{memfd_create("caught", MFD_CLOEXEC)} {
  std::fflush(nullptr);
  stdout_ = dup(STDOUT_FILENO);
  stderr_ = dup(STDERR_FILENO);
  dup2(file_, STDOUT_FILENO);
  dup2(file_, STDERR_FILENO);
}

PrintCatcher::~PrintCatcher() {
  std::fflush(nullptr);
  dup2(stdout_, STDOUT_FILENO);
  dup2(stderr_, STDERR_FILENO);
  for (const int descriptor : {file_, stdout_, stderr_}) ::close(descriptor);
}

std::string PrintCatcher::caught() const {
  std::fflush(nullptr);
  std::array<char, 200> block;
  const ssize_t n = pread(file_, block.data(), block.size(), 0);
  return {block.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

std::size_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

std::size_t peak_memory() { return status_bytes("VmHWM"); }

void reset_peak_memory() { std::ofstream{"/proc/self/clear_refs"} << "5"; }

}  // namespace ansatz::host::validate
