// Products with kernel matrices that are not stored, against the matrix from scalar loops.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <thread>

#include "ansatz/num/block_cg.hpp"
#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel_operator.hpp"
#include "byte_kernel.hpp"
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
  // The product is that of those columns, for more vectors than a group of ten.
  const Dense v = reference::normal(500, 13, 6);
  Dense fixed(500, 500);
  for (std::size_t t = 0; t < 500; ++t) {
    for (std::size_t i = 0; i < 500; ++i) fixed(i, all[t]) = static_cast<double>(columns[t * 500 + i]);
  }
  std::vector<double> y(500 * 13), again(500 * 13);
  k.apply(13, v.values.data(), y.data(), serial);
  CHECK(reference::relative_error(y, reference::product(fixed, v).values) < 1e-6);
  KernelOperator<float> fresh{points, KernelStorage::fixed16};  // that computes its tiles first
  fresh.apply(13, v.values.data(), again.data(), serial);
  CHECK(again == y);
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

TEMPLATE_TEST_CASE(
    "products with few vectors equal plain sums, bit for bit on every instruction set and by rows", "",
    double, float) {
  using Job = detail::FewJob<TestType>;
  constexpr std::size_t rows = 11, columns = 37, stride = 41;
  const auto numbers = [](std::size_t n, unsigned seed) { return reference::normal(n, 1, seed).values; };
  const std::vector<double> wide = numbers(rows * stride, 12);
  const std::vector<TestType> k(wide.begin(), wide.end());
  for (std::size_t count = 1; count <= Job::most; ++count) {
    const std::vector<double> right = numbers(count * stride, 13), left = numbers(rows * count, 14);
    std::vector<double> plain_across(rows * count, 1.0), plain_down(count * stride, 2.0), first;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        for (std::size_t c = 0; c < count; ++c) {
          plain_across[i * count + c] += static_cast<double>(k[i * stride + j]) * right[c * stride + j];
          plain_down[c * stride + j] += static_cast<double>(k[i * stride + j]) * left[i * count + c];
        }
      }
    }
    for (const detail::TileKernel<TestType>* kernel : detail::tile_kernels<TestType>()) {
      if (!kernel->supported()) continue;
      CAPTURE(kernel->name, count);
      std::vector<double> across(rows * count, 1.0), down(count * stride, 2.0), row = across, column = down;
      kernel->across({rows, columns, count, k.data(), stride, right.data(), across.data(), stride});
      kernel->down({rows, columns, count, k.data(), stride, left.data(), down.data(), stride});
      for (std::size_t i = 0; i < rows; ++i) {
        const TestType* of = k.data() + i * stride;
        kernel->across({1, columns, count, of, stride, right.data(), row.data() + i * count, stride});
        kernel->down({1, columns, count, of, stride, left.data() + i * count, column.data(), stride});
      }
      CHECK(across == row);
      CHECK(down == column);
      CHECK(reference::relative_error(across, plain_across) < 1e-15 * columns);
      CHECK(down == plain_down);  // both add row after row
      if (first.empty()) first = across;
      CHECK(across == first);
    }
  }
}

