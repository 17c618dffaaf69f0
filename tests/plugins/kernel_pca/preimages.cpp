// Reconstruction: the way back from feature space.
#include <ansatz/num/gradient_check.hpp>

#include <numeric>

#include "call.hpp"
#include "radial.hpp"

using namespace kpca;

namespace {

const Dense x = normal(50, 3, 21), fresh = normal(8, 3, 22);

struct Radial {
  Settings settings;
  reference::Kernel plain;
};
std::vector<Radial> radial_kernels() {
  return {{{{"kernel", text("gaussian")}, {"length", 2.0}}, {.name = "gaussian", .length = {2}}},
          {{{"kernel", text("gaussian")}, {"length", Vector{1.5, 2, 3}}},
           {.name = "gaussian", .length = {1.5, 2, 3}}},
          {{{"kernel", text("rational-quadratic")}, {"length", 2.0}, {"mixture", 1.7}},
           {.name = "rational-quadratic", .length = {2}, .mixture = 1.7}},
          {{{"kernel", text("matern")}, {"length", 2.0}, {"smoothness", 1.5}},
           {.name = "matern", .length = {2}, .smoothness = 1.5}},
          {{{"kernel", text("matern")}, {"length", 2.0}, {"smoothness", 2.5}},
           {.name = "matern", .length = {2}, .smoothness = 2.5}}};
}

// |phi(z) - P phi|^2 with c_i = sum_j z_j a_ij + 1/n (centred), by loops.
double squared_gap(const reference::Kernel& kernel, const Dense& k, const Vector& c,
                   std::span<const double> z) {
  double gap = kernel(z.data(), z.data(), 3);
  for (std::size_t i = 0; i < 50; ++i) {
    gap -= 2 * c[i] * kernel(z.data(), &x.values[3 * i], 3);
    for (std::size_t j = 0; j < 50; ++j) gap += c[i] * c[j] * k(i, j);
  }
  return gap;
}
Vector combination(const VerbResult& fitted, const Dense& scores, std::size_t row, bool centred_kernel) {
  const Dense a = table(fitted, "coefficients");
  Vector c(50, centred_kernel ? 1.0 / 50 : 0);
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) c[i] += scores(row, j) * a(i, j);
  }
  return c;
}

}  // namespace

TEST_CASE("at a fixed point the gradient of the distance in feature space vanishes, for each kernel") {
  for (const Radial& kernel : radial_kernels()) {
    for (const char* op : {"centred", "uncentred"}) {
      CAPTURE(kernel.plain.name, op);
      Settings settings = kernel.settings;
      settings["components"] = whole(4);
      settings["operator"] = text(op);
      const VerbResult fitted = fit(x, settings);
      const Dense scores = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
      const VerbResult found =
          run({"reconstruct", {{"x", array_of(fresh)}}, {}, &fitted, {{"max_iterations", whole(5000)}}});
      const Dense z = table(found, "x"), k = reference::matrix(kernel.plain, x, x);
      const Vector gaps = list(found, "gap"), iterations = list(found, "iterations");
      for (std::size_t row = 0; row < 8; ++row) {
        REQUIRE(iterations[row] > 0);
        const Vector c = combination(fitted, scores, row, text(op) == "centred");
        const auto f = [&](std::span<const double> p) { return squared_gap(kernel.plain, k, c, p); };
        Vector place(z.values.begin() + static_cast<std::ptrdiff_t>(3 * row),
                     z.values.begin() + static_cast<std::ptrdiff_t>(3 * row + 3));
        CHECK(gaps[row] == Approx(f(place)).margin(1e-12));
        for (std::size_t l = 0; l < 3; ++l) CHECK(std::abs(ansatz::central_difference(f, place, l)) < 1e-6);
        CHECK(f(place) <= f(std::span{&fresh.values[3 * row], 3}) + 1e-12);  // no worse than where it started
      }
    }
  }
}

TEST_CASE("the weights of the iteration are minus the kernel's derivative by the squared distance") {
  using ansatz::KernelFunction;
  for (const ansatz::Kernel& kernel :
       {ansatz::Kernel{.function = KernelFunction::gaussian, .length = {1.3}},
        ansatz::Kernel{.function = KernelFunction::rational_quadratic, .length = {1.3}, .mixture = 0.8},
        ansatz::Kernel{.function = KernelFunction::matern, .length = {1.3}, .smoothness = 1.5},
        ansatz::Kernel{.function = KernelFunction::matern, .length = {1.3}, .smoothness = 2.5}}) {
    const auto plain = [](const ansatz::Kernel& k) {
      return reference::Kernel{
          .name = k.name(), .length = k.length, .smoothness = k.smoothness, .mixture = k.mixture};
    };
    const reference::Kernel own = plain(kernel), weight = plain(*ansatz::kernel_pca::weight_kernel(kernel));
    const double origin = 0;
    const auto value = [&](std::span<const double> s) {
      const double r = std::sqrt(s[0]);
      return own(&origin, &r, 1);
    };
    double factor = 0;
    for (const double s : {0.3, 1.0, 4.0, 9.0}) {
      Vector place{s};
      const double r = std::sqrt(s),
                   ratio = -ansatz::central_difference(value, place, 0) / weight(&origin, &r, 1);
      if (factor == 0) factor = ratio;
      CHECK(ratio == Approx(factor).epsilon(1e-6));
      CHECK(ratio > 0);
    }
  }
}

