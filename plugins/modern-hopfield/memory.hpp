// Patterns of real numbers, and what is said about them without a query.
#pragma once

#include <ansatz/points.hpp>

#include <array>

namespace ansatz::modern_hopfield {

// In which dot products, weights and averages are computed; energies and norms are always f64.
enum class Precision { f64, f32 };
constexpr auto choices(Precision) { return std::array{"f64", "f32"}; }

// The largest |x_ij|, as long as x.x can be formed.  Throws BadArgument with the row where it cannot.
double check_norms(const std::string& where, const char* port, const Matrix<double>& x, Precision precision);

class Memory {
 public:
  Memory() = default;
  // Throws BadArgument for numbers too large to be multiplied.
  Memory(Matrix<double> patterns, const std::string& where);
  // Ports `x` and, where wired, `value`.  Throws BadArgument: no rows, no columns, numbers too large to be multiplied.
  void store(Session& session, const std::string& where);

  [[nodiscard]] std::size_t size() const { return patterns_.size(); }
  [[nodiscard]] std::size_t columns() const { return patterns_.columns(); }
  [[nodiscard]] bool has_values() const { return values_.size() > 0; }
  [[nodiscard]] std::size_t value_columns() const { return values_.columns(); }
  [[nodiscard]] Rows patterns() const { return patterns_.rows(); }
  [[nodiscard]] Rows values() const { return values_.rows(); }
  // Pattern number i, in f64.
  void copy_pattern(std::size_t i, double* target) const;

  // M: the largest norm of a pattern.
  [[nodiscard]] double largest_norm() const { return largest_norm_; }
  // No two patterns are farther apart: twice the largest distance from their mean.
  [[nodiscard]] double diameter() const { return diameter_; }

  void state(Archive& archive);

 private:
  void check(const std::string& where) const;
  void measure();

  Points patterns_, values_;  // n x d; n x v, or none
  double largest_norm_ = 0, diameter_ = 0;
};

// Rows of a port as f64, of as many columns as the patterns; throws BadArgument where they differ, are none, or are too
// large.
Matrix<double> read_states(Session& session, const char* port, const std::string& where, std::size_t columns,
                           Precision precision);

}  // namespace ansatz::modern_hopfield