TEMPLATE_TEST_CASE("both products of a 16-bit tile on every instruction set equal plain sums", "", double,
                   float) {
  using Job = detail::FixedJob<TestType>;
  for (const detail::TileKernel<TestType>* kernel : detail::tile_kernels<TestType>()) {
    if (!kernel->supported()) continue;
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{37, 29}, {240, 240}, {8, 1}}) {
      CAPTURE(kernel->name, rows, columns);
      const std::size_t groups = 2, count = groups * Job::width, stride = 250;
      std::vector<std::uint16_t> k(rows * stride);
      for (std::size_t e = 0; e < k.size(); ++e) k[e] = static_cast<std::uint16_t>(e * 40503 % 65536);
      // Numbers of few digits: every sum is exact, in whatever order.
      std::vector<TestType> by_row(rows * count), by_vector(240 * count), across(240 * count),
          down(240 * count);
      for (std::size_t e = 0; e < by_row.size(); ++e)
        by_row[e] = static_cast<TestType>(e % 2) - TestType(e % 3);
      for (std::size_t c = 0; c < count; ++c) {
        for (std::size_t j = 0; j < columns; ++j)
          by_vector[c * 240 + j] = static_cast<TestType>((j + c) % 2) - static_cast<TestType>(j % 3 == 0);
      }
      kernel->fixed({rows, columns, k.data(), stride, groups, by_row.data(), rows * Job::width,
                     by_vector.data(), 240, across.data(), down.data(), nullptr});
      const bool exact = sizeof(TestType) == 8;
      for (std::size_t c = 0; c < count; ++c) {
        const std::size_t group = c / Job::width, within = c % Job::width;
        for (std::size_t i = 0; i < rows; ++i) {
          double sum = 0;
          for (std::size_t j = 0; j < columns; ++j)
            sum += k[i * stride + j] * static_cast<double>(by_vector[c * 240 + j]);
          CHECK(static_cast<double>(across[(group * 240 + i) * Job::width + within]) ==
                Approx(sum).epsilon(exact ? 1e-14 : 1e-6).margin(exact ? 0 : 2));
        }
        for (std::size_t j = 0; j < columns; ++j) {
          double sum = 0;
          for (std::size_t i = 0; i < rows; ++i) {
            sum += k[i * stride + j] * static_cast<double>(by_row[(group * rows + i) * Job::width + within]);
          }
          CHECK(static_cast<double>(down[c * 240 + j]) ==
                Approx(sum).epsilon(exact ? 1e-14 : 1e-6).margin(exact ? 0 : 2));
        }
      }
      // Without the second product the first is the same.
      std::vector<TestType> alone(across.size());
      kernel->fixed({rows, columns, k.data(), stride, groups, by_row.data(), rows * Job::width,
                     by_vector.data(), 240, alone.data(), nullptr, k.data()});
      CHECK(alone == across);
    }
  }
}

TEMPLATE_TEST_CASE("widened numbers are the numbers", "", double, float) {
  for (const detail::TileKernel<TestType>* kernel : detail::tile_kernels<TestType>()) {
    if (!kernel->supported()) continue;
    const reference::Dense a = reference::normal(37, 1, 11);
    const std::vector<TestType> values(a.values.begin(), a.values.end());
    std::vector<double> wide(37);
    kernel->widen(37, values.data(), wide.data());
    for (std::size_t i = 0; i < 37; ++i) CHECK(wide[i] == static_cast<double>(values[i]));
    std::vector<double> sums(37, 1.0 / 3);
    kernel->accumulate(37, values.data(), sums.data());
    for (std::size_t i = 0; i < 37; ++i) CHECK(sums[i] == 1.0 / 3 + static_cast<double>(values[i]));
  }
}

