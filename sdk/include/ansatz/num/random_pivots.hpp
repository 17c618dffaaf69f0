// Columns of a kernel matrix drawn by randomly pivoted Cholesky (Chen, Epperly, Tropp and Webber 2025): pivot i with
// probability proportional to what the columns so far leave of the diagonal.
//
//   std::vector<double> factor;                                       // F, pivots x n
//   const std::vector<std::size_t> pivots = random_pivots(points, rows, 100, rng, factor, executor);
//
// Pivots are proposed many at a time from the diagonal at the start of a block; going through them in order, one is
// accepted with the probability by which the pivots accepted in that block have lowered its diagonal element.  The pivots
// and their order are distributed as if drawn one by one (Epperly, Tropp and Webber 2024, "Embrace rejection"), while all
// work on long vectors is in matrix products.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/kernel.hpp"
#include "ansatz/num/random.hpp"

namespace ansatz {

// At most `count` pivots in the order in which they are drawn, fewer if nothing is left of the diagonal; `factor` becomes
// their F (pivots x n) with F'F below K in the Loewner order and equal to it in the pivots' columns.  `rows` are those
// that `points` were made of.  `proposals`: how many in a block; 0 stands for a tenth of `count`, at most 120.  The same bytes
// for any number of workers.
[[nodiscard]] std::vector<std::size_t> random_pivots(const KernelPoints<double>& points, const Rows& rows,
                                                     std::size_t count, Rng rng, std::vector<double>& factor,
                                                     Executor& executor, std::size_t proposals = 0);

// Bytes that drawing `count` of n points takes: the factor, and the columns proposed in a block.
[[nodiscard]] std::uint64_t random_pivots_bytes(std::size_t n, std::size_t count);

}  // namespace ansatz
