#include "ansatz/num/random_pivots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/parallel.hpp"
#include "long_vectors.hpp"

namespace ansatz {
namespace {

constexpr double rounding = 4 * std::numeric_limits<double>::epsilon();

// k(x_i, x) for chosen rows i and all points x: chosen x points, row-major.
void chosen_columns(const KernelPoints<double>& points, const Rows& rows,
                    const std::vector<std::size_t>& chosen, double* k, Executor& executor) {
  std::visit(
      [&]<class S>(const RowsOf<S>& all) {
        std::vector<S> own(chosen.size() * all.columns);
        for (std::size_t t = 0; t < chosen.size(); ++t)
          std::copy_n(all.data + chosen[t] * all.columns, all.columns, own.data() + t * all.columns);
        points.cross(RowsOf<S>{own.data(), chosen.size(), all.columns}, k, points.size(), executor);
      },
      rows);
}

// Rows in proportion to `rest`.
std::vector<std::size_t> propose(const std::vector<double>& rest, std::size_t count, Rng& rng) {
  std::vector<double> sums(rest.size());
  double total = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) sums[i] = total += rest[i];
  std::vector<std::size_t> chosen;
  for (std::size_t t = 0; t < count; ++t) {
    // The first whose sum is above the target has something left; rounding may put the target at the total itself.
    auto place = std::ranges::upper_bound(sums, rng.uniform() * total);
    if (place == sums.end()) place = std::ranges::lower_bound(sums, total);
    chosen.push_back(static_cast<std::size_t>(place - sums.begin()));
  }
  return chosen;
}

// Which of the proposals count, and the Cholesky factor of what is left of K at those.
struct Accepted {
  std::vector<std::size_t> places;  // among the proposals
  std::vector<double> factor;       // row t has t + 1 elements at t * (t + 1) / 2
};

// `h` is what is left of K at the proposals when the block starts (b x b), `rest` its diagonal as they were drawn by.
Accepted accept(const std::vector<double>& h, const std::vector<double>& rest,
                const std::vector<double>& diagonal, std::size_t most, Rng& rng) {
  const std::size_t b = rest.size();
  Accepted accepted;
  for (std::size_t s = 0; s < b; ++s) {
    const double luck = rng.uniform();
    if (accepted.places.size() == most) continue;
    std::vector<double> row;
    double left = h[s * b + s];
    for (std::size_t t = 0; t < accepted.places.size(); ++t) {
      const double* earlier = accepted.factor.data() + t * (t + 1) / 2;
      double value = h[s * b + accepted.places[t]];
      for (std::size_t k = 0; k < t; ++k) value -= row[k] * earlier[k];
      row.push_back(value / earlier[t]);
      left -= row.back() * row.back();
    }
    if (!(left > rounding * diagonal[s]) || !(luck * rest[s] < left)) continue;
    row.push_back(std::sqrt(left));
    accepted.factor.insert(accepted.factor.end(), row.begin(), row.end());
    accepted.places.push_back(s);
  }
  return accepted;
}

// The inverse of L', as the columns of L^-1 lie in rows: element (k, j) multiplies vector k in vector j.
std::vector<double> inverse_transposed(std::size_t size, const std::vector<double>& l) {
  std::vector<double> inverse(size * size);
  for (std::size_t k = 0; k < size; ++k) {
    for (std::size_t j = k; j < size; ++j) {
      const double* row = l.data() + j * (j + 1) / 2;
      double value = j == k ? 1 : 0;
      for (std::size_t i = k; i < j; ++i) value -= row[i] * inverse[k * size + i];
      inverse[k * size + j] = value / row[j];
    }
  }
  return inverse;
}

std::size_t proposals_for(std::size_t wanted) { return std::clamp<std::size_t>(wanted / 10, 1, 120); }

}  // namespace

std::uint64_t random_pivots_bytes(std::size_t n, std::size_t count) {
  const std::size_t wanted = std::min(count, n);
  return std::uint64_t{sizeof(double)} * n * (wanted + proposals_for(wanted));
}

std::vector<std::size_t> random_pivots(const KernelPoints<double>& points, const Rows& rows,
                                       std::size_t count, Rng rng, std::vector<double>& factor,
                                       Executor& executor, std::size_t proposals) {
  const std::size_t n = points.size(), wanted = std::min(count, n);
  if (proposals == 0) proposals = proposals_for(wanted);
  std::vector<double> diagonal(n);
  double start = 0;
  for (std::size_t i = 0; i < n; ++i) start += diagonal[i] = points.diagonal(i);
  std::vector<double> rest = diagonal;
  std::vector<std::size_t> pivots;
  factor.assign(wanted * n, 0.0);
  LargeBuffer<double> columns(proposals * n);
  while (pivots.size() < wanted) {
    double total = 0;
    for (const double r : rest) total += r;
    // What is left is rounding.
    if (!(total > 1e-14 * start)) break;
    const std::vector<std::size_t> chosen = propose(rest, proposals, rng);
    chosen_columns(points, rows, chosen, columns.data(), executor);
    const std::size_t known = pivots.size(), b = chosen.size();
    // F at the proposals, and what is left of K there.
    std::vector<double> at(known * b), h(b * b), own_rest, own_diagonal;
    for (std::size_t k = 0; k < known; ++k) {
      for (std::size_t s = 0; s < b; ++s) at[k * b + s] = factor[k * n + chosen[s]];
    }
    for (std::size_t s = 0; s < b; ++s) {
      own_rest.push_back(rest[chosen[s]]);
      own_diagonal.push_back(diagonal[chosen[s]]);
      for (std::size_t r = 0; r <= s; ++r) {
        double value = columns.data()[s * n + chosen[r]];
        for (std::size_t k = 0; k < known; ++k) value -= at[k * b + s] * at[k * b + r];
        h[s * b + r] = h[r * b + s] = value;
      }
    }
    const Accepted accepted = accept(h, own_rest, own_diagonal, wanted - known, rng);
    const std::size_t size = accepted.places.size();
    if (size == 0) {  // what was proposed is rounding
      for (std::size_t s = 0; s < b; ++s) {
        if (!(h[s * b + s] > rounding * own_diagonal[s])) rest[chosen[s]] = 0;
      }
      continue;
    }
    // Their columns: K less F'F, then by the inverse of the factor.
    double* own = factor.data() + known * n;
    std::vector<double> shares(known * size);
    for (std::size_t t = 0; t < size; ++t) {
      std::copy_n(columns.data() + accepted.places[t] * n, n, own + t * n);
      for (std::size_t k = 0; k < known; ++k) shares[k * size + t] = at[k * b + accepted.places[t]];
    }
    detail::subtract_combinations(n, known, factor.data(), shares.data(), size, own, executor);
    detail::combine(n, size, own, inverse_transposed(size, accepted.factor).data(), size, own, executor);
    for_each_block(executor, n, 4096, [&](Block part, std::uint32_t) {
      for (std::size_t t = 0; t < size; ++t) {
        for (std::size_t i = part.first; i < part.last; ++i)
          rest[i] = std::max(0.0, rest[i] - own[t * n + i] * own[t * n + i]);
      }
    });
    for (const std::size_t s : accepted.places) {
      rest[chosen[s]] = 0;
      pivots.push_back(chosen[s]);
    }
    executor.progress(static_cast<double>(pivots.size()) / static_cast<double>(wanted));
  }
  factor.resize(pivots.size() * n);
  return pivots;
}

}  // namespace ansatz
