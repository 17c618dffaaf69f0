// Principal components in feature space: what must hold exactly.
#include "call.hpp"

using namespace kpca;

namespace {

const Dense x = normal(60, 4, 1), fresh = normal(25, 4, 2);

// The kernels of the table, with a length that suits x, and the same as plain loops.
struct Named {
  Settings settings;
  reference::Kernel plain;
};
std::vector<Named> kernels() {
  return {{{{"kernel", text("gaussian")}, {"length", 2.0}}, {.name = "gaussian", .length = {2}}},
          {{{"kernel", text("laplacian")}, {"length", 3.0}, {"norm", text("l1")}},
           {.name = "laplacian[l1]", .length = {3}}},
          {{{"kernel", text("matern")}, {"length", 2.0}, {"smoothness", 2.5}},
           {.name = "matern", .length = {2}, .smoothness = 2.5}},
          {{{"kernel", text("polynomial")}, {"degree", whole(2)}, {"slope", 0.5}, {"offset", 1.5}},
           {.name = "polynomial", .slope = 0.5, .offset = 1.5, .degree = 2}}};
}
Settings with(Settings settings, const Settings& more) {
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

}  // namespace

TEST_CASE("the linear kernel is principal component analysis") {
  const std::size_t n = 60, d = 4;
  Vector mean(d);
  Dense rows = x, scatter(d, d);
  for (std::size_t k = 0; k < d; ++k) {
    for (std::size_t i = 0; i < n; ++i) mean[k] += x(i, k) / 60;
    for (std::size_t i = 0; i < n; ++i) rows(i, k) -= mean[k];
  }
  scatter = reference::product(reference::transpose(rows), rows);  // (n - 1) covariance
  const Vector mu = eigenvalues(scatter);
  const VerbResult fitted = fit(x, {{"kernel", text("linear")}, {"components", whole(3)}});
  const Dense scores = table(fitted, "scores");
  const Vector values = list(fitted, "eigenvalues");
  REQUIRE(values.size() == 3);
  for (std::size_t j = 0; j < 3; ++j) CHECK(values[j] == Approx(mu[j]).epsilon(1e-10));
  CHECK(list(fitted, "explained")[0] == Approx(mu[0] / trace(scatter)).epsilon(1e-10));
  // Axes v_j = X'z_j / mu_j: unit eigenvectors of the scatter, and the scores are X v.
  Dense axes = reference::product(reference::transpose(rows), scores);
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t k = 0; k < d; ++k) axes(k, j) /= mu[j];
  }
  const Dense image = reference::product(scatter, axes), again = reference::product(rows, axes);
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t k = 0; k < d; ++k)
      CHECK(image(k, j) == Approx(mu[j] * axes(k, j)).margin(1e-10 * mu[0]));
  }
  CHECK(largest_difference(again.values, scores.values) < 1e-10 * largest(scores.values));
  // Its reconstruction, of new rows and by whatever method.
  Dense wanted(25, d);
  for (std::size_t i = 0; i < 25; ++i) {
    for (std::size_t k = 0; k < d; ++k) {
      wanted(i, k) = mean[k];
      for (std::size_t j = 0; j < 3; ++j) {
        double z = 0;
        for (std::size_t l = 0; l < d; ++l) z += (fresh(i, l) - mean[l]) * axes(l, j);
        wanted(i, k) += z * axes(k, j);
      }
    }
  }
  const VerbResult found = run({"reconstruct", {{"x", array_of(fresh)}}, {}, &fitted});
  CHECK(largest_difference(list(found, "x"), wanted.values) < 1e-10);
  for (const double gap : list(found, "gap")) CHECK(std::abs(gap) < 1e-10);
  // From scores alone.
  const VerbResult transformed = run({"transform", {{"x", array_of(fresh)}}, {}, &fitted});
  const VerbResult back =
      run({"reconstruct", {{"scores", transformed.outputs.array("scores")}}, {}, &fitted});
  CHECK(largest_difference(list(back, "x"), wanted.values) < 1e-10);
}

