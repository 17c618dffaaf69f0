// The parameters of kernel PCA.
#pragma once

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/parameters.hpp>

#include <array>
#include <cstdint>
#include <tuple>

namespace ansatz::kernel_pca {

enum class Given { kernel, distance };
constexpr auto choices(Given) { return std::array{"kernel", "distance"}; }
enum class Operator { centred, uncentred, laplacian, diffusion };
constexpr auto choices(Operator) { return std::array{"centred", "uncentred", "laplacian", "diffusion"}; }
enum class Solver { automatic, dense, lanczos, nystrom, features };
constexpr auto choices(Solver) { return std::array{"auto", "dense", "lanczos", "nystrom", "features"}; }
enum class Precision { f64, mixed, f32 };
constexpr auto choices(Precision) { return std::array{"f64", "mixed", "f32"}; }
enum class Scaling { variance, white };
constexpr auto choices(Scaling) { return std::array{"variance", "white"}; }
enum class Sampling { uniform, rpcholesky, kmeans };
constexpr auto choices(Sampling) { return std::array{"uniform", "rpcholesky", "kmeans"}; }

// A graph operator: its eigenvectors are functions on the rows, not projections in feature space.
constexpr bool is_graph(Operator op) { return op == Operator::laplacian || op == Operator::diffusion; }

struct Config {
  KernelParameters kernel;
  Given precomputed = Given::kernel;
  std::int64_t components = 2;
  Operator op = Operator::centred;
  double alpha = 1, time = 1;
  Solver solver = Solver::automatic;
  std::int64_t landmarks = 1000;
  Sampling sampling = Sampling::uniform;
  std::int64_t features = 2000;
  bool orthogonal = true;
  std::int64_t block = 32;
  double tolerance = 1e-8;
  std::int64_t max_steps = 60;
  Precision precision = Precision::mixed;
  Scaling scaling = Scaling::variance;
  std::int64_t memory = 2048;

  static constexpr auto params = std::tuple{
      params_of(&Config::kernel),
      param(&Config::precomputed, "precomputed",
            "What port k holds: kernel values, or distances d, taken as the kernel -d^2 / 2",
            used_if("kernel=precomputed")),
      param(&Config::components, "components", "Components kept, below the number of rows", at_least(1)),
      param(
          &Config::op, "operator",
          "Matrix whose eigenvectors are taken: the kernel matrix centred in feature space or as it is, the "
          "normalised graph Laplacian with the kernel as weights, or the diffusion map"),
      param(&Config::alpha, "alpha", "Exponent of the density that is divided out", between(0, 1),
            used_if("operator=diffusion")),
      param(&Config::time, "time", "Steps of the diffusion: coordinates are scaled by eigenvalue^time",
            at_least(0), used_if("operator=diffusion&verb=fit")),
      param(
          &Config::solver, "solver",
          "dense: all eigenvalues; lanczos: the largest, from products; nystrom: approximate, on landmarks; "
          "features: approximate, on random features; auto: dense up to 1,000 rows or if more than a tenth "
          "of them is asked for, else lanczos",
          used_if("verb=fit")),
      param(&Config::landmarks, "landmarks", "Rows drawn as landmarks, unless port landmarks is wired",
            at_least(1), used_if("solver=nystrom")),
      param(
          &Config::sampling, "sampling",
          "Landmarks are rows, every row alike; rows in proportion to what those before leave of k(x, x); or "
          "means of groups",
          used_if("solver=nystrom")),
      param(&Config::features, "features", "Random features, two a frequency: an even number", at_least(2),
            used_if("solver=features")),
      param(&Config::orthogonal, "orthogonal",
            "Orthogonal frequencies, a smaller variance (but for laplacian with norm l1)",
            used_if("solver=features")),
      param(&Config::block, "block", "Vectors multiplied with the kernel matrix at once", between(1, 1024),
            used_if("solver=auto|lanczos")),
      param(&Config::tolerance, "tolerance",
            "Residual of every component over its eigenvalue; at least 1e-6 where kernels are f32", above(0),
            used_if("solver=auto|lanczos&verb=fit")),
      param(&Config::max_steps, "max_steps", "Products with a block before lanczos gives up", at_least(1),
            used_if("solver=auto|lanczos")),
      param(&Config::precision, "precision",
            "Of kernel values: f64, f32, or mixed: f32 from 4,000 rows on; all else is f64",
            used_if("solver=auto|dense|lanczos|nystrom&verb=fit&kernel=gaussian|laplacian|matern|rational-"
                    "quadratic|chi2|"
                    "polynomial|linear|cosine|sigmoid")),
      param(&Config::scaling, "scaling",
            "Scores with the variance of their component, or divided to unit variance",
            used_if("operator=centred|uncentred&verb=fit")),
      param(&Config::memory, "memory",
            "For the kernel matrix: dense is refused beyond it, lanczos and nystrom compute it again",
            at_least(1), unit("MiB"), used_if("solver=auto|dense|lanczos|nystrom&verb=fit|convergence"),
            no_effect_on_result)};
};

}  // namespace ansatz::kernel_pca
