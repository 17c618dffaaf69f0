// The threads behind parallel_for: tasks are split statically, so that which thread runs a task depends on
// nothing but the number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ansatz::host {

class ThreadPool {
 public:
  // The calling thread is one of them; the others start with the first loop.
  explicit ThreadPool(unsigned threads) : size_{threads == 0 ? 1 : threads} {}
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] unsigned size() const { return size_; }

  // Run task(i, worker) for i in [0, tasks); returns when all have ended.  Inside a task it runs serially.
  // `task` must not throw.
  void run(std::uint64_t tasks, const std::function<void(std::uint64_t, std::uint32_t)>& task);

 private:
  void serve(std::uint32_t worker);
  void run_share(std::uint32_t worker);
  void start();  // all of them, or none and an exception
  void end();

  unsigned size_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::uint64_t round_ = 0;
  unsigned running_ = 0;
  bool stop_ = false;
  std::uint64_t tasks_ = 0;
  const std::function<void(std::uint64_t, std::uint32_t)>* task_ = nullptr;
};

}  // namespace ansatz::host
