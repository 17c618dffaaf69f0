// Rows drawn in parallel: which draws a row gets depends on its number alone.
#pragma once

#include <ansatz/session.hpp>

#include <algorithm>

namespace ansatz::prepare {

// Call make(row, rng) for each row, with `rng` at draw row * draws of the stream.
template <class Make>
void for_each_row(Session& session, const char* stream, std::uint64_t rows, std::uint64_t draws,
                  const Make& make) {
  constexpr std::uint64_t rows_a_task = 4096;
  const Rng start = session.rng(stream);
  session.parallel_for((rows + rows_a_task - 1) / rows_a_task, [&](std::uint64_t task, std::uint32_t) {
    if (session.cancelled()) return;
    Rng rng = start;
    const std::uint64_t last = std::min(rows, (task + 1) * rows_a_task);
    for (std::uint64_t row = task * rows_a_task; row < last; ++row) {
      rng.seek(row * draws);
      make(static_cast<Eigen::Index>(row), rng);
    }
  });
  session.check_cancelled();
}

}  // namespace ansatz::prepare
