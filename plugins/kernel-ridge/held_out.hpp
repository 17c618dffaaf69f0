// Rows of the training set that decide when to stop.
#pragma once

#include <ansatz/session.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ansatz::kernel_ridge {

// A fraction of n rows, drawn from the stream "held-out".  BadArgument if it leaves none to fit.
[[nodiscard]] std::vector<std::uint64_t> draw_held_out(Session& session, std::size_t n, double fraction);

// Of `count` rows with targets y and y - prediction (both targets x count): the share of wrong labels, where
// the class with the highest prediction is the guess, or the mean square.
[[nodiscard]] double mean_error(bool labels, std::size_t targets, std::size_t count, const double* y,
                                const double* errors);

}  // namespace ansatz::kernel_ridge
