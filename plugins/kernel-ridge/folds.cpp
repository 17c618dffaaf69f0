#include "folds.hpp"

#include <algorithm>

namespace ansatz::kernel_ridge {

Folds draw_folds(Session& session, const std::string& verb, Criterion choose, std::size_t n,
                 std::int64_t count) {
  if (choose != Criterion::cv && choose != Criterion::held_out) return {};
  const auto parts = static_cast<std::size_t>(count);
  if (parts > n) {
    throw BadArgument("kernel-ridge." + verb + ": folds is " + std::to_string(count) + ", and there are " +
                      std::to_string(n) + " rows");
  }
  Folds folds(choose == Criterion::cv ? parts : 1);
  const std::vector<std::uint64_t> order = session.rng("folds").permutation(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % parts < folds.size()) folds[i % parts].push_back(order[i]);
  }
  for (std::vector<std::size_t>& rows : folds) std::ranges::sort(rows);
  return folds;
}

}  // namespace ansatz::kernel_ridge
