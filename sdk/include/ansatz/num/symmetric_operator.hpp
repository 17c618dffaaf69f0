// A symmetric matrix known by its products alone, for the iterative eigensolvers.
//
//   struct Scaled final : SymmetricOperator {
//     std::size_t size() const override { return 3; }
//     void apply(std::size_t count, const double* x, double* y, Executor&) const override {
//       for (std::size_t i = 0; i < 3 * count; ++i) y[i] = 2 * x[i];
//     }
//   };
#pragma once

#include <cstddef>

#include "ansatz/num/executor.hpp"

namespace ansatz {

class SymmetricOperator {
 public:
  virtual ~SymmetricOperator() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
  // y_j = A x_j for `count` vectors, each contiguous, one after the other.  x and y do not overlap.  The
  // same bytes for any number of workers.
  virtual void apply(std::size_t count, const double* x, double* y, Executor& executor) const = 0;
};

}  // namespace ansatz
