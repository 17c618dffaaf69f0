// Rows of port x, block by block: what a solver reads that never has all of them in memory.
//
//   RowStream stream{session, kernel, "kernel-ridge.fit: x"};
//   stream.each([&](std::size_t first, const Rows& rows) { ... });
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::kernel_ridge {

class RowStream {
 public:
  static constexpr std::uint64_t block_rows = 3840;

  RowStream(Session& session, const char* port) : session_{session}, port_{port} {}

  [[nodiscard]] std::uint64_t size() const { return session_.shape(port_)[0]; }

  template <class Visit>
  void each(const Visit& visit) {
    each_in(0, size(), visit);
  }
  // Rows [begin, end); begin is a multiple of block_rows.
  template <class Visit>
  void each_in(std::uint64_t begin, std::uint64_t end, const Visit& visit) {
    for (std::uint64_t first = begin; first < end; first += block_rows) {
      session_.check_cancelled();
      block_.read(session_, port_, first, std::min(block_rows, end - first));
      visit(static_cast<std::size_t>(first), block_.rows());
    }
  }

  // Rows `chosen`, ascending, in one pass.
  [[nodiscard]] Points gather(const std::vector<std::uint64_t>& chosen) {
    Points result;
    std::size_t next = 0;
    each([&](std::size_t first, const Rows& rows) {
      std::visit(
          [&]<class S>(const RowsOf<S>& r) {
            if (!std::holds_alternative<Matrix<S>>(result.values)) result.values = Matrix<S>{};
            auto& target = std::get<Matrix<S>>(result.values);
            if (target.size() == 0) {
              target.resize(static_cast<Eigen::Index>(chosen.size()), static_cast<Eigen::Index>(r.columns));
            }
            for (; next < chosen.size() && chosen[next] < first + r.rows; ++next) {
              std::copy_n(r.data + (chosen[next] - first) * r.columns, r.columns,
                          target.data() + next * r.columns);
            }
          },
          rows);
    });
    return result;
  }

 private:
  Session& session_;
  const char* port_;
  Points block_;
};

// The rows that the median distance is taken over if the length is not given: the same as all rows would
// draw.
[[nodiscard]] inline Points rows_for_median(Session& session, RowStream& stream,
                                            const std::vector<std::uint64_t>& chosen) {
  constexpr std::size_t most_rows = 2000;
  if (chosen.size() <= most_rows) return stream.gather(chosen);
  std::vector<std::uint64_t> sample = session.rng("median").choice(chosen.size(), most_rows);
  std::ranges::sort(sample);
  for (std::uint64_t& i : sample) i = chosen[i];
  return stream.gather(sample);
}

}  // namespace ansatz::kernel_ridge
