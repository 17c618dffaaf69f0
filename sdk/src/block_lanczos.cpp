#include "ansatz/num/block_lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "ansatz/num/check.hpp"
#include "ansatz/num/error.hpp"
#include "ansatz/num/symmetric_eigen.hpp"
#include "long_vectors.hpp"
#include "orthonormalise.hpp"

namespace ansatz {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
// Parts of a product that are shorter than this, over its size, are taken for rounding.
constexpr double rounding = 64 * epsilon;
constexpr std::int64_t check_steps = 2;

}  // namespace

BlockLanczos::BlockLanczos(std::size_t n, const LanczosOptions& options) : n_{n}, options_{options} {
  check_at_least("BlockLanczos", "rows", static_cast<std::int64_t>(n), 1);
  check_at_least("BlockLanczos", "components", static_cast<std::int64_t>(options.components), 1);
  check_at_least("BlockLanczos", "block", static_cast<std::int64_t>(options.block), 1);
  check_positive("BlockLanczos", "tolerance", options.tolerance);
}

void BlockLanczos::start_with(std::size_t count, std::vector<double> vectors) {
  check_same("BlockLanczos::start_with", "numbers given", static_cast<std::int64_t>(vectors.size()),
             "vectors times rows", static_cast<std::int64_t>(count * n_));
  SerialExecutor serial;
  detail::Orthonormal start = detail::orthonormalise(n_, 0, nullptr, count, std::move(vectors), 0, serial);
  pending_ = std::move(start.vectors);
  pending_size_ = start.rank;
}

std::size_t BlockLanczos::found() const {
  return std::min(values_.size(), std::min(options_.components, n_));
}

// Enough for some eight steps before the first restart.
std::size_t BlockLanczos::largest_basis() const {
  const std::size_t q = options_.components, b = options_.block;
  return std::min(n_, std::max(q + 8 * b, 2 * q + 4 * b));
}

void BlockLanczos::begin(const RandomStream& random, Executor& executor) {
  const std::size_t wanted = std::min(options_.block, n_);
  if (pending_size_ < wanted) add_random(wanted - pending_size_, random, executor);
}

// Random vectors, orthonormal to the basis and the pending block, join the block.
void BlockLanczos::add_random(std::size_t count, const RandomStream& random, Executor& executor) {
  while (count > 0) {
    std::vector<double> vectors(count * n_);
    random(drawn_++).fill_normal(vectors);
    // One basis for the projection: V and P together.
    std::vector<double> all = basis_;
    all.insert(all.end(), pending_.begin(), pending_.end());
    const detail::Orthonormal fresh = detail::orthonormalise(n_, size_ + pending_size_, all.data(), count,
                                                             std::move(vectors), epsilon, executor);
    pending_.insert(pending_.end(), fresh.vectors.begin(), fresh.vectors.end());
    pending_size_ += fresh.rank;
    count -= fresh.rank;
  }
}

// V becomes [V P], with the new columns of H; what A P has outside of it becomes the next block.  Returns C.
std::vector<double> BlockLanczos::extend(const SymmetricOperator& a, Executor& executor) {
  const std::size_t p = pending_size_, old = size_, m = old + p;
  std::vector<double> image(p * n_);
  a.apply(p, pending_.data(), image.data(), executor);
  products_ += p;
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (!std::isfinite(image[i])) {
      throw NumericalError("block Lanczos: element " + std::to_string(i % n_) +
                           " of a product with the operator is not finite");
    }
  }
  basis_.insert(basis_.end(), pending_.begin(), pending_.end());
  size_ = m;

  std::vector<double> columns(m * p);  // V'A P, in two rounds
  detail::inner_products(n_, m, basis_.data(), p, image.data(), columns.data(), executor);
  detail::subtract_combinations(n_, m, basis_.data(), columns.data(), p, image.data(), executor);
  double scale = 0;
  for (const double value : columns) scale = std::max(scale, std::abs(value));
  for (const double value : values_) scale = std::max(scale, std::abs(value));
  const detail::Orthonormal next =
      detail::orthonormalise(n_, m, basis_.data(), p, std::move(image), rounding * scale, executor);
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] += next.overlaps[i];

  std::vector<double> projected(m * m);
  for (std::size_t i = 0; i < old; ++i) {
    std::copy_n(projected_.data() + i * old, old, projected.data() + i * m);
    for (std::size_t j = 0; j < p; ++j) {
      projected[i * m + old + j] = projected[(old + j) * m + i] = columns[i * p + j];
    }
  }
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) {
      projected[(old + i) * m + old + j] = (columns[(old + i) * p + j] + columns[(old + j) * p + i]) / 2;
    }
  }
  projected_ = std::move(projected);
  pending_ = next.vectors;
  pending_size_ = next.rank;
  std::vector<double> coupling(pending_size_ * m);
  for (std::size_t i = 0; i < pending_size_; ++i) {
    for (std::size_t j = 0; j < p; ++j) coupling[i * m + old + j] = next.triangle[j * next.rank + i];
  }
  return coupling;
}