TEST_CASE("with all components a training row is its own pre-image") {
  for (const Radial& kernel : radial_kernels()) {
    CAPTURE(kernel.plain.name);
    Settings settings = kernel.settings;
    settings["components"] = whole(49);
    const VerbResult fitted = fit(x, settings);
    const VerbResult found = run({"reconstruct", {{"x", array_of(x)}}, {}, &fitted});
    CHECK(largest_difference(list(found, "x"), x.values) < 1e-6);
    CHECK(largest(list(found, "gap")) < 1e-10);
  }
}

TEST_CASE("other starts, and scores alone, end where the distance is stationary") {
  const Radial gaussian = radial_kernels()[0];
  Settings settings = gaussian.settings;
  settings["components"] = whole(3);
  const VerbResult fitted = fit(x, settings);
  const VerbResult transformed = run({"transform", {{"x", array_of(fresh)}}, {}, &fitted});
  const Dense scores = table(transformed, "scores"), k = reference::matrix(gaussian.plain, x, x);
  const auto check = [&](const VerbResult& found) {
    const Dense z = table(found, "x");
    for (std::size_t row = 0; row < 8; ++row) {
      const Vector c = combination(fitted, scores, row, true);
      const auto f = [&](std::span<const double> p) { return squared_gap(gaussian.plain, k, c, p); };
      Vector place(z.values.begin() + static_cast<std::ptrdiff_t>(3 * row),
                   z.values.begin() + static_cast<std::ptrdiff_t>(3 * row + 3));
      for (std::size_t l = 0; l < 3; ++l) CHECK(std::abs(ansatz::central_difference(f, place, l)) < 1e-6);
    }
  };
  for (const char* start : {"nearest", "mean"}) {
    check(run({"reconstruct",
               {{"x", array_of(fresh)}},
               {},
               &fitted,
               {{"start", text(start)}, {"max_iterations", whole(5000)}}}));
  }
  check(run({"reconstruct",
             {{"scores", transformed.outputs.array("scores")}},
             {},
             &fitted,
             {{"max_iterations", whole(5000)}}}));
}

TEST_CASE("a point is located exactly by its distances to points in general position") {
  for (const Eigen::Index count : {4, 5, 9}) {  // d + 1 or more, d = 3
    Eigen::MatrixXd points(count, 3);
    Eigen::VectorXd squared(count);
    const Eigen::RowVector3d z{0.3, -1.2, 2.5};
    for (Eigen::Index i = 0; i < count; ++i) {
      for (Eigen::Index l = 0; l < 3; ++l)
        points(i, l) = x(static_cast<std::size_t>(i), static_cast<std::size_t>(l));
      squared[i] = (points.row(i) - z).squaredNorm();
    }
    CHECK((ansatz::kernel_pca::locate(points, squared).transpose() - z).norm() < 1e-10);
  }
  // And the squared distance is the kernel read backwards.
  using ansatz::KernelFunction;
  for (const ansatz::Kernel& kernel :
       {ansatz::Kernel{.function = KernelFunction::gaussian, .amplitude = 2},
        ansatz::Kernel{.function = KernelFunction::rational_quadratic, .amplitude = 2, .mixture = 0.8},
        ansatz::Kernel{.function = KernelFunction::matern, .amplitude = 2, .smoothness = 0.5},
        ansatz::Kernel{.function = KernelFunction::matern, .amplitude = 2, .smoothness = 1.5},
        ansatz::Kernel{.function = KernelFunction::matern, .amplitude = 2, .smoothness = 2.5}}) {
    const reference::Kernel plain{
        .name = kernel.name(), .amplitude = 2, .smoothness = kernel.smoothness, .mixture = kernel.mixture};
    for (const double r : {0.1, 1.0, 2.5}) {
      const double origin = 0;
      CHECK(ansatz::kernel_pca::squared_distance(kernel, plain(&origin, &r, 1)) ==
            Approx(r * r).epsilon(1e-9));
    }
  }
}

