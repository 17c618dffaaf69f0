#include "ansatz/num/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <utility>

using namespace ansatz;

namespace {

// Threads that take tasks in whatever order they come to them, from the last to the first.
class Threads final : public Executor {
 public:
  explicit Threads(std::uint32_t count) : count_{count} {}
  [[nodiscard]] std::uint32_t workers() const override { return count_; }
  void run(std::uint64_t tasks, const Task& body) override {
    std::atomic<std::uint64_t> left{tasks};
    const auto work = [&](std::uint32_t worker) {
      for (;;) {
        std::uint64_t task = left.load();
        while (task > 0 && !left.compare_exchange_weak(task, task - 1)) {
        }
        if (task == 0) return;
        body(task - 1, worker);
      }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < count_; ++i) threads.emplace_back(work, i);
    for (std::thread& t : threads) t.join();
  }

 private:
  std::uint32_t count_;
};

std::string tree(std::uint64_t tasks, Executor& executor) {
  return reduce_in_order<std::string>(
      executor, tasks, [](std::uint64_t i, std::uint32_t) { return std::to_string(i); },
      [](const std::string& a, const std::string& b) { return "(" + a + " " + b + ")"; });
}

}  // namespace

TEST_CASE("blocks cover an array once") {
  for (std::uint64_t n = 0; n < 40; ++n) {
    for (std::uint64_t size = 1; size < 45; ++size) {
      std::uint64_t next = 0;
      for (std::uint64_t i = 0; i < count_blocks(n, size); ++i) {
        const Block b = block(n, size, i);
        CHECK(b.first == next);
        CHECK((b.size() == size || (b.last == n && b.size() > 0)));
        next = b.last;
      }
      CHECK(next == n);
    }
  }
  CHECK_THROWS_AS(count_blocks(3, 0), BadArgument);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CHECK(block(most, most / 2 + 1, 1).last == most);  // nothing wraps around
}

TEST_CASE("blocks run with workers below their number") {
  for (std::uint32_t threads = 1; threads < 6; ++threads) {
    Threads executor{threads};
    std::vector<int> seen(1000);
    std::atomic<bool> good{true};
    for_each_block(executor, seen.size(), 7, [&](Block b, std::uint32_t worker) {
      if (worker >= executor.workers()) good = false;
      for (std::uint64_t i = b.first; i < b.last; ++i) ++seen[i];
    });
    CHECK(good);
    CHECK(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
  }
}

TEST_CASE("parts are combined in one order") {
  SerialExecutor serial;
  CHECK(tree(0, serial).empty());
  CHECK(tree(1, serial) == "0");
  CHECK(tree(5, serial) == "(((0 1) (2 3)) 4)");
  CHECK(tree(7, serial) == "(((0 1) (2 3)) ((4 5) 6))");
  for (std::uint32_t threads = 1; threads < 6; ++threads) {
    Threads executor{threads};
    CHECK(tree(23, executor) == tree(23, serial));
  }
  CHECK_THROWS_AS(combine_in_order(std::vector<double>{}), BadArgument);
}

TEST_CASE("bool results of tasks do not share memory") {
  Threads executor{4};
  for (int i = 0; i < 50; ++i) {
    CHECK(reduce_in_order<bool>(
        executor, 200, [](std::uint64_t, std::uint32_t) { return true; }, std::logical_and<>{}));
  }
}

TEST_CASE("the lowest failing task decides, after all have ended") {
  for (std::uint32_t threads = 1; threads < 5; ++threads) {
    Threads executor{threads};
    SerialExecutor serial;
    for (Executor* e : {static_cast<Executor*>(&executor), static_cast<Executor*>(&serial)}) {
      std::atomic<int> ran{0};
      const auto body = [&](std::uint64_t task, std::uint32_t) {
        ++ran;
        if (task % 10 == 7) throw BadState("task " + std::to_string(task));
      };
      CHECK_THROWS_WITH(for_each(*e, 60, body), "task 7");
      CHECK(ran == 60);
    }
  }
}

TEST_CASE("sums are exact to rounding and equal for any number of threads") {
  for (const std::size_t n : {0, 1, 2, 127, 128, 129, 1000, 16384, 16385, 1000003}) {
    // Equal numbers round in the same direction again and again, the worst for a plain loop.
    for (const double wave : {0.0, 1.0}) {
      std::vector<double> x(n);
      long double exact = 0, part = 0, size = 0;
      for (std::size_t i = 0; i < n; ++i) {
        x[i] = 0.1 + wave * std::sin(static_cast<double>(i));
        part += x[i];  // 64 bits in chunks of 1024: 2^11 2^-64 relative is far below the bound
        if (i % 1024 == 1023 || i + 1 == n) exact += std::exchange(part, 0);
        size += std::fabs(x[i]);
      }
      const double total = sum(x);
      // A leaf adds 16 numbers a row and combines 8 rows; each halving above adds one rounding (Higham 1993).
      const double roundings =
          16 + 3 + std::ceil(std::log2(std::max<double>(1, static_cast<double>(n) / 64)));
      CHECK(std::fabs(static_cast<double>(total - exact)) <= roundings * 0x1p-53 * static_cast<double>(size));
      for (std::uint32_t threads = 1; threads < 5; ++threads) {
        Threads executor{threads};
        CHECK(sum(executor, x) == total);
      }
    }
  }
}

TEST_CASE("f32 values are summed in f64") {
  const std::vector<float> x(1 << 20, 0.1F);
  CHECK(sum(x) == static_cast<double>(0.1F) * (1 << 20));  // exact: a power of two times 24 bits
}
