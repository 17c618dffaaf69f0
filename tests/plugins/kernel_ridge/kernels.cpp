// Kernel matrices against scalar loops, for each element type.
#include "ansatz/num/kernel.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "ansatz/num/error.hpp"
#include "reference.hpp"
#include "spectrum_oracle.hpp"
#include "tile_kernel.hpp"

using namespace ansatz;
using reference::Dense;

namespace {

struct Case {
  const char* name;
  Kernel kernel;
};

std::vector<Case> all_kernels(std::size_t d) {
  std::vector<double> lengths(d);
  for (std::size_t k = 0; k < d; ++k) lengths[k] = 1.5 + 0.25 * static_cast<double>(k % 7);
  std::vector<Case> cases;
  const auto add = [&](const char* name, double smoothness, double mixture) {
    Kernel kernel;
    kernel.set_name(name);
    kernel.smoothness = smoothness;
    kernel.mixture = mixture;
    kernel.amplitude = 1.7;
    kernel.slope = 1 / static_cast<double>(d);
    kernel.offset = 0.5;
    kernel.length = {std::sqrt(static_cast<double>(d))};
    cases.push_back({name, kernel});
    if (!kernel.uses_length()) return;
    kernel.length = lengths;
    cases.push_back({name, kernel});
  };
  for (const char* name :
       {"gaussian", "laplacian[l1]", "laplacian[l2]", "chi2", "polynomial", "linear", "cosine", "sigmoid"}) {
    add(name, 1.5, 1);
  }
  for (const double smoothness : {0.5, 1.5, 2.5}) add("matern", smoothness, 1);
  for (const double mixture : {0.4, 3.0}) add("rational-quadratic", 1.5, mixture);
  return cases;
}

reference::Kernel plain(const Kernel& kernel) {
  return {kernel.name(), kernel.length, kernel.amplitude,  kernel.slope,
          kernel.offset, kernel.degree, kernel.smoothness, kernel.mixture};
}

template <class T>
Dense gram(const Kernel& kernel, const Rows& rows) {
  SerialExecutor serial;
  const KernelPoints<T> points{kernel, rows};
  const std::size_t n = points.size(), stride = matrix_stride<T>(n);
  LargeBuffer<T> k(n * stride);
  points.gram(k.data(), stride, serial);
  Dense full(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      full(i, j) = full(j, i) = static_cast<double>(k.data()[i * stride + j]);
  }
  return full;
}

// K(queries, points) column by column: the coefficients are unit vectors.
template <class T>
Dense cross(const Kernel& kernel, const Dense& queries, const Dense& points) {
  SerialExecutor serial;
  const KernelPoints<T> packed{kernel, RowsOf<double>{points.values.data(), points.rows, points.columns}};
  std::vector<T> units(points.rows * points.rows), y(queries.rows * points.rows);
  for (std::size_t j = 0; j < points.rows; ++j) units[j * points.rows + j] = 1;
  packed.apply(RowsOf<double>{queries.values.data(), queries.rows, queries.columns}, points.rows,
               units.data(), y.data(), serial);
  Dense k(queries.rows, points.rows);
  std::copy(y.begin(), y.end(), k.values.begin());
  return k;
}

// Relative to the largest element, and at least to k(x, x): the digits of a kernel that is almost 0 do not
// count.
double error_of(const Dense& k, const Dense& exact, const Kernel& kernel) {
  double size = kernel.constant_diagonal() ? kernel.amplitude : 0, error = 0;
  for (std::size_t i = 0; i < exact.values.size(); ++i) {
    size = std::max(size, std::abs(exact.values[i]));
    error = std::max(error, std::abs(k.values[i] - exact.values[i]));
  }
  return error / size;
}

// Rows in the domain of every kernel: chi2 takes no negative numbers, and a few zeros test its 0/0.
Dense data_for(const Kernel& kernel, Dense x) {
  if (kernel.function != KernelFunction::chi2) return x;
  for (double& value : x.values) value = value < -1 ? 0 : std::abs(value);
  return x;
}

RowsOf<double> rows_of(const Dense& x) { return {x.values.data(), x.rows, x.columns}; }

}  // namespace