TEST_CASE("the polynomial kernel of degree 2 is PCA of the monomials") {
  // (s x.y + c)^2 = sum_kl s^2 x_k x_l y_k y_l + 2 s c sum_k x_k y_k + c^2.
  const double s = 0.5, c = 1.5;
  Dense features(60, 4 * 4 + 4 + 1);
  for (std::size_t i = 0; i < 60; ++i) {
    std::size_t f = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t l = 0; l < 4; ++l) features(i, f++) = s * x(i, k) * x(i, l);
    }
    for (std::size_t k = 0; k < 4; ++k) features(i, f++) = std::sqrt(2 * s * c) * x(i, k);
    features(i, f) = c;
  }
  for (const char* op : {"centred", "uncentred"}) {
    CAPTURE(op);
    const Settings both{{"components", whole(6)}, {"operator", text(op)}};
    const VerbResult kernel = fit(x, with(kernels()[3].settings, both));
    const VerbResult linear = fit(features, with({{"kernel", text("linear")}}, both));
    CHECK(reference::relative_error(list(kernel, "eigenvalues"), list(linear, "eigenvalues")) < 1e-10);
    CHECK(difference_of_columns(table(kernel, "scores"), table(linear, "scores")) <
          1e-10 * largest(list(linear, "scores")));
  }
}

TEST_CASE("a given matrix is the kernel, and distances are classical scaling") {
  const Named gaussian = kernels()[0];
  const Dense k = reference::matrix(gaussian.plain, x, x),
              crossed = reference::matrix(gaussian.plain, fresh, x);
  const VerbResult direct = fit(x, with(gaussian.settings, {{"components", whole(5)}}));
  const VerbResult given =
      run({"fit", {{"k", array_of(k)}}, {{"kernel", text("precomputed")}, {"components", whole(5)}}});
  CHECK(reference::relative_error(list(given, "eigenvalues"), list(direct, "eigenvalues")) < 1e-10);
  CHECK(largest_difference(list(given, "scores"), list(direct, "scores")) < 1e-10);
  const VerbResult one = run({"transform", {{"x", array_of(fresh)}}, {}, &direct});
  const VerbResult two = run({"transform", {{"k", array_of(crossed)}}, {}, &given});
  CHECK(largest_difference(list(one, "scores"), list(two, "scores")) < 1e-10);
  const VerbResult error = run({"evaluate", {{"x", array_of(fresh)}}, {}, &direct});
  const VerbResult same =
      run({"evaluate",
           {{"k", array_of(crossed)}, {"diagonal", ansatz::test::reals({25}, Vector(25, 1.0))}},
           {},
           &given});
  CHECK(largest_difference(list(error, "error"), list(same, "error")) < 1e-10);

  const auto distances = [](const Dense& a, const Dense& b) {
    Dense d(a.rows, b.rows);
    for (std::size_t i = 0; i < a.rows; ++i) {
      for (std::size_t j = 0; j < b.rows; ++j) {
        for (std::size_t l = 0; l < a.columns; ++l) d(i, j) += std::pow(a(i, l) - b(j, l), 2);
        d(i, j) = std::sqrt(d(i, j));
      }
    }
    return d;
  };
  const VerbResult linear = fit(x, {{"kernel", text("linear")}, {"components", whole(4)}});
  const VerbResult scaled =
      run({"fit",
           {{"k", array_of(distances(x, x))}},
           {{"kernel", text("precomputed")}, {"precomputed", text("distance")}, {"components", whole(4)}}});
  CHECK(reference::relative_error(list(scaled, "eigenvalues"), list(linear, "eigenvalues")) < 1e-10);
  CHECK(difference_of_columns(table(scaled, "scores"), table(linear, "scores")) < 1e-9);
  const VerbResult a = run({"evaluate", {{"x", array_of(fresh)}}, {}, &linear});
  const VerbResult b = run({"evaluate", {{"k", array_of(distances(fresh, x))}}, {}, &scaled});
  CHECK(largest_difference(list(a, "error"), list(b, "error")) < 1e-10);
}

