// The blocked factor against the definition, and against bits.
#include "ansatz/num/cholesky.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <thread>

#include "ansatz/num/large_buffer.hpp"
#include "reference.hpp"

using namespace ansatz;
using reference::Dense;

namespace {

// Runs tasks on threads, last task first, so that an order that matters would show.
class Threads final : public Executor {
 public:
  explicit Threads(std::uint32_t count) : count_{count} {}
  void run(std::uint64_t tasks, const Task& body) override {
    std::vector<std::thread> threads;
    for (std::uint32_t worker = 0; worker < count_; ++worker) {
      threads.emplace_back([&, worker] {
        for (std::uint64_t task = tasks; task-- > 0;) {
          if (task % count_ == worker) body(task, worker);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  [[nodiscard]] std::uint32_t workers() const override { return count_; }

 private:
  std::uint32_t count_;
};

// x x' + n I: eigenvalues between n and about 4 n.
Dense positive(std::size_t n) {
  const Dense x = reference::normal(n, n, 11);
  Dense a = reference::product(x, reference::transpose(x));
  for (std::size_t i = 0; i < n; ++i) a(i, i) += static_cast<double>(n);
  return a;
}

template <class T>
std::vector<T> lower_factor(const Dense& a, std::size_t stride, Executor& executor) {
  std::vector<T> l(a.rows * stride,
                   std::numeric_limits<T>::quiet_NaN());  // nothing above the diagonal is read
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j <= i; ++j) l[i * stride + j] = static_cast<T>(a(i, j));
  }
  REQUIRE_FALSE(cholesky(a.rows, l.data(), stride, executor));
  return l;
}

}  // namespace

TEMPLATE_TEST_CASE("L L' is the matrix, at every size around the blocks", "", double, float) {
  SerialExecutor serial;
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  for (const std::size_t n : {1, 2, 8, 47, 48, 49, 96, 383, 384, 385, 450}) {
    CAPTURE(n);
    const Dense a = positive(n);
    const std::size_t stride = n + 3;
    const std::vector<TestType> l = lower_factor<TestType>(a, stride, serial);
    Dense factor(n, n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) factor(i, j) = static_cast<double>(l[i * stride + j]);
    }
    const double bound = static_cast<double>(n + 1) * epsilon;  // Higham 2002, theorem 10.3
    CHECK(reference::relative_error(reference::product(factor, reference::transpose(factor)).values,
                                    a.values) < bound);

    const Dense x = reference::normal(3, n, 12);
    const Dense b = reference::product(x, a);
    std::vector<TestType> solution(b.values.begin(), b.values.end());
    cholesky_solve(n, l.data(), stride, 3, solution.data(), serial);
    CHECK(reference::relative_error({solution.begin(), solution.end()}, x.values) < 30 * bound);
  }
}

TEMPLATE_TEST_CASE("half solutions of many vectors are those of plain substitution, whatever else is solved",
                   "", double, float) {
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  for (const std::size_t n : {1, 7, 8, 9, 100}) {
    for (const std::size_t count : {1, 23, 241, 500}) {
      CAPTURE(n, count);
      SerialExecutor serial;
      const std::size_t stride = n + 3;
      const std::vector<TestType> l = lower_factor<TestType>(positive(n), stride, serial);
      const Dense b = reference::normal(count, n, 14);
      Dense x = b;
      for (std::size_t c = 0; c < count; ++c) {
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = 0; j < i; ++j) x(c, i) -= static_cast<double>(l[i * stride + j]) * x(c, j);
          x(c, i) /= static_cast<double>(l[i * stride + i]);
        }
      }
      std::vector<TestType> solved(b.values.begin(), b.values.end());
      Threads threads{3};
      solve_lower_rows(n, l.data(), stride, count, solved.data(), threads);
      CHECK(reference::relative_error({solved.begin(), solved.end()}, x.values) <
            100 * static_cast<double>(n + 1) * epsilon);
      std::vector<TestType> last(b.values.end() - static_cast<std::ptrdiff_t>(n), b.values.end());
      solve_lower_rows(n, l.data(), stride, 1, last.data(), serial);
      CHECK(std::equal(last.begin(), last.end(), solved.end() - static_cast<std::ptrdiff_t>(n)));
    }
  }
}

TEST_CASE("the factor has the same bits for any number of workers") {
  const std::size_t n = 1150;  // three panels, the last but one with tiles below and beside it
  const Dense x = reference::normal(n, 8, 13);
  Dense a = reference::product(x, reference::transpose(x));
  for (std::size_t i = 0; i < n; ++i) a(i, i) += 1;
  const auto lower = [&](Executor& executor) {
    std::vector<double> l = lower_factor<double>(a, n, executor);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) l[i * n + j] = 0;
    }
    std::vector<double> b(6 * n, 1.0);
    cholesky_solve(n, l.data(), n, 6, b.data(), executor);
    l.insert(l.end(), b.begin(), b.end());
    return l;
  };
  SerialExecutor serial;
  const std::vector<double> one = lower(serial);
  for (std::size_t i = 0; i < n; ++i) {  // the solution solves
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += a(i, j) * one[n * n + j];
    CHECK(sum == Approx(1).epsilon(1e-10));
  }
  for (const std::uint32_t workers : {2U, 3U, 4U}) {
    Threads threads{workers};
    CHECK(lower(threads) == one);
  }
}

TEMPLATE_TEST_CASE("a matrix that is not positive definite names the row", "", double, float) {
  SerialExecutor serial;
  for (const std::size_t bad : {0, 30, 399}) {
    std::vector<TestType> a(400 * 400);
    for (std::size_t i = 0; i < 400; ++i) a[i * 400 + i] = 1;
    SECTION("negative pivot " + std::to_string(bad)) {
      a[bad * 400 + bad] = -1;
      CHECK(cholesky(400, a.data(), 400, serial) == bad);
    }
    SECTION("NaN " + std::to_string(bad)) {
      a[bad * 400 + bad] = std::numeric_limits<TestType>::quiet_NaN();
      CHECK(cholesky(400, a.data(), 400, serial) == bad);
    }
  }
  // Rank 1: every pivot but the first is 0 up to rounding.
  std::vector<TestType> a(100 * 100);
  for (std::size_t i = 0; i < 100; ++i) {
    for (std::size_t j = 0; j < 100; ++j)
      a[i * 100 + j] = TestType(0.1) * TestType(i + 1) * TestType(0.3) * TestType(j + 1);
  }
  CHECK(cholesky(100, a.data(), 100, serial).has_value());
}

TEST_CASE("strides keep rows aligned and away from powers of two") {
  for (const std::size_t n : {1, 8, 100, 512, 1024, 10000}) {
    const std::size_t stride = matrix_stride<double>(n);
    CAPTURE(n, stride);
    CHECK(stride >= n);
    CHECK(stride % 8 == 0);
    CHECK((n <= 8 || stride % 128 != 0));
    CHECK(stride <= n + 16);
  }
}
