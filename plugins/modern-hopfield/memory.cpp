#include "memory.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

// Norms whose products of two are far from overflow.
double largest_allowed(Precision precision) { return precision == Precision::f32 ? 1e15 : 1e150; }

std::string size_text(const Shape& shape) {
  std::string text;
  for (const std::uint64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

void check_filled(Session& session, const char* port, const std::string& where) {
  const Shape shape = session.shape(port);
  for (const std::uint64_t size : shape) {
    if (size > 0) continue;
    throw BadArgument(where + ": '" + port + "' is " + size_text(shape) +
                      "; give it at least one row and one column");
  }
}

void check_norm(const std::string& where, const char* port, std::size_t row, double norm, double allowed) {
  if (norm <= allowed) return;
  std::ostringstream text;
  text << where << ": row " << row << " of '" << port << "' (counted from 0) has norm " << norm
       << ", whose products overflow; scale the rows to norms below " << allowed;
  throw BadArgument(text.str());
}

}  // namespace

double check_norms(const std::string& where, const char* port, const Matrix<double>& x, Precision precision) {
  double largest = 0;
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    check_norm(where, port, static_cast<std::size_t>(i), x.row(i).stableNorm(), largest_allowed(precision));
    largest = std::max(largest, x.row(i).cwiseAbs().maxCoeff());
  }
  return largest;
}

void Memory::store(Session& session, const std::string& where) {
  check_filled(session, "x", where);
  patterns_ = Points::from(session, "x");
  values_ = {};
  if (session.has("value")) {
    check_filled(session, "value", where);
    values_ = Points::from(session, "value");
  }
  measure();
  check(where);
}

Memory::Memory(Matrix<double> patterns, const std::string& where) {
  patterns_.values = std::move(patterns);
  measure();
  check(where);
}

void Memory::check(const std::string& where) const {
  if (largest_norm_ <= largest_allowed(Precision::f64)) return;
  Eigen::VectorXd row(static_cast<Eigen::Index>(columns()));
  for (std::size_t i = 0; i < size(); ++i) {
    copy_pattern(i, row.data());
    check_norm(where, "x", i, row.stableNorm(), largest_allowed(Precision::f64));
  }
}

void Memory::measure() {
  largest_norm_ = diameter_ = 0;
  const auto d = static_cast<Eigen::Index>(columns());
  Eigen::VectorXd row(d), mean = Eigen::VectorXd::Zero(d);
  for (std::size_t i = 0; i < size(); ++i) {
    copy_pattern(i, row.data());
    const double norm = row.stableNorm();
    if (!(norm <= largest_norm_)) largest_norm_ = norm;  // NaN too
    mean += row / static_cast<double>(size());
  }
  for (std::size_t i = 0; i < size(); ++i) {
    copy_pattern(i, row.data());
    diameter_ = std::max(diameter_, 2 * (row - mean).norm());
  }
}

void Memory::copy_pattern(std::size_t i, double* target) const {
  std::visit(
      [&](const auto& rows) {
        for (std::size_t j = 0; j < rows.columns; ++j) {
          target[j] = static_cast<double>(rows.data[i * rows.columns + j]);
        }
      },
      patterns_.rows());
}

void Memory::state(Archive& archive) {
  archive("patterns", patterns_);
  archive("values", values_);
  if (archive.writing()) return;
  if (values_.size() != 0 && values_.size() != size()) {
    throw BadState("the saved state has " + std::to_string(size()) + " patterns and " +
                   std::to_string(values_.size()) + " values");
  }
  measure();
  if (!(largest_norm_ <= largest_allowed(Precision::f64))) {
    throw BadState("the patterns of the saved state are not finite, or too large");
  }
}

Matrix<double> read_states(Session& session, const char* port, const std::string& where, std::size_t columns,
                           Precision precision) {
  check_filled(session, port, where);
  const std::size_t own = flat_columns(session, port);
  if (own != columns) {
    throw BadArgument(where + ": '" + port + "' has " + std::to_string(own) +
                      " columns; the patterns that were stored have " + std::to_string(columns));
  }
  Matrix<double> x = session.in<double>(port);
  check_norms(where, port, x, precision);
  return x;
}

}  // namespace ansatz::modern_hopfield
