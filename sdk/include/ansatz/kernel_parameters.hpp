// The parameters of a kernel, the same in every family that has one.
//
//   struct Config {
//     KernelParameters kernel;
//     static constexpr auto params = std::tuple{params_of(&Config::kernel), ...};
//   };
//   kernel_ = resolve_kernel(session, "kernel-ridge.fit: x", config.kernel, points);   // the length as a number
//   void state(Archive& a) { archive_kernel(a, kernel_); }
//
// The kernel functions themselves: ansatz/num/kernel.hpp.  `kernel: precomputed` is for the plugin to handle:
// its matrix comes in through a port.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "ansatz/num/kernel.hpp"
#include "ansatz/parameters.hpp"
#include "ansatz/points.hpp"
#include "ansatz/session.hpp"
#include "ansatz/state.hpp"

namespace ansatz {

// The functions of KernelFunction, in their order, and a matrix that is given.
enum class KernelChoice {
  gaussian,
  laplacian,
  matern,
  rational_quadratic,
  chi2,
  polynomial,
  linear,
  cosine,
  sigmoid,
  precomputed
};
constexpr auto choices(KernelChoice) {
  return std::array{"gaussian", "laplacian", "matern",  "rational-quadratic", "chi2", "polynomial",
                    "linear",   "cosine",    "sigmoid", "precomputed"};
}
enum class LengthRule { median };
constexpr auto choices(LengthRule) { return std::array{"median"}; }
enum class SlopeRule { automatic };
constexpr auto choices(SlopeRule) { return std::array{"auto"}; }

struct KernelParameters {
  KernelChoice kernel = KernelChoice::gaussian;
  std::variant<double, std::vector<double>, LengthRule> length = LengthRule::median;
  KernelNorm norm = KernelNorm::l1;
  double smoothness = 1.5;
  double mixture = 1;
  double amplitude = 1;
  std::variant<double, SlopeRule> slope = SlopeRule::automatic;
  double offset = 1;
  std::int64_t degree = 3;

  [[nodiscard]] bool precomputed() const { return kernel == KernelChoice::precomputed; }

  static constexpr auto params = std::tuple{
      param(&KernelParameters::kernel, "kernel", "Kernel function k(x, y), or a matrix given at port k"),
      param(
          &KernelParameters::length, "length",
          "Length l that divides distances: a number, one a column of x, or the median distance of the rows",
          above(0), unit("unit of x"), used_if("kernel=gaussian|laplacian|matern|rational-quadratic|chi2")),
      param(&KernelParameters::norm, "norm",
            "Distance of the laplacian kernel: sum of absolute differences, or euclidean",
            used_if("kernel=laplacian")),
      param(&KernelParameters::smoothness, "smoothness", "Of the matern kernel: 0.5, 1.5 or 2.5",
            between(0.5, 2.5), used_if("kernel=matern")),
      param(&KernelParameters::mixture, "mixture",
            "a in (1 + r^2 / (2 a l^2))^-a; small: long and short lengths mixed", above(0),
            used_if("kernel=rational-quadratic")),
      param(&KernelParameters::amplitude, "amplitude", "Factor of the kernel", above(0),
            unit("square of the unit of y"),
            used_if(
                "kernel=gaussian|laplacian|matern|rational-quadratic|chi2|polynomial|linear|cosine|sigmoid")),
      param(&KernelParameters::slope, "slope",
            "s in (s x.y + offset)^degree and tanh(s x.y + offset); auto: 1 / columns of x", above(0),
            unit("1 / square of the unit of x"), used_if("kernel=polynomial|sigmoid")),
      param(&KernelParameters::offset, "offset", "c in (slope x.y + c)^degree and tanh(slope x.y + c)",
            at_least(0), used_if("kernel=polynomial|sigmoid")),
      param(&KernelParameters::degree, "degree", "p in (slope x.y + offset)^p", between(1, 20),
            used_if("kernel=polynomial"))};
};

// The median distance between rows in the kernel's own norm, over all rows or 2,000 drawn from the step's
// stream "median".  `where` names the rows in errors: "kernel-ridge.fit: x".  BadArgument if it is 0.
[[nodiscard]] inline double median_length(Session& session, const std::string& where, const Kernel& kernel,
                                          const Points& points) {
  constexpr std::size_t most_rows = 2000;
  if (points.size() == 1) return 1;  // no pairs: any length gives the same kernel
  SessionExecutor executor{session, 0.0, 0.05, "median distance"};
  double median = 0;
  if (points.size() <= most_rows) {
    median = median_distance(kernel, points.rows(), executor);
  } else {
    std::vector<std::uint64_t> sample = session.rng("median").choice(points.size(), most_rows);
    std::ranges::sort(sample);
    const Points drawn = points.subset(sample);
    median = median_distance(kernel, drawn.rows(), executor);
  }
  if (median > 0) return median;
  throw BadArgument(where +
                    ": length is the median distance of the rows, and that is 0: at least half of the pairs "
                    "are identical.  Give length as a number, such as 1");
}

// With every value a number.  BadArgument if the values do not fit the kernel or the points.
[[nodiscard]] inline Kernel resolve_kernel(Session& session, const std::string& where,
                                           const KernelParameters& parameters, const Points& points) {
  Kernel kernel;
  kernel.function = static_cast<KernelFunction>(parameters.kernel);
  kernel.norm = kernel.function == KernelFunction::laplacian ? parameters.norm : KernelNorm::l2;
  kernel.amplitude = parameters.amplitude;
  kernel.smoothness = parameters.smoothness;
  kernel.mixture = parameters.mixture;
  kernel.offset = parameters.offset;
  kernel.degree = static_cast<int>(parameters.degree);
  const auto* slope = std::get_if<double>(&parameters.slope);
  kernel.slope = slope != nullptr ? *slope : 1 / static_cast<double>(points.columns());
  if (kernel.smoothness != 0.5 && kernel.smoothness != 1.5 && kernel.smoothness != 2.5) {
    throw BadArgument(where + ": smoothness must be 0.5, 1.5 or 2.5, got " +
                      std::to_string(kernel.smoothness));
  }
  check_rows(kernel, points.rows(), 0, where);
  if (!kernel.uses_length()) return kernel;
  if (const auto* number = std::get_if<double>(&parameters.length)) {
    kernel.length = {*number};
  } else if (const auto* list = std::get_if<std::vector<double>>(&parameters.length)) {
    kernel.length = *list;
    if (list->size() != points.columns()) {
      throw BadArgument(where + " has " + std::to_string(points.columns()) + " columns, and length has " +
                        std::to_string(list->size()) + " numbers; give one number, or one a column");
    }
  } else {
    kernel.length = {median_length(session, where, kernel, points)};
  }
  return kernel;
}

// Write or read a kernel with its values; its name carries the norm ("laplacian[l1]").
inline void archive_kernel(Archive& archive, Kernel& kernel) {
  std::string name = archive.writing() ? kernel.name() : std::string{};
  archive("kernel", name);
  if (!archive.writing()) kernel.set_name(name);
  archive("amplitude", kernel.amplitude);
  archive("length", kernel.length);
  archive("slope", kernel.slope);
  archive("offset", kernel.offset);
  archive("degree", kernel.degree);
  archive("smoothness", kernel.smoothness);
  archive("mixture", kernel.mixture);
}

}  // namespace ansatz
