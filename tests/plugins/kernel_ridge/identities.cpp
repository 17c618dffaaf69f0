// What must hold between fits, for each kernel, with and without intercept and weights.
#include <cmath>

#include "call.hpp"

using namespace kr;
using reference::relative_error;

namespace {

constexpr std::size_t n = 90, d = 5, queries = 40;

struct Setting {
  std::string kernel;  // as the reference names it
  Settings settings;
  reference::Kernel plain;
};

std::vector<Setting> kernels() {
  const double length = 2.0, slope = 0.25;
  return {
      {"gaussian", {{"kernel", text("gaussian")}, {"length", length}}, {"gaussian", {length}}},
      {"laplacian[l1]",
       {{"kernel", text("laplacian")}, {"length", length}, {"amplitude", 1.5}},
       {"laplacian[l1]", {length}, 1.5}},
      {"laplacian[l2]",
       {{"kernel", text("laplacian")}, {"norm", text("l2")}, {"length", length}},
       {"laplacian[l2]", {length}}},
      {"polynomial",
       {{"kernel", text("polynomial")}, {"slope", slope}, {"offset", 0.5}, {"degree", std::int64_t{3}}},
       {"polynomial", {1}, 1, slope, 0.5, 3}},
      {"linear", {{"kernel", text("linear")}}, {"linear"}},
  };
}

Vector weights_for(std::size_t count) {
  Vector weights(count);
  for (std::size_t i = 0; i < count; ++i) weights[i] = 0.25 + static_cast<double>(i % 5);
  return weights;
}

Dense concatenate(const Dense& a, const Dense& b) {
  Dense both(a.rows + b.rows, a.columns);
  both.values = a.values;
  both.values.insert(both.values.end(), b.values.begin(), b.values.end());
  return both;
}

const Dense x = reference::normal(n, d, 21), y = reference::normal(n, 3, 22),
            q = reference::normal(queries, d, 23);

}  // namespace

TEST_CASE("fit and predict agree with a dense solve") {
  for (const Setting& setting : kernels()) {
    for (const bool intercept : {false, true}) {
      for (const bool weighted : {false, true}) {
        for (const std::string scale : {"sum", "mean"}) {
          CAPTURE(setting.kernel, intercept, weighted, scale);
          Problem problem{array_of(x), array_of(y), setting.settings};
          problem.settings["penalty"] = 0.3;
          problem.settings["penalty_scale"] = scale;
          problem.settings["intercept"] = intercept;
          if (weighted) problem.weight = weights_for(n);
          double total = weighted ? 0 : static_cast<double>(n);
          for (const double w : problem.weight) total += w;
          const double penalty = scale == "mean" ? 0.3 * total : 0.3;
          const reference::Fit exact =
              reference::fit(matrix(setting.plain, x, x), y, penalty, problem.weight, intercept);
          const VerbResult fitted = fit(problem);
          CHECK(relative_error(numbers(fitted, "coefficients"), exact.coefficients.values) < 1e-10);
          CHECK(relative_error(numbers(fitted, "intercept"), exact.intercept) < 1e-10);
          CHECK(relative_error(numbers(fitted, "fitted"),
                               reference::predict(matrix(setting.plain, x, x), exact).values) < 1e-10);
          CHECK(relative_error(numbers(predict(fitted, array_of(q)), "y"),
                               reference::predict(matrix(setting.plain, q, x), exact).values) < 1e-10);
        }
      }
    }
  }
}

TEST_CASE("f32 agrees with a dense solve to single precision") {
  for (const Setting& setting : kernels()) {
    CAPTURE(setting.kernel);
    Problem problem{array_of(x), array_of(y), setting.settings};
    problem.settings["penalty"] = 0.5;
    problem.settings["precision"] = text("f32");
    const reference::Fit exact = reference::fit(matrix(setting.plain, x, x), y, 0.5, {}, true);
    const VerbResult fitted = fit(problem);
    const VerbResult predicted = predict(fitted, array_of(q));
    CHECK(predicted.outputs.array("y").type == ElementType::f32);
    CHECK(relative_error(numbers(predicted, "y"),
                         reference::predict(matrix(setting.plain, q, x), exact).values) < 2e-4);
    CHECK(relative_error(numbers(fitted, "fitted"),
                         reference::predict(matrix(setting.plain, x, x), exact).values) < 2e-4);
  }
}

