#include "run/thread_pool.hpp"

#include <algorithm>

namespace ansatz::host {
namespace {

thread_local bool inside_task = false;
thread_local std::uint32_t this_worker = 0;

}  // namespace

ThreadPool::~ThreadPool() { end(); }

void ThreadPool::end() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stop_ = false;
}

void ThreadPool::start() {
  try {
    for (std::uint32_t worker = 1; worker < size_; ++worker) {
      threads_.emplace_back([this, worker] { serve(worker); });
    }
  } catch (...) {
    end();  // a loop would wait for those that are missing
    throw;
  }
}

void ThreadPool::run(std::uint64_t tasks, const std::function<void(std::uint64_t, std::uint32_t)>& task) {
  if (inside_task || size_ == 1 || tasks <= 1) {
    const std::uint32_t worker = inside_task ? this_worker : 0;
    for (std::uint64_t i = 0; i < tasks; ++i) task(i, worker);
    return;
  }
  if (threads_.empty()) start();
  {
    const std::lock_guard lock{mutex_};
    tasks_ = tasks;
    task_ = &task;
    running_ = size_ - 1;
    ++round_;
  }
  wake_.notify_all();
  run_share(0);
  std::unique_lock lock{mutex_};
  done_.wait(lock, [this] { return running_ == 0; });
}

void ThreadPool::run_share(std::uint32_t worker) {
  inside_task = true;
  this_worker = worker;
  // tasks * worker / size without overflow for any number of tasks
  const std::uint64_t quotient = tasks_ / size_, remainder = tasks_ % size_;
  const auto edge = [&](std::uint64_t w) { return quotient * w + std::min(remainder, w); };
  for (std::uint64_t i = edge(worker); i < edge(worker + 1); ++i) (*task_)(i, worker);
  inside_task = false;
}

void ThreadPool::serve(std::uint32_t worker) {
  std::uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
    }
    run_share(worker);
    {
      const std::lock_guard lock{mutex_};
      --running_;
    }
    done_.notify_one();
  }
}

}  // namespace ansatz::host