TEMPLATE_TEST_CASE("a kernel matrix equals scalar loops, at every size around the tiles", "", double, float) {
  const double tolerance = sizeof(TestType) == 8 ? 1e-13 : 1e-5;
  for (const std::size_t n : {1, 2, 7, 120, 239, 241, 250}) {
    for (const std::size_t d : {1, 5, 130}) {
      for (const Case& c : all_kernels(d)) {
        const Dense x = data_for(c.kernel, reference::normal(n, d, 1)),
                    queries = data_for(c.kernel, reference::normal(51, d, 2));
        CAPTURE(n, d, c.name, c.kernel.length.size(), c.kernel.smoothness);
        const reference::Kernel k = plain(c.kernel);
        CHECK(error_of(gram<TestType>(c.kernel, rows_of(x)), matrix(k, x, x), c.kernel) < tolerance);
        CHECK(error_of(cross<TestType>(c.kernel, queries, x), matrix(k, queries, x), c.kernel) < tolerance);
      }
    }
  }
}

TEMPLATE_TEST_CASE("k(x, x) and the kernel of equal rows are the amplitude exactly", "", double, float) {
  Dense x = reference::normal(130, 20, 3);
  for (double& value : x.values) value = 1000 + 10 * value;
  for (std::size_t k = 0; k < 20; ++k) x(129, k) = x(3, k);
  for (const Case& c : all_kernels(20)) {
    if (!c.kernel.uses_length()) continue;
    CAPTURE(c.name);
    const Dense k = gram<TestType>(c.kernel, rows_of(x)), queries = cross<TestType>(c.kernel, x, x);
    const auto amplitude = static_cast<double>(static_cast<TestType>(c.kernel.amplitude));
    for (std::size_t i = 0; i < 130; ++i) {
      CHECK(k(i, i) == amplitude);
      CHECK(queries(i, i) == amplitude);
    }
    CHECK(k(129, 3) == amplitude);
  }
}

TEST_CASE("close rows far from the mean keep their digits") {
  // Two clouds at +-1e4 with rows 1e-3 apart inside each: |x|^2 - 2 x.y + |y|^2 alone would have an error of
  // 1e8 epsilon = 2e-8 in r^2 = 1e-6.
  Dense x = reference::normal(40, 3, 4);
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t k = 0; k < 3; ++k) x(i, k) = (i % 2 == 0 ? 1e4 : -1e4) + 1e-3 * x(i, k);
  }
  for (const char* name : {"gaussian", "laplacian[l2]"}) {
    Kernel kernel;
    kernel.set_name(name);
    kernel.length = {1e-3};
    const Dense exact = matrix(plain(kernel), x, x), k = gram<double>(kernel, rows_of(x));
    CHECK(reference::relative_error(k.values, exact.values) < 1e-8);  // the rounding of x / length itself
  }
}

TEST_CASE("in f32 points far from the origin keep the digits of their differences") {
  // In f32, 1e5 + x alone would keep x to 4e-3.
  Dense x = reference::normal(50, 3, 4);
  for (double& value : x.values) value = 1e5 + std::round(value * 1024) / 1024;
  for (const char* name : {"gaussian", "laplacian[l1]", "laplacian[l2]"}) {
    Kernel kernel;
    kernel.set_name(name);
    CHECK(error_of(gram<float>(kernel, rows_of(x)), matrix(plain(kernel), x, x), kernel) < 1e-5);
    CHECK(error_of(cross<float>(kernel, x, x), matrix(plain(kernel), x, x), kernel) < 1e-5);
  }
}

TEST_CASE("every kernel has no negative eigenvalue beyond rounding") {
  const Dense x = reference::normal(200, 6, 5);
  for (const Case& c : all_kernels(6)) {
    CAPTURE(c.name);
    const Dense positive = data_for(c.kernel, x), k = gram<double>(c.kernel, rows_of(positive));
    if (c.kernel.function == KernelFunction::sigmoid) continue;
    const reference::Vector eigenvalues = reference::eigenvalues(k);
    CHECK(eigenvalues.front() >= -1e-12 * 200 * eigenvalues.back() / 200);
  }
}