TEST_CASE("the linear kernel is primal ridge, and pushes through both ways") {
  for (const std::size_t columns : {std::size_t{7}, std::size_t{130}}) {  // fewer and more than rows
    CAPTURE(columns);
    const double penalty = 0.7;
    const Dense phi = reference::normal(n, columns, 24), test = reference::normal(queries, columns, 25);
    Dense gram = reference::product(reference::transpose(phi), phi);
    for (std::size_t k = 0; k < columns; ++k) gram(k, k) += penalty;
    const Dense primal = reference::solve(gram, reference::product(reference::transpose(phi), y));
    Problem problem{
        array_of(phi), array_of(y), {{"kernel", text("linear")}, {"penalty", penalty}, {"intercept", false}}};
    const VerbResult fitted = fit(problem);
    CHECK(relative_error(numbers(predict(fitted, array_of(test)), "y"),
                         reference::product(test, primal).values) < 1e-10);
    // w = Phi' a, and a = (y - Phi w) / penalty.
    Dense a(n, 3);
    a.values = numbers(fitted, "coefficients");
    CHECK(relative_error(reference::product(reference::transpose(phi), a).values, primal.values) < 1e-10);
    Dense back = reference::product(phi, primal);
    for (std::size_t i = 0; i < back.values.size(); ++i)
      back.values[i] = (y.values[i] - back.values[i]) / penalty;
    CHECK(relative_error(a.values, back.values) < 1e-10);
  }
}

TEST_CASE("a polynomial of degree 2 is ridge on the monomials") {
  // (s x.y + c)^2 = c^2 + 2 c s sum x_j y_j + s^2 sum_jk x_j x_k y_j y_k.
  const double slope = 0.5, offset = 1.5, penalty = 0.4;
  const auto monomials = [&](const Dense& rows) {
    Dense phi(rows.rows, 1 + d + d * d);
    for (std::size_t i = 0; i < rows.rows; ++i) {
      phi(i, 0) = offset;
      for (std::size_t j = 0; j < d; ++j) {
        phi(i, 1 + j) = std::sqrt(2 * offset * slope) * rows(i, j);
        for (std::size_t k = 0; k < d; ++k) phi(i, 1 + d + j * d + k) = slope * rows(i, j) * rows(i, k);
      }
    }
    return phi;
  };
  const Dense phi = monomials(x);
  Dense gram = reference::product(reference::transpose(phi), phi);
  for (std::size_t k = 0; k < gram.rows; ++k) gram(k, k) += penalty;
  const Dense primal = reference::solve(gram, reference::product(reference::transpose(phi), y));
  const VerbResult fitted = fit({array_of(x),
                                 array_of(y),
                                 {{"kernel", text("polynomial")},
                                  {"slope", slope},
                                  {"offset", offset},
                                  {"degree", std::int64_t{2}},
                                  {"penalty", penalty},
                                  {"intercept", false}}});
  CHECK(relative_error(numbers(predict(fitted, array_of(q)), "y"),
                       reference::product(monomials(q), primal).values) < 1e-10);
}

TEST_CASE("residuals are penalty a / w, and coefficients sum to 0 with an intercept") {
  for (const Setting& setting : kernels()) {
    for (const bool weighted : {false, true}) {
      CAPTURE(setting.kernel, weighted);
      Problem problem{array_of(x), array_of(y), setting.settings};
      problem.settings["penalty"] = 0.05;
      if (weighted) problem.weight = weights_for(n);
      const VerbResult fitted = fit(problem);
      const Vector a = numbers(fitted, "coefficients"),
                   at_training = numbers(predict(fitted, array_of(x)), "y");
      Vector residual(a.size()), expected(a.size()), sums(3);
      double size = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        residual[i] = y.values[i] - at_training[i];  // from the prediction, not from `fitted`
        expected[i] = 0.05 * a[i] / (weighted ? problem.weight[i / 3] : 1);
        sums[i % 3] += a[i];
        size = std::max(size, std::abs(a[i]));
      }
      CHECK(relative_error(residual, expected) < 1e-9);
      CHECK(relative_error(at_training, numbers(fitted, "fitted")) < 1e-9);
      for (const double sum : sums) CHECK(std::abs(sum) < 1e-9 * size);
    }
  }
}

