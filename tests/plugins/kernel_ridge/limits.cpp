// Limits of the penalty, and data that come as other types and shapes.
#include <algorithm>
#include <cmath>

#include "call.hpp"

using namespace kr;
using reference::relative_error;

namespace {

const Dense x = reference::normal(50, 3, 31), y = reference::normal(50, 2, 32),
            q = reference::normal(30, 3, 33);

Problem gaussian(double penalty) {
  return {array_of(x), array_of(y), {{"kernel", text("gaussian")}, {"length", 0.4}, {"penalty", penalty}}};
}

double largest(const Vector& a, const Vector& b) {
  double error = 0;
  for (std::size_t i = 0; i < a.size(); ++i) error = std::max(error, std::abs(a[i] - b[i]));
  return error;
}

}  // namespace

TEST_CASE("penalty a tends to y - mean(y) as the penalty grows, with error 1 / penalty") {
  Vector centred = y.values;
  for (std::size_t t = 0; t < 2; ++t) {
    double mean = 0;
    for (std::size_t i = 0; i < 50; ++i) mean += y(i, t) / 50;
    for (std::size_t i = 0; i < 50; ++i) centred[2 * i + t] -= mean;
  }
  const auto error = [&](double penalty) {
    Vector a = numbers(fit(gaussian(penalty)), "coefficients");
    for (double& value : a) value *= penalty;
    return largest(a, centred);
  };
  const double at_4 = error(1e4), at_6 = error(1e6);
  CHECK(std::log10(at_4 / at_6) == Approx(2).margin(0.02));
  CHECK(at_6 < 1e-4);
}

TEST_CASE("the fit tends to y as the penalty falls, with error proportional to it") {
  const auto error = [&](double penalty) {
    return largest(numbers(fit(gaussian(penalty)), "fitted"), y.values);
  };
  const double at_5 = error(1e-5), at_7 = error(1e-7);
  CHECK(std::log10(at_5 / at_7) == Approx(2).margin(0.02));
  CHECK(at_7 < 1e-4);
  CHECK(error(0) == 0);
  CHECK(relative_error(numbers(predict(fit(gaussian(0)), array_of(x)), "y"), y.values) < 1e-9);
}

TEST_CASE("one row is fitted by the constant") {
  Problem problem{array_of(Dense(1, 3)), array_of(Vector{4.5}), {}};
  const VerbResult fitted = fit(problem);
  CHECK(numbers(fitted, "intercept")[0] == Approx(4.5));
  CHECK(numbers(fitted, "coefficients")[0] == Approx(0).margin(1e-12));
  for (const double value : numbers(predict(fitted, array_of(q)), "y")) CHECK(value == Approx(4.5));
}

TEST_CASE("bytes and single floats give what the same values in f64 give") {
  std::vector<std::uint8_t> bytes(60 * 16);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>((i * 7919 + i / 16 * 31) % 251);
  const std::vector<float> singles(bytes.begin(), bytes.end());
  const std::vector<double> doubles(bytes.begin(), bytes.end());
  const Dense targets = reference::normal(60, 1, 34);
  for (const char* kernel : {"gaussian", "laplacian", "polynomial", "linear"}) {
    for (const char* precision : {"f64", "f32"}) {
      CAPTURE(kernel, precision);
      const Settings settings{{"kernel", text(kernel)}, {"precision", text(precision)}, {"penalty", 10.0}};
      std::vector<VerbResult> results;
      for (const Array& rows :
           {array_of(ElementType::u8, {60, 16}, bytes), array_of(ElementType::f32, {60, 16}, singles),
            array_of(ElementType::f64, {60, 16}, doubles)}) {
        Problem problem{rows, array_of(targets), settings};
        if (text(kernel) == "polynomial") problem.settings["slope"] = 1e-5;
        const VerbResult fitted = fit(problem);
        results.push_back(predict(fitted, rows));
      }
      CHECK(same_bytes(results[1].outputs.array("y"), results[2].outputs.array("y")));
      if (text(precision) == "f64") {
        CHECK(same_bytes(results[0].outputs.array("y"), results[2].outputs.array("y")));
      } else {  // bytes are multiplied as whole numbers: other roundings
        CHECK(reference::relative_error(numbers(results[0], "y"), numbers(results[2], "y")) < 1e-4);
      }
    }
  }
}

TEST_CASE("images are rows with their later dimensions in order") {
  const Dense flat = reference::normal(40, 24, 35), targets = reference::normal(40, 1, 36);
  const VerbResult from_rows = fit({array_of(flat), array_of(targets), {}});
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{40, 4, 6}, std::vector<std::uint64_t>{40, 2, 3, 4}}) {
    const Array images = array_of(ElementType::f64, shape, flat.values);
    const VerbResult from_images = fit({images, array_of(targets), {}});
    CHECK(same_bytes(from_images.outputs.array("coefficients"), from_rows.outputs.array("coefficients")));
    CHECK(same_bytes(predict(from_rows, images).outputs.array("y"),
                     predict(from_rows, array_of(flat)).outputs.array("y")));
  }
}

TEST_CASE("the median length is the median distance, in either norm") {
  for (const std::string norm : {"l1", "l2"}) {
    Vector distances;
    for (std::size_t i = 0; i < 50; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        double r1 = 0, r2 = 0;
        for (std::size_t k = 0; k < 3; ++k)
          r1 += std::abs(x(i, k) - x(j, k)), r2 += std::pow(x(i, k) - x(j, k), 2);
        distances.push_back(norm == "l1" ? r1 : std::sqrt(r2));
      }
    }
    std::sort(distances.begin(), distances.end());  // 1225 of them
    Problem by_median{array_of(x), array_of(y), {{"kernel", text("laplacian")}, {"norm", norm}}};
    Problem by_number = by_median;
    by_number.settings["length"] = distances[612];
    CHECK(relative_error(numbers(fit(by_median), "coefficients"), numbers(fit(by_number), "coefficients")) <
          1e-12);
  }
}

TEST_CASE("slope auto is one over the columns") {
  Problem automatic{array_of(x), array_of(y), {{"kernel", text("polynomial")}}};
  Problem given = automatic;
  given.settings["slope"] = 1.0 / 3;
  CHECK(same_bytes(fit(automatic).outputs.array("coefficients"), fit(given).outputs.array("coefficients")));
}
