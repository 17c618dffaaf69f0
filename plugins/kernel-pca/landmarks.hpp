// Landmarks of the solver nystrom.
//
//   uniform      rows, every row alike
//   rpcholesky   rows, in proportion to what those before leave of k(x, x) (Chen et al. 2025)
//   kmeans       means of the groups that ten rounds of Lloyd's iteration find (Zhang, Tsang and Kwok 2008,
//                "Improved Nystroem low-rank approximation and error analysis"); a start from uniform rows
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>

#include <cstdint>

#include "config.hpp"

namespace ansatz::kernel_pca {

// `count` of them, at most the rows; rpcholesky gives fewer if nothing is left of the diagonal.  Random
// numbers are those of the step's stream "landmarks".  BadArgument if rpcholesky needs more than `memory`
// bytes.
[[nodiscard]] Points draw_landmarks(Session& session, const Points& rows, const Kernel& kernel,
                                    Sampling sampling, std::uint64_t count, std::uint64_t memory);

// The means of groups after at most `rounds` of assigning every row to the nearest mean and taking means
// again; an empty group keeps its own.  Distances are euclidean, each column over its length if the kernel has
// one a column.  `start` are rows.
[[nodiscard]] Matrix<double> group_means(const Points& rows, const Kernel& kernel, Matrix<double> start,
                                         int rounds, Executor& executor);

}  // namespace ansatz::kernel_pca