void BlockLanczos::rayleigh_ritz(std::vector<double> coupling) {
  std::vector<double> h = projected_;
  values_.resize(size_);
  symmetric_eigen(size_, h.data(), values_.data(), pending_size_, coupling.data());
  residuals_.assign(size_, 0.0);
  for (std::size_t i = 0; i < pending_size_; ++i) {
    for (std::size_t j = 0; j < size_; ++j)
      residuals_[j] += coupling[i * size_ + j] * coupling[i * size_ + j];
  }
  for (double& residual : residuals_) residual = std::sqrt(residual);
}

// The `count` leading eigenpairs of H; vectors are the columns of a size x count matrix.
BlockLanczos::Pairs BlockLanczos::projected_pairs(std::size_t count) const {
  std::vector<double> h = projected_, y(size_ * size_);
  for (std::size_t i = 0; i < size_; ++i) y[i * size_ + i] = 1;
  Pairs pairs{std::vector<double>(size_), std::vector<double>(size_ * count)};
  symmetric_eigen(size_, h.data(), pairs.values.data(), size_, y.data());
  for (std::size_t i = 0; i < size_; ++i) {
    std::copy_n(y.data() + i * size_, count, pairs.vectors.data() + i * count);
  }
  return pairs;
}

bool BlockLanczos::is_converged(std::size_t j) const {
  const double size = std::abs(values_[j]), most = std::abs(values_[0]);
  return residuals_[j] <= std::max(options_.tolerance * size, rounding * most) ||
         residuals_[j] + size <= options_.zero * most;
}

std::size_t BlockLanczos::converged() const {
  std::size_t count = 0;
  for (std::size_t j = 0; j < found(); ++j) count += is_converged(j) ? 1 : 0;
  return count;
}

bool BlockLanczos::go_on(const RandomStream& random, Executor& executor) {
  const std::size_t wanted = std::min(options_.components, n_);
  if (size_ == n_) return false;  // nothing is outside of the basis
  const bool all = found() == wanted && converged() == wanted;
  if (all && options_.components <= options_.block) return false;
  const std::size_t room = n_ - size_;
  if (all && checks_left_ > 0) --checks_left_;
  if (all && checks_left_ == 0) {
    const double grown = values_[wanted - 1] - checked_value_;
    if (grown <= options_.tolerance * std::abs(checked_value_) + rounding * std::abs(values_[0]))
      return false;
    checks_left_ = -1;  // a copy had been missed: look again
  }
  if (all && checks_left_ < 0) {
    checks_left_ = check_steps;
    checked_value_ = values_[wanted - 1];
    if (room > pending_size_) {
      add_random(std::min(options_.block, room - pending_size_), random, executor);
    }
  }
  const std::size_t block = std::min(options_.block, room);
  if (pending_size_ < block) add_random(block - pending_size_, random, executor);
  if (size_ + pending_size_ > largest_basis()) restart(executor);
  return true;
}

// Keep the best Ritz vectors: those that are wanted and half a block that will be.
void BlockLanczos::restart(Executor& executor) {
  const std::size_t keep =
      std::min(size_, options_.components + std::max<std::size_t>(options_.block / 2, 1));
  Pairs pairs = projected_pairs(keep);
  detail::combine(n_, size_, basis_.data(), pairs.vectors.data(), keep, basis_.data(), executor);
  basis_.resize(keep * n_);
  size_ = keep;
  projected_.assign(keep * keep, 0.0);
  for (std::size_t j = 0; j < keep; ++j) projected_[j * keep + j] = pairs.values[j];
}

bool BlockLanczos::step(const SymmetricOperator& a, const RandomStream& random, Executor& executor) {
  check_same("BlockLanczos::step", "rows of the operator", static_cast<std::int64_t>(a.size()),
             "rows of the solver", static_cast<std::int64_t>(n_));
  if (steps_ == 0) begin(random, executor);
  rayleigh_ritz(extend(a, executor));
  ++steps_;
  return go_on(random, executor);
}

std::vector<double> BlockLanczos::vectors(Executor& executor) const {
  const std::size_t q = std::min(found(), size_);
  const Pairs pairs = projected_pairs(q);
  std::vector<double> result(q * n_);
  detail::combine(n_, size_, basis_.data(), pairs.vectors.data(), q, result.data(), executor);
  return result;
}

}  // namespace ansatz
