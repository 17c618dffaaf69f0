// What is to be learned: real targets, or class labels turned into columns of 0 and 1.
#pragma once

#include <ansatz/session.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::kernel_ridge {

struct Targets {
  Matrix<double> values;              // a row a target, a column a training row
  std::vector<std::int64_t> classes;  // sorted; empty: regression
  bool single = false;                // y came as one number a row

  // Rows `chosen` of port y.  Integers of rank 1 are labels.
  static Targets from(Session& session, const std::vector<std::uint64_t>& chosen);
};

}  // namespace ansatz::kernel_ridge