TEST_CASE("the intercept is the same as centring the kernel and the targets") {
  for (const Setting& setting : kernels()) {
    CAPTURE(setting.kernel);
    const Dense k = matrix(setting.plain, x, x);
    Dense centred_k = k, centred_y = y;
    Vector row(n), mean_y(3);
    double all = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) row[i] += k(i, j) / n;
      all += row[i] / n;
      for (std::size_t t = 0; t < 3; ++t) mean_y[t] += y(i, t) / n;
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) centred_k(i, j) += all - row[i] - row[j];
      for (std::size_t t = 0; t < 3; ++t) centred_y(i, t) -= mean_y[t];
    }
    const reference::Fit centred = reference::fit(centred_k, centred_y, 0.6, {}, false);
    Problem problem{array_of(x), array_of(y), setting.settings};
    problem.settings["penalty"] = 0.6;
    CHECK(relative_error(numbers(fit(problem), "coefficients"), centred.coefficients.values) < 1e-10);
  }
}

TEST_CASE("a constant added to y changes the intercept alone") {
  for (const bool weighted : {false, true}) {
    Dense shifted = y;
    for (double& value : shifted.values) value += 1000;
    Problem problem{array_of(x), array_of(y), kernels()[0].settings};
    if (weighted) problem.weight = weights_for(n);
    const VerbResult plain = fit(problem);
    problem.y = array_of(shifted);
    const VerbResult moved = fit(problem);
    // y + 1000 itself is rounded to 1000 epsilon.
    CHECK(relative_error(numbers(moved, "coefficients"), numbers(plain, "coefficients")) < 1e-10);
    for (std::size_t t = 0; t < 3; ++t) {
      CHECK(numbers(moved, "intercept")[t] - numbers(plain, "intercept")[t] == Approx(1000).epsilon(1e-12));
    }
  }
}

TEST_CASE("permuted rows, moved columns, scaled x with its length, scaled y") {
  for (const Setting& setting : kernels()) {
    CAPTURE(setting.kernel);
    Problem problem{array_of(x), array_of(y), setting.settings};
    problem.settings["penalty"] = 1.0;
    const Vector plain = numbers(predict(fit(problem), array_of(q)), "y");

    Dense px = x, py = y;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t from = i * 37 % n;
      for (std::size_t k = 0; k < d; ++k) px(i, k) = x(from, k);
      for (std::size_t t = 0; t < 3; ++t) py(i, t) = y(from, t);
    }
    Problem permuted = problem;
    permuted.x = array_of(px);
    permuted.y = array_of(py);
    CHECK(relative_error(numbers(predict(fit(permuted), array_of(q)), "y"), plain) < 1e-12);

    Dense scaled_y = y;
    for (double& value : scaled_y.values) value *= 4;
    Problem scaled = problem;
    scaled.y = array_of(scaled_y);
    Vector four_times = plain;
    for (double& value : four_times) value *= 4;
    CHECK(relative_error(numbers(predict(fit(scaled), array_of(q)), "y"), four_times) < 1e-12);

    if (setting.settings.count("length") == 0) continue;
    Dense moved_x = x, moved_q = q, large_x = x, large_q = q;
    for (double& value : moved_x.values) value += 3;
    for (double& value : moved_q.values) value += 3;
    for (double& value : large_x.values) value *= 3;
    for (double& value : large_q.values) value *= 3;
    Problem moved = problem;
    moved.x = array_of(moved_x);
    CHECK(relative_error(numbers(predict(fit(moved), array_of(moved_q)), "y"), plain) < 1e-12);
    Problem large = problem;
    large.x = array_of(large_x);
    large.settings["length"] = 3 * std::get<double>(large.settings.at("length"));
    CHECK(relative_error(numbers(predict(fit(large), array_of(large_q)), "y"), plain) < 1e-12);
  }
}

