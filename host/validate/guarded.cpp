#include "validate/guarded.hpp"

#include <fmt/core.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace ansatz::host::validate {
namespace {

constexpr std::size_t page = 4096;
constexpr std::byte pattern{0xa5};

struct Poisoned {
  const std::byte* first = nullptr;
  std::size_t bytes = 0;
  std::array<char, 160> text{};
};
// Read by a signal handler: plain memory of fixed size.
std::array<Poisoned, 512> poisoned;
std::size_t poisoned_count = 0;
void (*report_access)(const char*) = nullptr;

void on_fault(int number, siginfo_t* info, void*) {
  const auto* address = static_cast<const std::byte*>(info->si_addr);
  for (std::size_t i = 0; i < poisoned_count; ++i) {
    const Poisoned& entry = poisoned[i];
    if (address >= entry.first && address < entry.first + entry.bytes) report_access(entry.text.data());
  }
  signal(number, SIG_DFL);  // another crash: happens again when this returns
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes, std::string what) : bytes_{bytes}, what_{std::move(what)} {
  mapped_ = page + (bytes + page - 1) / page * page + page;
  void* memory = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  base_ = static_cast<std::byte*>(memory);
  data_ = base_ + page;
  std::fill(base_, data_, pattern);
  std::fill(data_ + bytes_, base_ + mapped_, pattern);
}

std::string GuardedMemory::damage() const {
  const auto changed = [](std::byte b) { return b != pattern; };
  std::byte* end = data_ + bytes_;
  if (const auto* found = std::find_if(end, base_ + mapped_, changed); found != base_ + mapped_) {
    return fmt::format("byte {} behind the end of {}", found - end, what_);
  }
  if (const auto* found = std::find_if(base_, data_, changed); found != data_) {
    return fmt::format("byte {} before the start of {}", data_ - found, what_);
  }
  return {};
}

void GuardedMemory::poison() const {
  if (poisoned_count < poisoned.size()) {
    Poisoned& entry = poisoned[poisoned_count++];
    entry.first = base_, entry.bytes = mapped_;
    what_.copy(entry.text.data(), entry.text.size() - 1);
  }
  mprotect(base_, mapped_, PROT_NONE);
}

void catch_poisoned_access(void (*report)(const char* text)) {
  report_access = report;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace ansatz::host::validate