TEST_CASE("eigenvalues sum to the trace, components are orthonormal, scores uncorrelated") {
  for (const Named& kernel : kernels()) {
    CAPTURE(kernel.plain.name);
    const Dense k = reference::matrix(kernel.plain, x, x), kc = centred(k);
    const Vector wanted = eigenvalues(kc);
    const VerbResult all = fit(x, with(kernel.settings, {{"components", whole(59)}}));
    const Vector mu = list(all, "eigenvalues");
    double sum = 0, shares = 0;
    for (const double value : mu) sum += value;
    for (const double share : list(all, "explained")) shares += share;
    CHECK(sum == Approx(trace(kc)).epsilon(1e-10));
    CHECK(shares == Approx(1).epsilon(1e-10));
    for (std::size_t j = 0; j < mu.size(); ++j) CHECK(mu[j] == Approx(wanted[j]).margin(1e-12 * wanted[0]));

    const std::size_t q = std::min<std::size_t>(mu.size(), 8);
    const VerbResult some =
        fit(x, with(kernel.settings, {{"components", whole(static_cast<std::int64_t>(q))}}));
    const Dense a = table(some, "coefficients"), z = table(some, "scores");
    const Dense inner = reference::product(reference::transpose(a), reference::product(kc, a)),
                moments = reference::product(reference::transpose(z), z);
    for (std::size_t i = 0; i < q; ++i) {
      double ones = 0, mean = 0;
      for (std::size_t row = 0; row < 60; ++row) ones += a(row, i), mean += z(row, i) / 60;
      CHECK(std::abs(ones) < 1e-10);
      CHECK(std::abs(mean) < 1e-10);
      for (std::size_t j = 0; j < q; ++j) {
        CHECK(inner(i, j) == Approx(i == j ? 1 : 0).margin(1e-10));
        CHECK(moments(i, j) == Approx(i == j ? mu[i] : 0).margin(1e-10 * mu[0]));
      }
    }
  }
}

TEST_CASE("residuals in feature space: zero with all components, their mean is what is left of the trace") {
  for (const Named& kernel : kernels()) {
    CAPTURE(kernel.plain.name);
    const Dense kc = centred(reference::matrix(kernel.plain, x, x));
    const double scale = trace(kc) / 60;
    Vector last;
    for (const std::int64_t q : {1, 3, 10, 59}) {
      const VerbResult fitted = fit(x, with(kernel.settings, {{"components", whole(q)}}));
      const VerbResult found = run({"evaluate", {{"x", array_of(x)}}, {}, &fitted});
      const Vector error = list(found, "error");
      double mean = 0, kept = 0;
      for (const double value : error) mean += value / 60;
      for (const double value : list(fitted, "eigenvalues")) kept += value;
      CHECK(mean == Approx((trace(kc) - kept) / 60).margin(1e-10 * scale));
      CHECK(ansatz::test::scalar(found, "captured") == Approx(kept / trace(kc)).epsilon(1e-10));
      for (std::size_t i = 0; i < 60; ++i) {
        CHECK(error[i] >= -1e-10 * scale);
        if (!last.empty()) CHECK(error[i] <= last[i] + 1e-10 * scale);
        if (q == 59) CHECK(error[i] < 1e-10 * scale);
      }
      last = error;
      for (const double value : list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &fitted}), "error")) {
        CHECK(value >= -1e-10 * scale);
      }
    }
  }
  // By hand for a new row and two components, uncentred: k(x, x) - sum of squared scores.
  const VerbResult fitted =
      fit(x, with(kernels()[0].settings, {{"components", whole(2)}, {"operator", text("uncentred")}}));
  const Dense z = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
  const Vector error = list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &fitted}), "error");
  for (std::size_t i = 0; i < 25; ++i) {
    CHECK(error[i] == Approx(1 - z(i, 0) * z(i, 0) - z(i, 1) * z(i, 1)).margin(1e-12));
  }
}

TEST_CASE("a new row's score is the projection of its centred image, with all four centring terms") {
  const Dense k = reference::matrix(kernels()[0].plain, x, x),
              crossed = reference::matrix(kernels()[0].plain, fresh, x);
  const VerbResult fitted = fit(x, with(kernels()[0].settings, {{"components", whole(4)}}));
  const Dense a = table(fitted, "coefficients"),
              z = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
  for (std::size_t t = 0; t < 25; ++t) {
    for (std::size_t j = 0; j < 4; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < 60; ++i) {
        double own = 0, row = 0, all = 0;
        for (std::size_t l = 0; l < 60; ++l) own += crossed(t, l) / 60, row += k(i, l) / 60;
        for (const double value : k.values) all += value / 3600;
        sum += a(i, j) * (crossed(t, i) - own - row + all);
      }
      CHECK(z(t, j) == Approx(sum).margin(1e-11));
    }
  }
}

TEST_CASE("white scores have unit variance, the largest entry of a component is positive") {
  const Settings settings = with(kernels()[0].settings, {{"components", whole(5)}});
  const VerbResult plain = fit(x, settings), white = fit(x, with(settings, {{"scaling", text("white")}}));
  const Dense z = table(plain, "scores"), w = table(white, "scores");
  for (std::size_t j = 0; j < 5; ++j) {
    double square = 0, top = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      square += w(i, j) * w(i, j) / 60;
      if (std::abs(z(i, j)) > std::abs(top)) top = z(i, j);
    }
    CHECK(square == Approx(1).epsilon(1e-10));
    CHECK(top > 0);
  }
  CHECK(largest_difference(list(run({"transform", {{"x", array_of(x)}}, {}, &white}), "scores"), w.values) <
        1e-9);
  const Vector one = list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &plain}), "error"),
               two = list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &white}), "error");
  CHECK(largest_difference(one, two) < 1e-12);
}

