#include <atomic>
#include <catch2/catch.hpp>
#include <vector>

#include "run/thread_pool.hpp"

using ansatz::host::ThreadPool;

TEST_CASE("every task runs once, on a worker that only the thread count decides") {
  for (const unsigned threads : {1u, 2u, 3u, 8u}) {
    for (const std::uint64_t tasks : {0u, 1u, 2u, 7u, 1000u}) {
      ThreadPool pool{threads};
      for (int repeat = 0; repeat < 3; ++repeat) {
        std::vector<std::atomic<int>> runs(tasks);
        std::vector<std::uint32_t> worker(tasks);
        pool.run(tasks, [&](std::uint64_t i, std::uint32_t w) {
          ++runs[i];
          worker[i] = w;
        });
        for (std::uint64_t i = 0; i < tasks; ++i) {
          CHECK(runs[i] == 1);
          CHECK(worker[i] < threads);
          if (i > 0) CHECK(worker[i] >= worker[i - 1]);
        }
      }
    }
  }
}

TEST_CASE("a loop inside a task runs serially, on its own worker") {
  ThreadPool pool{4};
  std::atomic<int> sum = 0;
  pool.run(8, [&](std::uint64_t, std::uint32_t outer) {
    pool.run(5, [&](std::uint64_t i, std::uint32_t inner) {
      if (inner == outer) sum += static_cast<int>(i);
    });
  });
  CHECK(sum == 8 * (0 + 1 + 2 + 3 + 4));
}
