#include "guarded.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace ansatz::host {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Usage guarded(const std::function<void(volatile std::uint64_t&)>& work, unsigned most_seconds) {
  void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error{"no shared memory"};
  auto* values = static_cast<volatile std::uint64_t*>(shared);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error{"no child process"};
  if (child == 0) {
    const rlimit limit{most_seconds, most_seconds};
    setrlimit(RLIMIT_CPU, &limit);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    values[1] = static_cast<std::uint64_t>(before.ru_maxrss);
    try {
      work(values[0]);
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  Usage usage;
  usage.ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  usage.megabytes = static_cast<double>(used.ru_maxrss - static_cast<long>(values[1])) / 1024;
  usage.progress = values[0];
  munmap(shared, 4096);
  return usage;
}

bool sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return true;
#else
  return false;
#endif
#else
  return false;
#endif
}

}  // namespace ansatz::host