TEST_CASE(
    "gaussian kernel on a circle: the discrete Fourier transform of the first row, every value double") {
  const std::size_t m = 40;
  const Dense points = circle(m);
  const Dense k = reference::matrix({.name = "gaussian", .length = {0.7}}, points, points);
  Vector spectrum;
  for (std::size_t f = 1; f < m; ++f) {  // without the constant mode
    double value = 0;
    for (std::size_t i = 0; i < m; ++i)
      value += k(0, i) * std::cos(2 * M_PI * static_cast<double>(f * i) / 40);
    spectrum.push_back(value);
  }
  std::sort(spectrum.rbegin(), spectrum.rend());
  for (const char* solver : {"dense", "lanczos"}) {
    CAPTURE(solver);
    Settings settings{{"length", 0.7}, {"components", whole(8)}, {"solver", text(solver)}};
    if (text(solver) == "lanczos") settings["block"] = whole(3), settings["tolerance"] = 1e-12;
    const VerbResult fitted = fit(points, settings);
    const Vector mu = list(fitted, "eigenvalues");
    const Dense z = table(fitted, "scores");
    REQUIRE(mu.size() == 8);
    for (std::size_t j = 0; j < 8; ++j) CHECK(mu[j] == Approx(spectrum[j]).margin(1e-12 * spectrum[0]));
    // The subspace of each pair is that of cos and sin: their projections on it have full length.
    for (std::size_t f = 1; f <= 4; ++f) {
      for (const double phase : {0.0, M_PI / 2}) {
        double length = 0;
        for (std::size_t j = 2 * f - 2; j < 2 * f; ++j) {
          double dot = 0;
          for (std::size_t i = 0; i < m; ++i) {
            dot += z(i, j) / std::sqrt(mu[j]) * std::cos(2 * M_PI * static_cast<double>(f * i) / 40 - phase) *
                   std::sqrt(2.0 / 40);
          }
          length += dot * dot;
        }
        CHECK(length == Approx(1).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("gaussian kernel: long lengths approach the linear kernel, short ones the identity") {
  const Vector linear = list(fit(x, {{"kernel", text("linear")}, {"components", whole(4)}}), "eigenvalues");
  const auto error = [&](double length) {
    Vector mu = list(fit(x, {{"length", length}, {"components", whole(4)}}), "eigenvalues");
    for (double& value : mu) value *= length * length;
    return reference::relative_error(mu, linear);
  };
  const double at_100 = error(100), at_1000 = error(1000);
  CHECK(std::log10(at_100 / at_1000) == Approx(2).margin(0.05));
  CHECK(at_1000 < 1e-4);
  const Vector short_length = list(fit(x, {{"length", 1e-3}, {"components", whole(59)}}), "eigenvalues");
  REQUIRE(short_length.size() == 59);
  for (const double mu : short_length) CHECK(mu == Approx(1).epsilon(1e-12));
}

TEST_CASE("rotations, shifts, order and scale of the rows") {
  const Settings settings{{"length", 1.5}, {"components", whole(4)}};
  const VerbResult fitted = fit(x, settings);
  const Dense scores = table(fitted, "scores");
  Dense moved = x, reversed(60, 4), scaled = x;
  for (std::size_t i = 0; i < 60; ++i) {
    moved(i, 0) = 0.6 * x(i, 0) - 0.8 * x(i, 1) + 10, moved(i, 1) = 0.8 * x(i, 0) + 0.6 * x(i, 1) - 5;
    for (std::size_t k = 0; k < 4; ++k) reversed(i, k) = x(59 - i, k), scaled(i, k) *= 3;
  }
  const VerbResult rigid = fit(moved, settings), backwards = fit(reversed, settings);
  const VerbResult larger = fit(scaled, {{"length", 4.5}, {"components", whole(4)}});
  CHECK(difference_of_columns(table(rigid, "scores"), scores) < 1e-11);
  CHECK(difference_of_columns(table(larger, "scores"), scores) < 1e-11);
  Dense expected(60, 4);
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t j = 0; j < 4; ++j) expected(i, j) = scores(59 - i, j);
  }
  CHECK(difference_of_columns(table(backwards, "scores"), expected) < 1e-11);
}