TEST_CASE("products of bytes are exact integers on every instruction set") {
  for (const detail::ByteKernel* kernel : detail::byte_kernels()) {
    if (!kernel->supported()) continue;
    CAPTURE(kernel->name);
    const std::size_t rows = 3 * kernel->rows + 1, columns = 2 * kernel->columns + 5, groups = 9,
                      d = 4 * groups;
    std::vector<std::uint8_t> a((rows + kernel->rows) * d), b((columns + kernel->columns) * d);
    // The largest products, too: a saturating instruction would show.
    const auto left = [](std::size_t i, std::size_t k) {
      return static_cast<std::int8_t>(i % 3 == 0 ? -128 : (i * 37 + k * 11) % 256 - 128);
    };
    const auto right = [](std::size_t j, std::size_t k) {
      return static_cast<std::uint8_t>(j % 2 == 0 ? 255 : (j * 53 + k * 7) % 256);
    };
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < d; ++k) {
        a[i / kernel->rows * kernel->rows * d + k / 4 * 4 * kernel->rows + i % kernel->rows * 4 + k % 4] =
            static_cast<std::uint8_t>(left(i, k));
      }
    }
    for (std::size_t j = 0; j < columns; ++j) {
      for (std::size_t k = 0; k < d; ++k) {
        b[j / kernel->columns * kernel->columns * d + k / 4 * 4 * kernel->columns + j % kernel->columns * 4 +
          k % 4] = right(j, k);
      }
    }
    std::vector<float> c(rows * columns);
    kernel->product({rows, columns, groups, a.data(), kernel->rows * d, b.data(), kernel->columns * d,
                     c.data(), columns});
    int wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        std::int32_t sum = 0, value = 0;
        for (std::size_t k = 0; k < d; ++k) sum += left(i, k) * right(j, k);
        std::memcpy(&value, &c[i * columns + j], sizeof value);
        if (value != sum) ++wrong;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("kernels of bytes in f32 are exact up to the function") {
  const std::size_t n = 261, q = 50;
  for (const std::size_t d : {1, 30, 64}) {
    std::vector<std::uint8_t> bytes((n + q) * d);
    Dense x(n, d), queries(q, d);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>((i * i * 31 + i * 7) % 256);
    std::copy_n(bytes.begin(), n * d, x.values.begin());
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(n * d), q * d, queries.values.begin());
    for (const char* name :
         {"gaussian", "laplacian[l2]", "matern", "polynomial", "linear", "laplacian[l1]", "chi2", "cosine"}) {
      CAPTURE(d, name);
      Kernel kernel;
      kernel.set_name(name);
      kernel.length = {100 * std::sqrt(static_cast<double>(d))};
      kernel.slope = 1e-5 / static_cast<double>(d);
      reference::Kernel plain{kernel.name(), kernel.length};
      plain.slope = kernel.slope;
      if (kernel.function == KernelFunction::cosine && d == 1) continue;  // it has rows of zeros
      const KernelPoints<float> points{kernel, RowsOf<std::uint8_t>{bytes.data(), n, d}};
      SerialExecutor serial;
      const RowsOf<std::uint8_t> rows{bytes.data() + n * d, q, d};
      std::vector<float> cross(q * n), from_numbers(q * n), gram(n * n);
      points.cross(rows, cross.data(), n, serial);
      points.cross(rows_of(queries), from_numbers.data(), n, serial);
      points.gram(gram.data(), n, serial);
      const Dense exact = matrix(plain, queries, x), exact_gram = matrix(plain, x, x);
      CHECK(reference::relative_error({cross.begin(), cross.end()}, exact.values) < 5e-6);
      if (kernel.function == KernelFunction::linear) {  // whole numbers below 2^22: no rounding at all
        int inexact = 0;
        for (std::size_t e = 0; e < cross.size(); ++e)
          inexact += static_cast<double>(cross[e]) == exact.values[e] ? 0 : 1;
        CHECK(inexact == 0);
      }
      if (kernel.function ==
          KernelFunction::gaussian) {  // the distance is exact: only its factor and exp round
        double worst = 0;
        for (std::size_t e = 0; e < cross.size(); ++e) {
          const double value = exact.values[e], argument = 1 - std::log(value);
          worst = std::max(worst, std::abs(static_cast<double>(cross[e]) - value) / (value * argument));
        }
        CHECK(worst < 4 * 0x1p-24);
      }
      CHECK(reference::relative_error({from_numbers.begin(), from_numbers.end()}, exact.values) < 2e-5);
      std::vector<float> units(3 * n), y(3 * q), lower;
      for (std::size_t t = 0; t < 3; ++t) units[t * n + 100 * t] = 1;
      points.apply(rows, 3, units.data(), y.data(), serial);
      int different = 0;
      for (std::size_t i = 0; i < q; ++i) {
        for (std::size_t t = 0; t < 3; ++t) different += y[3 * i + t] == cross[i * n + 100 * t] ? 0 : 1;
      }
      CHECK(different == 0);
      reference::Vector ours, theirs;
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          ours.push_back(static_cast<double>(gram[i * n + j]));
          theirs.push_back(exact_gram(i, j));
        }
      }
      CHECK(reference::relative_error(ours, theirs) < 5e-6);
    }
  }
}

TEST_CASE("the last step of conjugate gradients gives the same solution with one preconditioning less") {
  // A = diag(1, 2, ..., n); what the preconditioner does is counted.
  struct Diagonal final : SymmetricOperator {
    bool inverse = false;
    mutable int applied = 0;
    explicit Diagonal(bool inverted) : inverse{inverted} {}
    [[nodiscard]] std::size_t size() const override { return 12; }
    void apply(std::size_t count, const double* x, double* y, Executor&) const override {
      ++applied;
      for (std::size_t i = 0; i < size() * count; ++i) {
        const auto d = static_cast<double>(i % size() + 1);
        y[i] = inverse ? x[i] / std::sqrt(d) : d * x[i];
      }
    }
  };
  SerialExecutor executor;
  const auto solve = [&](bool last, int& applied) {
    const Diagonal a{false}, preconditioner{true};
    BlockConjugateGradients solver;
    std::vector<double> b(24);
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = std::cos(static_cast<double>(i));
    solver.start(12, 2, b);
    for (int step = 0; step < 3; ++step) solver.step(a, preconditioner, {1, 1}, executor, last && step == 2);
    applied = preconditioner.applied;
    return solver.solution();
  };
  int all = 0, fewer = 0;
  CHECK(solve(false, all) == solve(true, fewer));
  CHECK(fewer == all - 1);
}
