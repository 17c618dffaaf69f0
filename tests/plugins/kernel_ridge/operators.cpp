// Products with kernel matrices that are not stored, against the matrix from scalar loops.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <thread>

#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel_operator.hpp"
#include "reference.hpp"
#include "tile_kernel.hpp"

using namespace ansatz;
using reference::Dense;

namespace {

// Tasks of a loop on threads of their own, as a host runs them.
class Threads final : public Executor {
 public:
  explicit Threads(std::uint32_t count) : count_{count} {}
  void run(std::uint64_t tasks, const Task& body) override {
    std::vector<std::thread> threads;
    for (std::uint32_t worker = 0; worker < count_; ++worker) {
      threads.emplace_back([&, worker] {
        for (std::uint64_t task = worker; task < tasks; task += count_) body(task, worker);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  [[nodiscard]] std::uint32_t workers() const override { return count_; }

 private:
  std::uint32_t count_;
};

RowsOf<double> rows_of(const Dense& x) { return {x.values.data(), x.rows, x.columns}; }

template <class T>
std::vector<double> product(const Kernel& kernel, const Dense& x, KernelStorage storage, const Dense& v,
                            Executor& executor, int times = 1) {
  const KernelPoints<T> points{kernel, rows_of(x)};
  KernelOperator<T> k{points, storage};
  std::vector<double> y(x.rows * v.columns, -1.0);
  for (int i = 0; i < times; ++i) k.apply(v.columns, v.values.data(), y.data(), executor);
  return y;
}

Kernel some_kernel(const char* name) {
  Kernel kernel;
  kernel.set_name(name);
  kernel.length = {2};
  kernel.amplitude = 1.25;
  return kernel;
}

}  // namespace

TEMPLATE_TEST_CASE("the product without the matrix is the product with the matrix", "", double, float) {
  const double tolerance = sizeof(TestType) == 8 ? 1e-13 : 1e-6;
  SerialExecutor serial;
  for (const std::size_t n : {1, 7, 239, 240, 241, 730}) {
    for (const std::size_t count : {1, 3, 16, 25, 60}) {
      for (const char* name : {"gaussian", "laplacian[l1]", "polynomial"}) {
        CAPTURE(n, count, name);
        const Dense x = reference::normal(n, 4, 1), v = reference::normal(n, count, 2);
        const Kernel kernel = some_kernel(name);
        const reference::Kernel plain{kernel.name(), kernel.length, kernel.amplitude};
        const Dense exact = reference::product(matrix(plain, x, x), v);
        CHECK(reference::relative_error(product<TestType>(kernel, x, KernelStorage::none, v, serial),
                                        exact.values) < tolerance);
      }
    }
  }
}

TEMPLATE_TEST_CASE("stored tiles give the bits of computed ones, for any number of threads", "", double,
                   float) {
  const Dense x = reference::normal(1500, 5, 3), v = reference::normal(1500, 10, 4);
  const Kernel kernel = some_kernel("matern");
  SerialExecutor serial;
  const std::vector<double> plain = product<TestType>(kernel, x, KernelStorage::none, v, serial);
  for (const std::uint32_t count : {1U, 2U, 4U}) {
    Threads threads{count};
    for (const KernelStorage storage : {KernelStorage::none, KernelStorage::full}) {
      for (const int times : {1, 2}) {
        const std::vector<double> y = product<TestType>(kernel, x, storage, v, threads, times);
        CHECK(std::memcmp(y.data(), plain.data(), y.size() * sizeof(double)) == 0);
      }
    }
  }
}

TEST_CASE("16-bit elements are off by at most half a step") {
  const Dense x = reference::normal(500, 5, 5);
  const Kernel kernel = some_kernel("gaussian");
  const reference::Kernel plain{kernel.name(), kernel.length, kernel.amplitude};
  const Dense exact = matrix(plain, x, x);
  const KernelPoints<float> points{kernel, rows_of(x)};
  KernelOperator<float> k{points, KernelStorage::fixed16};
  SerialExecutor serial;
  std::vector<std::size_t> all(500);
  for (std::size_t i = 0; i < 500; ++i) all[i] = (i * 7) % 500;
  std::vector<float> columns(500 * 500);
  k.columns(all, columns.data(), 500, serial);
  double worst = 0;
  for (std::size_t t = 0; t < 500; ++t) {
    for (std::size_t i = 0; i < 500; ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(columns[t * 500 + i]) - exact(i, all[t])));
    }
  }
  CHECK(worst < 0.51 * 1.25 / 65535);
  CHECK(worst > 0.3 * 1.25 / 65535);  // it is the 16-bit matrix that was read
  // The product is that of those columns.
  const Dense v = reference::normal(500, 3, 6);
  Dense fixed(500, 500);
  for (std::size_t t = 0; t < 500; ++t) {
    for (std::size_t i = 0; i < 500; ++i) fixed(i, all[t]) = static_cast<double>(columns[t * 500 + i]);
  }
  std::vector<double> y(500 * 3);
  k.apply(3, v.values.data(), y.data(), serial);
  CHECK(reference::relative_error(y, reference::product(fixed, v).values) < 1e-6);
  CHECK_THROWS_AS(
      (KernelOperator<float>{KernelPoints<float>{some_kernel("linear"), rows_of(x)}, KernelStorage::fixed16}),
      BadArgument);
}

TEMPLATE_TEST_CASE("columns and cross kernels equal scalar loops", "", double, float) {
  const double tolerance = sizeof(TestType) == 8 ? 1e-13 : 1e-5;
  const Dense x = reference::normal(500, 5, 7), q = reference::normal(260, 5, 8);
  const Kernel kernel = some_kernel("gaussian");
  const reference::Kernel plain{kernel.name(), kernel.length, kernel.amplitude};
  const KernelPoints<TestType> points{kernel, rows_of(x)};
  SerialExecutor serial;
  std::vector<TestType> cross(q.rows * x.rows);
  points.cross(rows_of(q), cross.data(), x.rows, serial);
  CHECK(reference::relative_error({cross.begin(), cross.end()}, matrix(plain, q, x).values) < tolerance);
  for (const KernelStorage storage : {KernelStorage::none, KernelStorage::full}) {
    KernelOperator<TestType> k{points, storage};
    const std::vector<std::size_t> chosen{499, 3, 240, 0};
    std::vector<TestType> columns(4 * 500);
    k.columns(chosen, columns.data(), 500, serial);
    const Dense exact = matrix(plain, x, x);
    for (std::size_t t = 0; t < 4; ++t) {
      for (std::size_t i = 0; i < 500; ++i) {
        CHECK(std::abs(static_cast<double>(columns[t * 500 + i]) - exact(i, chosen[t])) < tolerance * 1.25);
      }
    }
  }
}

TEMPLATE_TEST_CASE("narrow products of every instruction set equal plain sums", "", double, float) {
  for (const detail::TileKernel<TestType>* kernel : detail::tile_kernels<TestType>()) {
    if (!kernel->supported()) continue;
    CAPTURE(kernel->name);
    for (std::size_t width = kernel->lanes; width <= kernel->columns; width += kernel->lanes) {
      const std::size_t rows = 37, depth = 21;
      const Dense a = reference::normal(rows, depth, 9), b = reference::normal(depth, width, 10);
      const std::vector<TestType> ta(a.values.begin(), a.values.end()), tb(b.values.begin(), b.values.end());
      const Dense transposed = reference::transpose(a);
      const std::vector<TestType> tt(transposed.values.begin(), transposed.values.end());
      std::vector<TestType> direct(rows * width), turned(rows * width);
      kernel->narrow({rows, width, depth, ta.data(), depth, 1, tb.data(), width, direct.data(), width});
      kernel->narrow({rows, width, depth, tt.data(), 1, rows, tb.data(), width, turned.data(), width});
      CHECK(direct == turned);
      CHECK(reference::relative_error({direct.begin(), direct.end()}, reference::product(a, b).values) <
            (sizeof(TestType) == 8 ? 1e-14 : 1e-6));
    }
  }
}
