// What is to be learned: real targets, or class labels turned into columns of 0 and 1.
#pragma once

#include <ansatz/labels.hpp>
#include <ansatz/session.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::kernel_ridge {

struct Targets {
  Matrix<double> values;  // a row a target, a column a training row
  Labels classes;         // sorted; empty: regression
  bool single = false;    // y came as one number or label a row

  [[nodiscard]] bool labels() const { return classes.size() > 0; }

  // Rows `chosen` of port y.  Integers and texts of rank 1 are labels.
  static Targets from(Session& session, const std::vector<std::uint64_t>& chosen);
};

}  // namespace ansatz::kernel_ridge
