// Graph operators: spectral embedding and diffusion maps.
#include "call.hpp"

using namespace kpca;

namespace {

const Dense x = normal(50, 3, 11);
const double length = 1.2;
Dense weights() { return reference::matrix({.name = "gaussian", .length = {length}}, x, x); }

// D^-alpha K D^-alpha, its degrees, and the transition matrix P = degree^-1 of it.
struct Walk {
  Dense k, p;
  Vector degree, stationary;
};
Walk walk(double alpha) {
  Walk w{weights(), Dense(50, 50), Vector(50), Vector(50)};
  Vector density(50);
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 50; ++j) density[i] += w.k(i, j);
  }
  double total = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 50; ++j) {
      w.k(i, j) /= std::pow(density[i] * density[j], alpha);
      w.degree[i] += w.k(i, j);
    }
    total += w.degree[i];
  }
  for (std::size_t i = 0; i < 50; ++i) {
    w.stationary[i] = w.degree[i] / total;
    for (std::size_t j = 0; j < 50; ++j) w.p(i, j) = w.k(i, j) / w.degree[i];
  }
  return w;
}

}  // namespace

TEST_CASE("spectral embedding solves (D - K) f = nu D f, f'D 1 = 0, with mu = 1 - nu") {
  const Walk w = walk(0);
  const VerbResult fitted =
      fit(x, {{"length", length}, {"operator", text("laplacian")}, {"components", whole(6)}});
  const Dense f = table(fitted, "scores");
  const Vector mu = list(fitted, "eigenvalues");
  for (std::size_t j = 0; j < 6; ++j) {
    double constant = 0, norm = 0, energy = 0;
    for (std::size_t i = 0; i < 50; ++i) {
      double image = 0;
      for (std::size_t l = 0; l < 50; ++l) {
        image += w.p(i, l) * f(l, j);
        energy += w.k(i, l) * std::pow(f(i, j) - f(l, j), 2);
      }
      CHECK(image == Approx(mu[j] * f(i, j)).margin(1e-11));
      constant += w.stationary[i] * f(i, j);
      norm += w.stationary[i] * f(i, j) * f(i, j);
    }
    CHECK(std::abs(constant) < 1e-12);
    CHECK(norm == Approx(1).epsilon(1e-12));
    // sum_ij K_ij (f_i - f_j)^2 = 2 f'(D - K) f = 2 (1 - mu) f'D f, and f'D f is the sum of the degrees.
    double total = 0;
    for (const double degree : w.degree) total += degree;
    CHECK(energy == Approx(2 * (1 - mu[j]) * total).epsilon(1e-11));
  }
  // They are the largest: all eigenvalues of D^-1/2 K D^-1/2 but the 1.
  Dense s = w.k;
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t l = 0; l < 50; ++l) s(i, l) /= std::sqrt(w.degree[i] * w.degree[l]);
  }
  const Vector all = eigenvalues(s);
  CHECK(all[0] == Approx(1));
  for (std::size_t j = 0; j < 6; ++j) CHECK(mu[j] == Approx(all[j + 1]).epsilon(1e-11));
}

TEST_CASE("equal degrees: spectral embedding and uncentred components are the same functions") {
  const Dense points = circle(30);
  const VerbResult graph =
      fit(points, {{"length", 0.8}, {"operator", text("laplacian")}, {"components", whole(4)}});
  const VerbResult plain =
      fit(points, {{"length", 0.8}, {"operator", text("uncentred")}, {"components", whole(5)}});
  const Dense f = table(graph, "scores"), z = table(plain, "scores");
  const Vector mu = list(plain, "eigenvalues"), nu = list(graph, "eigenvalues");
  double degree = 0;
  const Dense k = reference::matrix({.name = "gaussian", .length = {0.8}}, points, points);
  for (std::size_t i = 0; i < 30; ++i) degree += k(0, i);
  CHECK(mu[0] == Approx(degree).epsilon(1e-12));  // of the constant
  for (std::size_t j = 0; j < 4; ++j) CHECK(nu[j] == Approx(mu[j + 1] / degree).epsilon(1e-10));
  // Pairs span the same planes: the projections of one on the other have full length.
  for (std::size_t pair = 0; pair < 2; ++pair) {
    for (std::size_t a = 2 * pair; a < 2 * pair + 2; ++a) {
      double along = 0;
      for (std::size_t b = 2 * pair; b < 2 * pair + 2; ++b) {
        double dot = 0;
        for (std::size_t i = 0; i < 30; ++i)
          dot += f(i, a) / std::sqrt(30.0) * z(i, b + 1) / std::sqrt(mu[b + 1]);
        along += dot * dot;
      }
      CHECK(along == Approx(1).epsilon(1e-10));
    }
  }
}