TEST_CASE("matern 1/2 is the euclidean laplacian, and rational-quadratic tends to gaussian as 1 / mixture") {
  const Dense x = reference::normal(60, 4, 8);
  const auto with = [](const char* name, double mixture) {
    Kernel kernel;
    kernel.set_name(name);
    kernel.smoothness = 0.5;
    kernel.mixture = mixture;
    kernel.length = {1.5};
    return kernel;
  };
  CHECK(reference::relative_error(gram<double>(with("matern", 1), rows_of(x)).values,
                                  gram<double>(with("laplacian[l2]", 1), rows_of(x)).values) < 1e-13);
  const Dense limit = gram<double>(with("gaussian", 1), rows_of(x));
  const auto error = [&](double mixture) {
    return reference::relative_error(gram<double>(with("rational-quadratic", mixture), rows_of(x)).values,
                                     limit.values);
  };
  CHECK(error(1e3) / error(1e4) == Approx(10).epsilon(0.02));
  CHECK(error(1e4) < 1e-3);
}

TEST_CASE("a length for each column is the same as columns divided before") {
  const Dense x = reference::normal(60, 4, 6);
  const std::vector<double> lengths{0.5, 1, 2, 4};  // powers of two: the division is exact
  Dense scaled = x;
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t k = 0; k < 4; ++k) scaled(i, k) /= lengths[k];
  }
  for (const char* name : {"gaussian", "laplacian[l1]", "laplacian[l2]"}) {
    Kernel kernel;
    kernel.set_name(name);
    const Dense plain_lengths = gram<double>(kernel, rows_of(scaled));
    kernel.length = lengths;
    CHECK(gram<double>(kernel, rows_of(x)).values == plain_lengths.values);
  }
}

TEST_CASE("the median distance is the middle one, in the kernel's own norm") {
  // Points 0, 1, 3 and 7 on the first axis: distances 1 2 3 4 6 7.
  const std::vector<double> x{0, 0, 1, 0, 3, 0, 7, 0};
  // Points (0,0), (3,4), (6,8): euclidean 5 5 10, absolute 7 7 14.
  const std::vector<double> diagonal{0, 0, 3, 4, 6, 8};
  SerialExecutor serial;
  Kernel kernel;
  CHECK(median_distance(kernel, RowsOf<double>{x.data(), 4, 2}, serial) == Approx(3.5).epsilon(1e-14));
  CHECK(median_distance(kernel, RowsOf<double>{diagonal.data(), 3, 2}, serial) == Approx(5).epsilon(1e-14));
  kernel.set_name("laplacian[l1]");
  CHECK(median_distance(kernel, RowsOf<double>{diagonal.data(), 3, 2}, serial) == Approx(7).epsilon(1e-14));
  CHECK(median_distance(kernel, RowsOf<double>{diagonal.data(), 1, 2}, serial) == 0);
}

TEST_CASE("wrong sizes are refused by name") {
  const std::vector<double> x(6);
  Kernel kernel;
  kernel.length = {1, 2};
  CHECK_THROWS_WITH((KernelPoints<double>{kernel, RowsOf<double>{x.data(), 2, 3}}),
                    Catch::Contains("2 lengths for 3 columns"));
  kernel.length = {1};
  CHECK_THROWS_AS((KernelPoints<double>{kernel, RowsOf<double>{x.data(), 0, 3}}), BadArgument);
  CHECK_THROWS_WITH(kernel.set_name("gausian"), Catch::Contains("gausian"));
}

