// What a fit has learned, as functions on new rows.
//
// In feature space, over support points p_i (training rows or landmarks):
//
//   V_j = sum_i a_ij phi(p_i)         orthonormal components
//   m   = sum_i m_i phi(p_i)          mean of the training rows; 0 if uncentred
//
//   score of x        z_j = V_j . (phi(x) - m) = sum_i a_ij k(x, p_i) - offset_j,  offset_j = V_j . m
//   its projection    P phi(x) = m + sum_j z_j V_j = sum_i c_i phi(p_i),  c = m + A z
//
// A graph operator has no feature space: with the weights m_i = degree^-alpha its functions are
// z_j(x) = sum_i a_ij k(x, p_i) / sum_i m_i k(x, p_i) (Bengio et al. 2004).
#pragma once

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/num/random_features.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config.hpp"
#include "eigenpairs.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {

// Where kernel values come from: rows and a kernel, a matrix that is given, or random features.
enum class Source { rows, kernel_values, distances, features };

struct Expansion {
  Source source = Source::rows;
  Operator op = Operator::centred;
  Kernel kernel;
  bool single = false;  // kernels in f32
  Points points;        // of source rows; frequencies of random features
  std::uint64_t support = 0, training_rows = 0;
  Matrix<double> coefficients;      // a, support x components
  std::vector<double> offset;       // V_j . m
  std::vector<double> mean;         // m, or the weights of a graph operator
  double mean_square = 0;           // m . m
  std::vector<double> eigenvalues;  // mu
  Scaling scaling = Scaling::variance;

  [[nodiscard]] std::size_t components() const { return offset.size(); }
  [[nodiscard]] std::string kernel_name() const;
  // What a score is divided by: sqrt(mu / n) if white, else 1.
  [[nodiscard]] double unit(std::size_t j) const;

  // Of source rows or a matrix: components from eigenvectors on the training rows.  `time` is that of a
  // diffusion map, else 0.
  void learn(const Spectral& spectral, const Eigenpairs& pairs, double time);

  // Of source features: the support are features f, with f_i(x) for k(x, p_i).
  [[nodiscard]] RandomFeatures random_features() const;

  void state(Archive& archive);
};

// Evaluates an expansion; packs its points once.
class Evaluator {
 public:
  explicit Evaluator(const Expansion& expansion);

  // Rows [first, first + count) of port x or k times [A m]: count x (components + 1).
  [[nodiscard]] Matrix<double> products(Session& session, std::uint64_t first, std::uint64_t count) const;
  // The same of given rows (source rows and features).
  [[nodiscard]] Matrix<double> products(const Rows& rows, Executor& executor) const;
  // Scores, not divided, from products.
  [[nodiscard]] Matrix<double> scores(const Matrix<double>& products) const;
  // k(x, x) for rows [first, first + count) of a port.  BadArgument with kernel values that are given.
  [[nodiscard]] std::vector<double> diagonal(Session& session, std::uint64_t first,
                                             std::uint64_t count) const;
  // Sizes of ports x and k against the model: "kernel-pca.transform: x has 3 columns, ...".  Returns the
  // rows.
  [[nodiscard]] std::uint64_t check_rows(Session& session, const std::string& verb) const;

 private:
  const Expansion& expansion_;
  std::variant<std::monostate, KernelPoints<double>, KernelPoints<float>> packed_;
  // Of source features: the map, and [A m]' as points of the linear kernel.
  std::optional<RandomFeatures> features_;
  std::optional<KernelPoints<double>> directions_;
};

// k(x, x) of rows.
[[nodiscard]] std::vector<double> diagonal_of(const Kernel& kernel, const Rows& rows);

}  // namespace ansatz::kernel_pca