TEST_CASE("diffusion distances are euclidean distances of the coordinates") {
  for (const double alpha : {0.0, 0.5, 1.0}) {
    for (const int time : {1, 3}) {
      CAPTURE(alpha, time);
      const Walk w = walk(alpha);
      Dense power = w.p;
      for (int t = 1; t < time; ++t) power = reference::product(power, w.p);
      const VerbResult fitted = fit(x, {{"length", length},
                                        {"operator", text("diffusion")},
                                        {"alpha", alpha},
                                        {"time", static_cast<double>(time)},
                                        {"components", whole(49)}});
      const Dense z = table(fitted, "scores");
      for (const auto& [i, l] : {std::pair{0, 1}, std::pair{7, 30}, std::pair{12, 49}}) {
        double distance = 0, coordinates = 0;
        for (std::size_t j = 0; j < 50; ++j)
          distance += std::pow(power(i, j) - power(l, j), 2) / w.stationary[j];
        for (std::size_t j = 0; j < z.columns; ++j) coordinates += std::pow(z(i, j) - z(l, j), 2);
        CHECK(coordinates == Approx(distance).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("out of sample: the training rows get their own coordinates, a new row those of the formula") {
  const Dense fresh = normal(6, 3, 12);
  for (const double alpha : {0.0, 1.0}) {
    Settings settings{{"length", length},
                      {"components", whole(4)},
                      {"operator", text(alpha > 0 ? "diffusion" : "laplacian")}};
    if (alpha > 0) settings["alpha"] = alpha, settings["time"] = 2.0;
    const VerbResult fitted = fit(x, settings);
    const Dense z = table(fitted, "scores");
    const Vector mu = list(fitted, "eigenvalues");
    CHECK(largest_difference(list(run({"transform", {{"x", array_of(x)}}, {}, &fitted}), "scores"),
                             z.values) < 1e-10);
    // psi(x) = (1 / mu) sum_j P(x, x_j) psi(j), degrees of x summed over the training rows.
    const Dense crossed = reference::matrix({.name = "gaussian", .length = {length}}, fresh, x),
                k = weights();
    const Dense found = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
    for (std::size_t t = 0; t < 6; ++t) {
      Vector row(50);
      double own = 0, degree = 0;
      for (std::size_t i = 0; i < 50; ++i) own += crossed(t, i);
      for (std::size_t i = 0; i < 50; ++i) {
        double density = 0;
        for (std::size_t l = 0; l < 50; ++l) density += k(i, l);
        row[i] = crossed(t, i) / std::pow(own * density, alpha);
        degree += row[i];
      }
      for (std::size_t j = 0; j < 4; ++j) {
        double sum = 0;
        for (std::size_t i = 0; i < 50; ++i) sum += row[i] / degree * z(i, j) / mu[j];
        CHECK(found(t, j) == Approx(sum).margin(1e-11));
      }
    }
  }
}

TEST_CASE("two groups that do not touch: eigenvalue 1 again, constant on each group, and a warning") {
  Dense apart = x;
  for (std::size_t i = 20; i < 50; ++i) apart(i, 0) += 1000;
  for (const char* solver : {"dense", "lanczos"}) {
    const VerbResult fitted = fit(apart, {{"length", 2.0},
                                          {"operator", text("laplacian")},
                                          {"components", whole(3)},
                                          {"solver", text(solver)}});
    CHECK(list(fitted, "eigenvalues")[0] == Approx(1).epsilon(1e-12));
    CHECK(list(fitted, "eigenvalues")[1] < 0.99);
    const Dense z = table(fitted, "scores");
    for (std::size_t i = 0; i < 50; ++i) CHECK(z(i, 0) == Approx(z(i < 20 ? 0 : 20, 0)).epsilon(1e-8));
    CHECK(z(0, 0) * z(20, 0) < 0);
    CHECK(warned(fitted, "2 parts"));
  }
  apart(49, 1) = 1e6;
  CHECK(warned(fit(apart, {{"length", 2.0}, {"operator", text("laplacian")}}), "1 rows have no neighbours"));
}

TEST_CASE("degrees must be positive") {
  const VerbResult result =
      attempt({"fit", {{"x", array_of(x)}}, {{"kernel", text("linear")}, {"operator", text("laplacian")}}});
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Catch::Contains("row ") && Catch::Contains("linear"));
}
