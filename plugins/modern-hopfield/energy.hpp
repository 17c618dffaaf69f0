// The energy of real patterns (Ramsauer et al. 2021, "Hopfield networks is all you need", equation 2):
//
//   E(x) = -(1/beta) log (1/N) sum_i e^(beta x_i.x) + x.x / 2 + M^2 / 2,      M = max |x_i|
//
// and all that follows from it.  With p = softmax(beta X x), the rows of X the patterns:
//
//   gradient  x - X'p       update  x <- X'p       Hessian  I - beta X'(diag p - p p')X
//
//   const auto energy = SoftmaxEnergy::make(memory, Precision::f64, session.threads());
//   energy->update(x, 5, beta, y, top, worker);          // five states: their updates and soft maxima
//   energy->energy(first, top[0]);                       // E of the first
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "memory.hpp"

namespace ansatz::modern_hopfield {

// The best patterns for a state: dot products descending, among equals the lower number first.
struct Ranked {
  std::vector<double> dot;
  std::vector<std::uint64_t> index;
};
[[nodiscard]] Ranked best(std::span<const double> products, std::size_t most);

class SoftmaxEnergy {
 public:
  // States that are given to a worker at once.
  static constexpr std::size_t block = 96;

  // `memory` must outlive it and not change.
  static std::unique_ptr<SoftmaxEnergy> make(const Memory& memory, Precision precision,
                                             std::uint32_t workers);
  virtual ~SoftmaxEnergy() = default;
  SoftmaxEnergy(const SoftmaxEnergy&) = delete;
  SoftmaxEnergy& operator=(const SoftmaxEnergy&) = delete;

  [[nodiscard]] const Memory& memory() const { return memory_; }
  [[nodiscard]] Precision precision() const { return precision_; }
  [[nodiscard]] virtual std::uint32_t workers() const = 0;

  // Of `count` rows of d numbers: y = X'p, and `top` their soft maxima.
  void update(const double* x, std::size_t count, double beta, double* y, double* top, std::uint32_t worker);
  // The same with the `terms` largest products alone: p and the sum in `top` over these.  error[i] bounds the distance
  // from the full update: diameter (N - k) e^(-beta (s_(1) - s_(k+1))).
  void truncated_update(const double* x, std::size_t count, double beta, std::size_t terms, double* y,
                        double* top, double* error, std::uint32_t worker);
  // Averages of the values instead of the patterns.
  virtual void read(const double* x, std::size_t count, double beta, double* y, std::uint32_t worker) = 0;
  // Dot products with all patterns: visit(state, products), states ascending.
  virtual void products(const double* x, std::size_t count, std::uint32_t worker,
                        const std::function<void(std::size_t, std::span<const double>)>& visit) = 0;

  // (1/beta) log (1/N) sum e^(beta s_i) from the products; exact to rounding for any beta > 0.
  [[nodiscard]] static double soft_maximum(std::span<const double> s, double beta);
  // E from it.
  [[nodiscard]] double energy(const double* x, double top) const;
  // exp of the entropy of p, given the update y: between 1 and N.
  [[nodiscard]] double effective_patterns(const double* x, const double* y, double top, double beta) const;
  // What rounding may add to an energy.
  [[nodiscard]] double slack(const double* x) const;

 protected:
  SoftmaxEnergy(const Memory& memory, Precision precision) : memory_{memory}, precision_{precision} {}
  // X'p and (1/beta) log sum e^(beta s_i).
  virtual void average(const double* x, std::size_t count, double beta, double* y, double* top,
                       std::uint32_t worker) = 0;
  // y += weight times pattern number i.
  virtual void add_pattern(std::uint64_t i, double weight, double* y) const = 0;

 private:
  const Memory& memory_;
  Precision precision_;
};

}  // namespace ansatz::modern_hopfield
