// Sums that lose no digits when many small terms meet a large one.
#pragma once

#include <cmath>

namespace ansatz::measure {

// Neumaier 1974: the error of each addition is kept and added at the end.
class Sum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    error_ += std::abs(sum_) >= std::abs(term) ? (sum_ - next) + term : (term - next) + sum_;
    sum_ = next;
  }
  [[nodiscard]] double value() const { return sum_ + error_; }

 private:
  double sum_ = 0, error_ = 0;
};

}  // namespace ansatz::measure