TEST_CASE("several targets are as many single fits") {
  Problem problem{array_of(x), array_of(y), kernels()[1].settings};
  const Vector together = numbers(predict(fit(problem), array_of(q)), "y");
  for (std::size_t t = 0; t < 3; ++t) {
    Vector one(n), expected(queries);
    for (std::size_t i = 0; i < n; ++i) one[i] = y(i, t);
    for (std::size_t i = 0; i < queries; ++i) expected[i] = together[3 * i + t];
    problem.y = array_of(one);
    const VerbResult predicted = predict(fit(problem), array_of(q));
    CHECK(predicted.outputs.array("y").shape == std::vector<std::uint64_t>{queries});
    CHECK(relative_error(numbers(predicted, "y"), expected) < 1e-12);
  }
}

TEST_CASE("weight 2 is the row twice, weight 0 is no row") {
  for (const Setting& setting : kernels()) {
    for (const std::string scale : {"sum", "mean"}) {
      CAPTURE(setting.kernel, scale);
      Dense head_x(10, d), head_y(10, 3), tail_x(n - 20, d), tail_y(n - 20, 3);
      std::copy_n(x.values.begin(), head_x.values.size(), head_x.values.begin());
      std::copy_n(y.values.begin(), head_y.values.size(), head_y.values.begin());
      std::copy(x.values.end() - static_cast<std::ptrdiff_t>(tail_x.values.size()), x.values.end(),
                tail_x.values.begin());
      std::copy(y.values.end() - static_cast<std::ptrdiff_t>(tail_y.values.size()), y.values.end(),
                tail_y.values.begin());
      // Rows 0-9 twice, rows 10-19 left out.
      Problem repeated{array_of(concatenate(concatenate(head_x, head_x), tail_x)),
                       array_of(concatenate(concatenate(head_y, head_y), tail_y)), setting.settings};
      repeated.settings["penalty"] = 0.2;
      repeated.settings["penalty_scale"] = scale;
      Problem weighted = repeated;
      weighted.x = array_of(x);
      weighted.y = array_of(y);
      weighted.weight = Vector(n, 1.0);
      for (std::size_t i = 0; i < 10; ++i) weighted.weight[i] = 2, weighted.weight[10 + i] = 0;
      const VerbResult twice = fit(repeated), with_weights = fit(weighted);
      CHECK(relative_error(numbers(predict(with_weights, array_of(q)), "y"),
                           numbers(predict(twice, array_of(q)), "y")) < 1e-9);
      const Vector a = numbers(with_weights, "coefficients");
      for (std::size_t i = 30; i < 60; ++i) CHECK(a[i] == 0);
      CHECK(relative_error(numbers(predict(with_weights, array_of(x)), "y"),
                           numbers(with_weights, "fitted")) < 1e-9);
    }
  }
}

TEST_CASE("a fit with a length for each column is the fit of divided columns") {
  Vector lengths(d);
  Dense scaled = x, scaled_q = q;
  for (std::size_t k = 0; k < d; ++k) lengths[k] = 1 + 0.5 * static_cast<double>(k);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < d; ++k) scaled(i, k) /= lengths[k];
  }
  for (std::size_t i = 0; i < queries; ++i) {
    for (std::size_t k = 0; k < d; ++k) scaled_q(i, k) /= lengths[k];
  }
  for (const std::string norm : {"l1", "l2"}) {
    Problem ard{
        array_of(x), array_of(y), {{"kernel", text("laplacian")}, {"norm", norm}, {"length", lengths}}};
    Problem divided{
        array_of(scaled), array_of(y), {{"kernel", text("laplacian")}, {"norm", norm}, {"length", 1.0}}};
    CHECK(relative_error(numbers(predict(fit(ard), array_of(q)), "y"),
                         numbers(predict(fit(divided), array_of(scaled_q)), "y")) < 1e-12);
  }
}
