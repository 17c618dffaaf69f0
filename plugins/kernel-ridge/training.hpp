// What fit learns from, read from the ports: which rows count, with which weight and which targets.
#pragma once

#include <ansatz/session.hpp>

#include <cstdint>
#include <vector>

#include "targets.hpp"

namespace ansatz::kernel_ridge {

struct Training {
  std::size_t all = 0;                // rows of x
  std::vector<std::uint64_t> chosen;  // those with a positive weight
  std::vector<double> weights;        // of the chosen
  std::vector<std::uint64_t> left_out;
  Targets targets;          // of the chosen
  double penalty = 0;       // against the weighted sum of squared errors
  double penalty_unit = 1;  // what the parameter is multiplied with to give `penalty`; for messages

  // `port` is x or k.  Throws BadArgument for weights that are negative or all zero.
  static Training from(Session& session, const char* port, double penalty, bool of_the_mean);
};

}  // namespace ansatz::kernel_ridge