TEST_CASE("pre-images from distances: exact for a training row and all components, near it for fewer") {
  for (const Radial& kernel : radial_kernels()) {
    CAPTURE(kernel.plain.name);
    Settings settings = kernel.settings;
    settings["components"] = whole(49);
    const VerbResult fitted = fit(x, settings);
    const VerbResult found = run({"reconstruct",
                                  {{"x", array_of(x)}},
                                  {},
                                  &fitted,
                                  {{"method", text("mds")}, {"neighbours", whole(6)}}});
    CHECK(largest_difference(list(found, "x"), x.values) < 1e-7);
    CHECK(largest(list(found, "gap")) < 1e-10);
  }
  // Its own norm, not 1, is that of a projection: the distances by hand for two components.
  const VerbResult fitted = fit(x, {{"length", 2.0}, {"components", whole(2)}});
  const Dense scores = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
  const Dense k = reference::matrix({.name = "gaussian", .length = {2}}, x, x);
  const Dense z = table(run({"reconstruct",
                             {{"x", array_of(fresh)}},
                             {},
                             &fitted,
                             {{"method", text("mds")}, {"neighbours", whole(50)}}}),
                        "x");
  for (std::size_t row = 0; row < 8; ++row) {
    const Vector c = combination(fitted, scores, row, true);
    double own = 0;
    Eigen::MatrixXd points(50, 3);
    Eigen::VectorXd squared(50);
    for (std::size_t i = 0; i < 50; ++i) {
      for (std::size_t j = 0; j < 50; ++j) own += c[i] * c[j] * k(i, j);
    }
    for (std::size_t i = 0; i < 50; ++i) {
      double inner = 0;
      for (std::size_t j = 0; j < 50; ++j) inner += k(i, j) * c[j];
      const auto place = static_cast<Eigen::Index>(i);
      squared[place] = -2 * 4 * std::log(1 - (own - 2 * inner + 1) / 2);
      for (Eigen::Index l = 0; l < 3; ++l) points(place, l) = x(i, static_cast<std::size_t>(l));
    }
    const Eigen::VectorXd wanted = ansatz::kernel_pca::locate(points, squared);
    for (Eigen::Index l = 0; l < 3; ++l)
      CHECK(z(row, static_cast<std::size_t>(l)) == Approx(wanted[l]).margin(1e-9));
  }
}

TEST_CASE("the ridge map is kernel ridge regression from scores to rows") {
  const VerbResult fitted = fit(x, {{"kernel", text("polynomial")}, {"components", whole(3)}});
  const Dense known = table(fitted, "scores"),
              scores = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores");
  Vector distances;
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      double r2 = 0;
      for (std::size_t l = 0; l < 3; ++l) r2 += std::pow(known(i, l) - known(j, l), 2);
      distances.push_back(std::sqrt(r2));
    }
  }
  std::sort(distances.begin(), distances.end());  // 1225 of them
  const reference::Kernel gaussian{.name = "gaussian", .length = {distances[612]}};
  Dense rows = x;
  Vector mean(3);
  for (std::size_t l = 0; l < 3; ++l) {
    for (std::size_t i = 0; i < 50; ++i) mean[l] += x(i, l) / 50;
    for (std::size_t i = 0; i < 50; ++i) rows(i, l) -= mean[l];
  }
  const reference::Fit map =
      reference::fit(reference::matrix(gaussian, known, known), rows, 0.01, Vector(50, 1.0), false);
  Dense wanted = reference::predict(reference::matrix(gaussian, scores, known), map);
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t l = 0; l < 3; ++l) wanted(i, l) += mean[l];
  }
  const VerbResult found = run(
      {"reconstruct", {{"x", array_of(fresh)}}, {}, &fitted, {{"method", text("ridge")}, {"penalty", 0.01}}});
  CHECK(largest_difference(list(found, "x"), wanted.values) < 1e-8);
}

TEST_CASE("images come back as images") {
  ansatz::host::Array images{ansatz::host::ElementType::u8, {20, 3, 2}};
  for (std::size_t i = 0; i < 120; ++i)
    images.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 7919 % 251);
  const VerbResult fitted = run({"fit", {{"x", images}}, {{"components", whole(19)}}});
  const VerbResult found = run({"reconstruct", {{"x", images}}, {}, &fitted});
  REQUIRE(found.outputs.array("x").shape == images.shape);
  const Vector values = list(found, "x");
  for (std::size_t i = 0; i < 120; ++i)
    CHECK(values[i] == Approx(static_cast<double>(images.as<std::uint8_t>()[i])).margin(1e-3));
}