TEMPLATE_TEST_CASE("tile loops of every instruction set equal plain sums", "", double, float) {
  const double tolerance = sizeof(TestType) == 8 ? 1e-14 : 1e-5;
  int tested = 0;
  for (const detail::TileKernel<TestType>* kernel : detail::tile_kernels<TestType>()) {
    if (!kernel->supported()) continue;
    CAPTURE(kernel->name);
    ++tested;
    const std::size_t rows = 2 * kernel->rows + 1, columns = 2 * kernel->columns + 3, depth = 37;
    const Dense a = reference::normal(rows, depth, 7), b = reference::normal(columns, depth, 8);
    const std::vector<TestType> ta(a.values.begin(), a.values.end()), tb(b.values.begin(), b.values.end());
    std::vector<TestType> pa(3 * kernel->rows * depth), pb(3 * kernel->columns * depth);
    detail::pack_rows(rows, depth, ta.data(), depth, kernel->rows, pa.data());
    detail::pack_rows(columns, depth, tb.data(), depth, kernel->columns, pb.data());
    Dense products(rows, columns), differences(rows, columns);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        for (std::size_t k = 0; k < depth; ++k) {
          products(i, j) += static_cast<double>(ta[i * depth + k]) * static_cast<double>(tb[j * depth + k]);
          differences(i, j) +=
              std::abs(static_cast<double>(ta[i * depth + k]) - static_cast<double>(tb[j * depth + k]));
        }
      }
    }
    std::vector<TestType> c(rows * columns, TestType{5});
    const auto run = [&](auto function, detail::Store store) {
      function({rows, columns, depth, pa.data(), kernel->rows * depth, pb.data(), kernel->columns * depth,
                c.data(), columns, store});
      return reference::Vector(c.begin(), c.end());
    };
    CHECK(reference::relative_error(run(kernel->product, detail::Store::assign), products.values) <
          tolerance);
    reference::Vector doubled = products.values;
    for (double& value : doubled) value *= 2;
    CHECK(reference::relative_error(run(kernel->product, detail::Store::add), doubled) < tolerance);
    CHECK(reference::relative_error(run(kernel->product, detail::Store::subtract), products.values) <
          tolerance);
    CHECK(reference::relative_error(run(kernel->absolute, detail::Store::assign), differences.values) <
          tolerance);

    double dot = 0;
    for (std::size_t i = 0; i < depth; ++i) dot += static_cast<double>(ta[i]) * static_cast<double>(tb[i]);
    CHECK(static_cast<double>(kernel->dot(depth, ta.data(), tb.data())) ==
          Approx(dot).epsilon(tolerance * 10));
    std::vector<TestType> y(tb.begin(), tb.begin() + static_cast<std::ptrdiff_t>(depth));
    kernel->subtract(depth, TestType{2}, ta.data(), y.data());
    for (std::size_t i = 0; i < depth; ++i) {
      CHECK(static_cast<double>(y[i]) ==
            Approx(static_cast<double>(tb[i] - 2 * ta[i])).margin(tolerance * 10));
    }
    // (1 + 4 - 2 p): p = 2.5 is clamped from 0, p = 3 from -1; both are close, the others are not.
    std::vector<TestType> products_of_row(19, TestType{1}), norms(19, TestType{4});
    CHECK_FALSE(kernel->distances(19, TestType{1}, norms.data(), TestType(1e-4), products_of_row.data()));
    for (const TestType r2 : products_of_row) CHECK(r2 == TestType{3});
    products_of_row[18] = TestType{3};
    CHECK(kernel->distances(19, TestType{1}, norms.data(), TestType(1e-4), products_of_row.data()));
    CHECK(products_of_row[18] == TestType{0});
  }
  CHECK(tested >= 1);
}

TEST_CASE("AVX2 and AVX-512 give the same bits") {
  const auto all = detail::tile_kernels<double>();
  if (!all[0]->supported()) return;
  const std::size_t depth = 100, n = 30;
  const Dense a = reference::normal(n, depth, 9);
  std::vector<std::vector<double>> results;
  for (const detail::TileKernel<double>* kernel : {all[0], all[1]}) {
    std::vector<double> left(48 * depth), right(48 * depth), c(n * n);
    detail::pack_rows(n, depth, a.values.data(), depth, kernel->rows, left.data());
    detail::pack_rows(n, depth, a.values.data(), depth, kernel->columns, right.data());
    kernel->product({n, n, depth, left.data(), kernel->rows * depth, right.data(), kernel->columns * depth,
                     c.data(), n, detail::Store::assign});
    results.push_back(c);
  }
  CHECK(results[0] == results[1]);
}

TEST_CASE("e^x in f32 is exact to 2 units of the last place on every instruction set") {
  for (const detail::TileKernel<float>* kernel : detail::tile_kernels<float>()) {
    if (!kernel->supported()) continue;
    CAPTURE(kernel->name);
    std::vector<float> values;
    for (int i = 0; i <= 100000; ++i) values.push_back(static_cast<float>(i) * 0.00086F);
    const std::vector<float> arguments = values;
    kernel->decay(values.size(), -1.0F, values.data());
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double exact = std::exp(-static_cast<double>(arguments[i]));
      worst = std::max(worst, std::abs(static_cast<double>(values[i]) - exact) / exact);
    }
    CHECK(worst < 2 * 1.2e-7);
    CHECK(values[0] == 1.0F);
    float far[] = {87.5F, 1e4F, 3e38F};
    kernel->decay(3, -1.0F, far);
    for (const float value : far) CHECK(value == 0.0F);
  }
}
