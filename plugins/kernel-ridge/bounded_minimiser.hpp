// L-BFGS within bounds, one line search a call, so that it can stop and go on between any two steps.
//
//   BoundedMinimiser search;
//   search.start(x, lower, upper, f);            // f(x, gradient) returns the value, or infinity
//   while (search.step(f)) {}
//   search.x();
//
// Variables at a bound whose gradient points outwards are held; the others move along the L-BFGS direction
// (Nocedal 1980), projected on the bounds, until Armijo's condition holds (two-metric projection: Bertsekas 1982,
// "Projected Newton methods").
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ansatz::kernel_ridge {

class BoundedMinimiser {
 public:
  using Vector = std::vector<double>;
  using Function = std::function<double(const Vector& x, Vector& gradient)>;

  void start(Vector x, Vector lower, Vector upper, const Function& f);
  // False when the projected gradient is below `tolerance` of |value| + 1, or no step makes the value smaller.
  bool step(const Function& f, double tolerance);

  [[nodiscard]] const Vector& x() const { return x_; }
  [[nodiscard]] const Vector& gradient() const { return gradient_; }
  [[nodiscard]] double value() const { return value_; }
  // Largest element of the gradient of variables that may move.
  [[nodiscard]] double gradient_norm() const;

  template <class Archive>
  void state(Archive& archive) {
    archive("x", x_);
    archive("lower", lower_);
    archive("upper", upper_);
    archive("gradient", gradient_);
    archive("value", value_);
    archive("moves", moves_);
    archive("changes", changes_);
  }

 private:
  [[nodiscard]] bool held(std::size_t i) const;
  [[nodiscard]] Vector direction() const;

  Vector x_, lower_, upper_, gradient_;
  double value_ = 0;
  Vector moves_, changes_;  // the last differences of x and of the gradient, one after the other
};

}  // namespace ansatz::kernel_ridge
